"""Derivations of times at lines: what the device said, less what a correction of its clock takes off."""

from timing.core.derivation import Kind, Operation, Working
from timing.core.results import Chosen


def stamped_time(work: Working, name: str, chosen: Chosen) -> str:
    """Write down a car's time at a line; returns its name.

    Where the clock was put right it is the raw time less the clock's offset at that instant, of which
    the ruling is on record.
    """
    note = chosen.clock
    if note is None or note.corrected is None:
        return work.given(name, chosen.at, Kind.INSTANT, chosen.seq)
    raw = work.given(f"{name} as sent", note.raw, Kind.INSTANT, chosen.seq)
    offset = work.given(f"offset of the clock at {name}", note.offset, Kind.DURATION, note.corrected.seq)
    return work.reckon(name, Operation.SUBTRACT, raw, offset)

"""Derivations of replacement times: a hand time, less the mean of what the neighbours' hand times were off.

The steps follow `replacement_time`; they stand only where they lead to the instant that was accepted.
What has changed under an accepted time since then does not move it.
"""

from collections.abc import Mapping

from timing.core.decisions import CorrectTime, TimeBasis
from timing.core.derivation import Kind, Operation, Working
from timing.core.derive_clocks import stamped_time
from timing.core.replacement_time import GRAIN, mean_correction
from timing.core.results import Chosen
from timing.core.rulings import Ruled
from timing.core.stamps import Placed


def given_time(
    work: Working, name: str, chosen: Chosen, ruled: Ruled | None, stamps: Mapping[str, Placed]
) -> str:
    """Write down the time at a line; returns its name.

    Args:
        work: the sheet of paper.
        name: what the time is called.
        chosen: the time.
        ruled: the correction of it that stands.
        stamps: the stamps at the control by key.
    """
    act = ruled.decision.act if ruled is not None else None
    if isinstance(act, CorrectTime) and act.basis is TimeBasis.REPLACEMENT:
        basis = [stamps[key] for key in act.basis_records if key in stamps]
        if basis and len(basis) == len(act.basis_records) and _leads_to(act, basis):
            work.given(f"{name}, as accepted", act.at, Kind.INSTANT, chosen.seq)
            return _replaced(work, name, basis)
    return stamped_time(work, name, chosen)


def _pairs(basis: list[Placed]) -> list[tuple[Placed, Placed]]:
    """Each neighbour's hand and electronic stamp; the first of the basis is the crew's own hand time."""
    return list(zip(basis[1::2], basis[2::2], strict=True))


def _leads_to(act: CorrectTime, basis: list[Placed]) -> bool:
    if len(basis) % 2 == 0 or len(basis) < 3:
        return False
    return basis[0].at - mean_correction([one.at - two.at for one, two in _pairs(basis)]) == act.at


def _replaced(work: Working, name: str, basis: list[Placed]) -> str:
    hand = work.given("by hand", basis[0].at, Kind.INSTANT, basis[0].seq)
    differences: list[str] = []
    pairs = _pairs(basis)
    for number, (by_hand, sensed) in enumerate(pairs, start=1):
        one = work.given(f"by hand, pair {number}", by_hand.at, Kind.INSTANT, by_hand.seq)
        two = work.given(f"electronic, pair {number}", sensed.at, Kind.INSTANT, sensed.seq)
        differences.append(work.reckon(f"difference, pair {number}", Operation.SUBTRACT, one, two))
    total = work.reckon("differences", Operation.ADD, *differences)
    value = work.value(total)
    negative = isinstance(value, int) and value < 0
    if negative:
        total = work.reckon("differences without their sign", Operation.NEGATE, total)
    # Half up: the mean in whole grains, of a sum to which half a grain for each pair was added.
    half = work.given("half a grain for each pair", GRAIN * len(pairs) // 2, Kind.DURATION)
    grains = work.given("a grain for each pair", GRAIN * len(pairs), Kind.DURATION)
    raised = work.reckon("differences and the half", Operation.ADD, total, half)
    whole = work.reckon("grains", Operation.WHOLE, raised, grains)
    grain = work.given("grain of a correction", GRAIN, Kind.DURATION)
    correction = work.reckon("mean", Operation.TIMES, whole, grain)
    if negative:
        correction = work.reckon("mean with its sign", Operation.NEGATE, correction)
    return work.reckon(name, Operation.SUBTRACT, hand, correction)

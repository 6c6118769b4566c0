"""Readings a second and CPU a frame of each decoder, next to public parsers where they are installed.

Run: python -m tests.bench.decoders [NAME …] [--seconds N]
Streams come in pieces of 256 bytes, as a port gives them, to one decoder; messages each to a decoder of its
own, as in the service. pynmea2, pynmeagps, pyubx2, aprslib and metarace parse the same frames in the same
run: they are no part of the project, and a row says so where one is absent. They give field values: neither a
date for a time of day, nor a way back after damage, nor a reading.
"""

import argparse
import functools
import importlib
import io
import logging
import time
from collections.abc import Callable
from typing import Any

from tests.devices.damage import Subject, subjects
from tests.devices.frames import ARRIVAL
from timing.core.readings import Rejected

_PIECE = 256
_ROUNDS = 40
#: Decoders that pass over what comes again: a fresh one for each round, or there is nothing to measure.
_REMEMBERS = {"aprs"}


def main() -> None:
    """Measure, and print a line for each capture and each public parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each capture")
    asked = parser.parse_args()
    logging.disable()
    print(f"{'decoder':16} {'frames/s':>10} {'readings/s':>11} {'µs CPU a frame':>15}")
    for subject in subjects():
        if asked.names and subject.name not in asked.names:
            continue
        frames, readings, seconds = measured(subject, asked.seconds)
        print(row(subject.name, frames, readings, seconds))
        for package, parse in PUBLIC.get(subject.name, ()):
            print(compared(package, parse, subject, asked.seconds))


def row(name: str, frames: int, readings: int, seconds: float) -> str:
    """Return one line of the table, by the CPU's own time."""
    return f"{name:16} {frames / seconds:10.0f} {readings / seconds:11.0f} {1e6 * seconds / frames:15.2f}"


def measured(subject: Subject, most: float) -> tuple[int, int, float]:
    """Return frames, readings and CPU seconds of a decoder."""
    frames = readings = 0
    rounds = 1 if subject.name in _REMEMBERS else _ROUNDS
    data = b"".join(subject.frames) * rounds
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    decoder = subject.fresh()
    started = time.process_time()
    while time.process_time() - started < most:
        if subject.whole_messages:
            decoded = [item for frame in subject.frames for item in subject.fresh().feed(frame, ARRIVAL)]
            frames += len(subject.frames)
        else:
            decoder = subject.fresh() if rounds == 1 else decoder
            decoded = [item for piece in pieces for item in decoder.feed(piece, ARRIVAL)]
            frames += len(subject.frames) * rounds
        readings += sum(not isinstance(item, Rejected) for item in decoded)
    return frames, readings, time.process_time() - started


Parse = Callable[[Any, tuple[bytes, ...]], int]


def compared(package: str, parse: Parse, subject: Subject, most: float) -> str:
    """Return a line for a public parser over the same frames, or that it is not installed."""
    try:
        module = importlib.import_module(package)
    except ImportError:
        return f"  {package}: not installed (pip install {package.partition('.')[0]})"
    frames = results = 0
    started = time.process_time()
    while time.process_time() - started < most:
        results += parse(module, subject.frames)
        frames += len(subject.frames)
    return row(f"  {package}", frames, results, time.process_time() - started)


def _pynmea2(module: Any, frames: tuple[bytes, ...]) -> int:
    count = 0
    for frame in frames:
        try:
            sentence = module.parse(frame.decode("ascii").strip(), check=True)
            if sentence.sentence_type == "RMC" and sentence.status == "A":
                count += bool(sentence.latitude and sentence.longitude and sentence.datetime)
        except (ValueError, module.ParseError):
            continue
    return count


def _pyubx2(module: Any, frames: tuple[bytes, ...]) -> int:
    reader = module.UBXReader(io.BytesIO(b"".join(frames)), protfilter=2)
    return sum(parsed is not None and parsed.identity == "TIM-TM2" for _, parsed in reader)


def _aprslib(module: Any, frames: tuple[bytes, ...]) -> int:
    count = 0
    for frame in frames:
        try:
            count += "latitude" in module.parse(frame.decode("latin-1").strip())
        except (ValueError, module.ParseError, module.UnknownFormat):
            continue
    return count


def _pynmeagps(module: Any, frames: tuple[bytes, ...]) -> int:
    count = 0
    for frame in frames:
        try:
            sentence = module.NMEAReader.parse(frame)
            count += sentence.msgID == "RMC" and sentence.status == "A"
        except (ValueError, module.NMEAParseError):
            continue
    return count


def _timy(module: Any, frames: tuple[bytes, ...]) -> int:
    parse = _made(module.timy)._parse_message  # noqa: SLF001 - it has no other way in than its own port
    return sum(parse(frame.decode("cp437")) is not None for frame in frames)


def _thbc(module: Any, frames: tuple[bytes, ...]) -> int:
    parse = _made(module.thbc)._parse_message  # noqa: SLF001 - the same
    return sum(parse(frame, ack=False) is not None for frame in frames)


@functools.cache
def _made(kind: Any) -> Any:
    """One parser for all rounds, as one decoder of ours."""
    return kind()


PUBLIC: dict[str, tuple[tuple[str, Parse], ...]] = {
    "nmea": (("pynmea2", _pynmea2), ("pynmeagps", _pynmeagps)),
    "ubx_tim_tm2": (("pyubx2", _pyubx2),),
    "aprs": (("aprslib", _aprslib),),
    "alge_timy": (("metarace.timy", _timy),),
    "chronelec": (("metarace.decoder.thbc", _thbc),),
}


if __name__ == "__main__":
    main()

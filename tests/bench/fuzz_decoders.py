"""Two hundred thousand damaged frames for each decoder: exceptions, false readings, and what they cost.

Run: python -m tests.bench.fuzz_decoders [NAME …] [--frames N] [--seed N] [--examples]
A damaged frame goes to a decoder that knows nothing else, and a good one behind it. `false` are frames from
which a reading came that nobody sent: for protocols that carry no checksum they are the price of that, for
the others chance. `lost` are good frames behind a bad one that gave nothing: as a rule the end of the bad
line was lost, and the two are one. `--examples` shows some.
"""

import argparse
import time

from tests.devices.damage import Outcome, damage, subjects


def main() -> None:
    """Damage, and print a line for each capture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--frames", type=int, default=200_000, help="for each decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", action="store_true")
    asked = parser.parse_args()
    chosen = [subject for subject in subjects() if not asked.names or subject.name in asked.names]
    parts = {name: sum(other.name == name for other in chosen) for name in {one.name for one in chosen}}
    print(
        f"{'decoder':16} {'frames':>8} {'frames/s':>9} {'raised':>7} {'refused':>8} {'false':>7} {'lost':>7}"
    )
    for subject in chosen:
        started = time.perf_counter()
        outcome = damage(subject, asked.frames // parts[subject.name], asked.seed)
        seconds = time.perf_counter() - started
        print(row(subject.name, outcome, seconds))
        if asked.examples:
            for bad, what in outcome.examples:
                print(f"    {bad!r:.100} -> {what}")


def row(name: str, outcome: Outcome, seconds: float) -> str:
    """Return one line of the table."""
    share = {what: 100 * getattr(outcome, what) / outcome.frames for what in ("refused", "false", "lost")}
    return (
        f"{name:16} {outcome.frames:8d} {outcome.frames / seconds:9.0f} {outcome.raised:7d} "
        f"{share['refused']:7.1f}% {share['false']:6.2f}% {share['lost']:6.2f}%"
    )


if __name__ == "__main__":
    main()

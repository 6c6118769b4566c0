"""The replacement time: a hand time corrected by its neighbours where the electronic one is missing.

FIS ICR 611.3.2.1: the correction is the mean of (hand - electronic) over ten competitors, those who
started before the missing one, filled up with those after; rounded half up to 0.01 s. Older editions
take five before and five after, or the ten nearest. It is applied to the time of day at the failed line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from timing.core.instant import Duration, Instant

#: How many pairs the rule asks for, and below how many there is no replacement time.
WANTED, FEWEST = 10, 3
#: The correction is rounded to this.
GRAIN: Duration = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A crew with both times at a line, by the same observer and the same electronic clock.

    `place` is its place in the start order; `keys` those of the hand and the electronic stamp.
    """

    car: str
    place: int
    hand: Instant
    electronic: Instant
    keys: tuple[str, str] = ("", "")
    seqs: tuple[int, ...] = ()

    @property
    def difference(self) -> Duration:
        """Hand minus electronic, in µs."""
        return self.hand - self.electronic


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A replacement time: the instant at the line, the correction taken off, the pairs it rests on."""

    at: Instant
    correction: Duration
    pairs: tuple[Pair, ...]

    @property
    def low_confidence(self) -> bool:
        """Whether fewer pairs were known than the rule asks for."""
        return len(self.pairs) < WANTED


def replacement_time(hand: Instant, place: int, pairs: Sequence[Pair], mode: str) -> Replacement | None:
    """Return the replacement time of a crew, or None where fewer than three pairs are known.

    Args:
        hand: the crew's hand time at the line.
        place: its place in the start order.
        pairs: all pairs of the observer who took `hand`; course cars left out.
        mode: `10_before`, `5_5` or `nearest_10`.
    """
    chosen = neighbours(pairs, place, mode)
    if len(chosen) < FEWEST:
        return None
    correction = mean_correction([pair.difference for pair in chosen])
    return Replacement(at=hand - correction, correction=correction, pairs=chosen)


def neighbours(pairs: Sequence[Pair], place: int, mode: str) -> tuple[Pair, ...]:
    """Return the pairs that a correction rests on, at most ten, in start order.

    Raises:
        ValueError: there is no such mode.
    """
    before = sorted((p for p in pairs if p.place < place), key=lambda p: -p.place)
    after = sorted((p for p in pairs if p.place > place), key=lambda p: p.place)
    match mode:
        case "10_before":
            chosen = [*before, *after][:WANTED]
        case "5_5":
            half = WANTED // 2
            # Too few on one side are filled up from the other.
            first = max(half, WANTED - len(after))
            chosen = [*before[:first], *after[: WANTED - min(first, len(before))]]
        case "nearest_10":
            chosen = sorted([*before, *after], key=lambda p: (abs(p.place - place), p.place))[:WANTED]
        case _:
            raise ValueError(f"found {mode!r}, expected 10_before, 5_5 or nearest_10")
    return tuple(sorted(chosen, key=lambda p: p.place))


def mean_correction(differences: Sequence[Duration]) -> Duration:
    """Return the mean of the differences (µs), rounded half up to 0.01 s.

    FIS does not say where the half of a negative mean goes: away from zero, so that a clock that is
    fast and one that is slow by the same are treated alike.
    """
    total = sum(differences)
    step = GRAIN * len(differences)
    rounded = (2 * abs(total) + step) // (2 * step) * GRAIN
    return rounded if total >= 0 else -rounded

"""Which numbers of a device's own count have arrived, and whether two devices speak under one name.

A device that numbers what it says (`boot`, `n`) lets us see what never came. The numbers of a day are a few
ranges as long as nothing is missing.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from timing.core.instant import SECOND, Duration, Instant

#: Of so many starts of a device the numbers are kept.
_BOOTS = 16
#: A number is on its way, and not missing, until later ones have been here for so long.
_ON_ITS_WAY: Duration = 15 * SECOND
#: Of one start so many ranges are kept; who loses every second message is shown as that.
_RANGES = 400
#: A start that names an instant so long after another's first one has spoken on beside it.
_OVERLAP: Duration = 5 * SECOND
#: What arrives so soon is of the present, not kept from earlier.
_PRESENT: Duration = 60 * SECOND
#: Once may be a message that waited at the broker; from so often on it is another device.
_ALTERNATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Numbers `first` to `last` of one start of a device that have not arrived, though later ones have."""

    boot: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


@dataclass(slots=True)
class _Range:
    first: int
    last: int
    since: Instant
    """When the first of it arrived."""


@dataclass(slots=True)
class _Boot:
    """One start: what arrived of its numbers, and the first instant that it named."""

    heard_at: Instant
    ranges: list[_Range] = field(default_factory=list)
    first_at: Instant | None = None
    told: int = 0
    """So far it had counted, by its own word; and since when we know."""
    told_at: Instant = 0

    def take(self, n: int, received_at: Instant) -> None:
        ranges = self.ranges
        if ranges and n == ranges[-1].last + 1:
            ranges[-1].last = n  # as nearly always
            return
        i = bisect_right(ranges, n, key=lambda r: r.first)
        if i and n <= ranges[i - 1].last:
            return
        if i and n == ranges[i - 1].last + 1:
            ranges[i - 1].last = n
        elif i < len(ranges) and n == ranges[i].first - 1:
            ranges[i].first = n
            return
        else:
            ranges.insert(i, _Range(n, n, received_at))
            if len(ranges) > _RANGES:
                ranges[0].last, ranges[1:2] = ranges[1].last, []
            return
        if i < len(ranges) and ranges[i].first == n + 1:
            ranges[i - 1].last = ranges[i].last
            del ranges[i]


class Counts:
    """The counts of one device."""

    def __init__(self) -> None:
        self._boots: dict[int, _Boot] = {}
        self._now = -1
        self._alternated = 0
        self._speaking: set[int] = set()

    def heard(self, boot: int, n: int | None, received_at: Instant, at: Instant | None = None) -> None:
        """Note that number `n` of a start has arrived; `at` is the device's own instant in it.

        `n` None: something of this start that does not count among the rest.
        """
        known = self._boot(boot, received_at)
        if n is not None:
            known.take(n, received_at)
        if at is not None:
            self._spoken(boot, at, received_at)

    def told(self, boot: int, last: int, received_at: Instant) -> None:
        """Note how far a device says that it has counted, from 1, since this start."""
        known = self._boot(boot, received_at)
        if last > known.told:
            known.told, known.told_at = last, received_at

    @property
    def starts(self) -> int:
        """How many starts of the device were heard of, of the newest that are kept."""
        return len(self._boots)

    def missing(self, now: Instant) -> tuple[Missing, ...]:
        """Return what has not arrived although later numbers have, for some seconds; by start and number."""
        found: list[Missing] = []
        for boot, known in sorted(self._boots.items()):
            before: int | None = None
            for span in known.ranges:
                if before is not None and now - span.since > _ON_ITS_WAY:
                    found.append(Missing(boot=boot, first=before + 1, last=span.first - 1))
                before = span.last
            if before is not None and known.told > before and now - known.told_at > _ON_ITS_WAY:
                found.append(Missing(boot=boot, first=before + 1, last=known.told))
        return tuple(found)

    def double(self) -> str:
        """Say that two devices speak under this name, or return an empty text.

        A device that begins anew says nothing more under the number before; what it kept from then comes
        late. A start that speaks on, of the present, after another has begun is another device.
        """
        if self._alternated < _ALTERNATED:
            return ""
        one, other = sorted(self._speaking)
        return f"two devices under one name: starts {one} and {other} speak by turns"

    def _spoken(self, boot: int, at: Instant, received_at: Instant) -> None:
        known = self._boots[boot]
        if known.first_at is None:
            known.first_at, self._now = at, boot
        elif boot != self._now:
            current = self._boots.get(self._now)
            since = known.first_at if current is None or current.first_at is None else current.first_at
            if at > since + _OVERLAP and abs(received_at - at) < _PRESENT:
                self._alternated += 1
                self._speaking = {boot, self._now}
                self._now = boot

    def _boot(self, boot: int, received_at: Instant) -> _Boot:
        known = self._boots.get(boot)
        if known is None:
            known = self._boots[boot] = _Boot(received_at)
            if len(self._boots) > _BOOTS:
                del self._boots[min(self._boots, key=lambda each: self._boots[each].heard_at)]
        return known

"""What the service's clock shows, seen from a gateway whose own clock may be anything.

The gateway counts microseconds since its machine was switched on (`mono`), which nobody sets. Each heartbeat
leaves at `mono` 1, is heard by the service at its 2, answered at its 3, and the answer arrives at `mono` 4.
As in NTP (RFC 5905, section 8), the service's time less `mono` is ((2 - 1) + (3 - 4)) / 2, wrong by at most
half of the way there and back: (4 - 1) - (3 - 2). The shortest way knows best. Pure.
"""

from collections import deque
from dataclasses import dataclass, field

from timing.core.instant import SECOND, Duration, Instant

#: A heartbeat that has no answer after so many others is forgotten.
_MOST_SENT = 64
#: So many answers are compared; the crystal of a small computer drifts by less than this (µs each s).
_SAMPLES = 16
_DRIFT_PPM = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The service's time less `mono` in µs, wrong by at most `uncertainty`; measured at `mono`."""

    offset: Duration
    uncertainty: Duration
    mono: Duration


@dataclass(slots=True)
class ServiceClock:
    """The service's clock by its answers."""

    _sent: dict[int, Duration] = field(default_factory=dict)
    _readings: deque[Reading] = field(default_factory=lambda: deque(maxlen=_SAMPLES))

    def asked(self, n: int, mono: Duration) -> None:
        """Note that heartbeat `n` left at `mono`."""
        self._sent[n] = mono
        while len(self._sent) > _MOST_SENT:
            del self._sent[next(iter(self._sent))]

    def answered(self, n: int, heard: Instant, at: Instant, mono: Duration) -> bool:
        """Take an answer that arrived at `mono`; False when nobody asked, or it cannot be true."""
        left = self._sent.pop(n, None)
        if left is None:
            return False
        way = (mono - left) - (at - heard)
        if at < heard or way < 0:
            return False  # the service's own clock was set meanwhile
        offset = ((heard - left) + (at - mono)) // 2
        reading = Reading(offset=offset, uncertainty=way // 2 + 1, mono=mono)
        if self._readings and abs(offset - self._readings[-1].offset) > SECOND + 2 * reading.uncertainty:
            # The service's clock was set, or its rally is played at another pace: what was known is over.
            self._readings.clear()
        self._readings.append(reading)
        return True

    def reading(self, mono: Duration) -> Reading | None:
        """Return the best that is known at `mono`, None before the first answer."""
        return min(self._readings, key=lambda reading: _unsure(reading, mono), default=None)

    def unsure(self, mono: Duration) -> Duration | None:
        """Return by how much the best reading may be wrong at `mono`, µs."""
        best = self.reading(mono)
        return None if best is None else _unsure(best, mono)

    def at(self, mono: Duration) -> Instant | None:
        """Return the service's time at `mono`, None before the first answer."""
        best = self.reading(mono)
        return None if best is None else mono + best.offset


def _unsure(reading: Reading, mono: Duration) -> Duration:
    return reading.uncertainty + abs(mono - reading.mono) * _DRIFT_PPM // 1_000_000

"""What a car's tracker sends: fixes with noise, silence where there is no coverage, then all at once.

A tracker samples every few seconds, and every second near a control, as trackers with geofences do.
Its error drifts slowly, as that of a satellite receiver does; it is not drawn anew for each fix.
"""

import json
import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from simulators.motion import Drive
from timing.core.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant, format_instant

_METRES_A_DEGREE = 111_320.0
#: Over this time (s) the error of a receiver becomes another one.
_DRIFT_S = 30.0
#: Near a control the tracker samples faster, from so long before its crossing until so long behind.
_NEAR: Duration = 8 * SECOND
#: An array of this many fixes at most is one message.
MOST_IN_MESSAGE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a tracker behaves.

    `interval` between fixes, `near` between those near a control (µs); `noise` m of error on each
    axis; `gaps` per hour without coverage, each of `gap_s` (shortest, longest) seconds.
    """

    interval: Duration = SECOND
    near: Duration = SECOND
    noise: float = 3.0
    gaps: float = 0.7
    gap_s: tuple[int, int] = (20, 240)


class Tracker:
    """One car's tracker on one leg. `take` says what it sends, up to an instant."""

    def __init__(
        self, device: str, drive: Drive, lines: Sequence[Instant], seed: int, habits: Habits
    ) -> None:
        """Make the tracker of a drive.

        Args:
            device: its id.
            drive: where the car is.
            lines: when the car is at the leg's controls.
            seed: the scenario's.
            habits: how it behaves.
        """
        self.device = device
        self._drive, self._habits = drive, habits
        self._chance = random.Random(f"{seed}/tracker/{drive.leg}/{device}")
        self._instants = _instants(drive, lines, habits, self._chance.randrange(1_000) * MILLISECOND)
        self._silences = _silences(drive, habits, self._chance)
        self._next = 0
        self._n = 0
        self._east = self._chance.gauss(0, habits.noise)
        self._north = self._chance.gauss(0, habits.noise)
        self._waiting: list[dict[str, object]] = []

    @property
    def done(self) -> bool:
        """Whether all was sent."""
        return self._next >= len(self._instants) and not self._waiting

    def skip(self, until: Instant) -> None:
        """Leave out what was before an instant: a rally that goes on after a pause has had it already."""
        self._next = self._n = bisect_right(self._instants, until)

    def take(self, now: Instant) -> list[bytes]:
        """Return the messages (JSON, one fix or an array) that the tracker has sent by now, in order.

        While it has no coverage it keeps its fixes; then it sends them all, now and then the newest first.
        """
        self._sample(now)
        if any(start <= now < end for start, end in self._silences) and not self._next >= len(self._instants):
            return []
        fixes, self._waiting = self._waiting, []
        messages = [
            _message(fixes[start : start + MOST_IN_MESSAGE])
            for start in range(0, len(fixes), MOST_IN_MESSAGE)
        ]
        if len(messages) > 1 and self._chance.random() < 0.3:
            messages.reverse()
        return messages

    def _sample(self, now: Instant) -> None:
        until = bisect_right(self._instants, now, lo=self._next)
        fresh = self._instants[self._next : until]
        self._next = until
        if not fresh:
            return
        half = SECOND // 2
        around = self._drive.metres([at + shift for at in fresh for shift in (-half, 0, half)])
        for i, at in enumerate(fresh):
            behind, here, ahead = around[3 * i : 3 * i + 3]
            self._waiting.append(self._fix(at, here, ahead - behind))

    def _fix(self, at: Instant, metres: float, speed: float) -> dict[str, object]:
        self._drift(at)
        line = self._drive.line
        lat, lon = line.point_at(metres)
        lat_a, lon_a = line.point_at(metres - 5.0)
        lat_b, lon_b = line.point_at(metres + 5.0)
        wide = _METRES_A_DEGREE * math.cos(math.radians(lat))
        self._n += 1
        fix: dict[str, object] = {
            "at": format_instant(at),
            "lat": round(lat + self._north / _METRES_A_DEGREE, 7),
            "lon": round(lon + self._east / wide, 7),
            "speed": round(max(0.0, speed + self._chance.gauss(0, 0.2)), 1),
            "acc": round(1.5 * self._habits.noise + 0.5, 1),
            "batt": max(5, 100 - (at - self._drive.begins) // (9 * MINUTE)),
            "boot": self._drive.leg,
            "n": self._n,
        }
        if speed > 1.0:
            east, north = (lon_b - lon_a) * wide, (lat_b - lat_a) * _METRES_A_DEGREE
            fix["course"] = round(math.degrees(math.atan2(east, north)) + self._chance.gauss(0, 2)) % 360
        return fix

    def _drift(self, at: Instant) -> None:
        since = (at - self._instants[self._n - 1]) / SECOND if self._n else 0.0
        keep = math.exp(-since / _DRIFT_S)
        fresh = self._habits.noise * math.sqrt(1 - keep * keep)
        self._east = self._east * keep + self._chance.gauss(0, fresh)
        self._north = self._north * keep + self._chance.gauss(0, fresh)


def _instants(drive: Drive, lines: Sequence[Instant], habits: Habits, phase: Duration) -> list[Instant]:
    usual = set(range(drive.begins + phase, drive.ends, habits.interval))
    for at in lines:
        first = at - _NEAR - (at - _NEAR - drive.begins - phase) % habits.near
        usual.update(t for t in range(first, at + _NEAR, habits.near) if drive.begins <= t < drive.ends)
    return sorted(usual)


def _silences(drive: Drive, habits: Habits, chance: random.Random) -> list[tuple[Instant, Instant]]:
    found = []
    at = drive.begins
    while habits.gaps > 0:
        at += int(chance.expovariate(habits.gaps / 3_600) * SECOND)
        if at >= drive.ends:
            break
        end = at + chance.randint(*habits.gap_s) * SECOND
        found.append((at, end))
        at = end
    return found


def _message(fixes: Sequence[dict[str, object]]) -> bytes:
    said = fixes[0] if len(fixes) == 1 else list(fixes)
    return json.dumps(said, separators=(",", ":")).encode()

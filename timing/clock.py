"""The one clock of the shell: the machine's, a scaled one, or one that a test moves by hand.

Rally time decides what is late, in the future or overdue, so everything outside the core takes the
time from a `Clock`. `now()` may jump when somebody sets the machine's clock; `elapsed()` never does,
and is what time-outs and ages are measured with.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from timing.core.instant import MILLISECOND, SECOND, Duration, Instant

#: A sleep until an instant looks at the clock again this often (real µs), since it may be set meanwhile.
_LOOK_AGAIN: Duration = SECOND
#: No real sleep is shorter (µs), so that a very fast rally cannot starve the event loop.
_SHORTEST: Duration = MILLISECOND


class Clock(Protocol):
    """What tells the rally's time."""

    def now(self) -> Instant:
        """Return the present instant, µs since the Unix epoch UTC."""
        ...

    def elapsed(self) -> Duration:
        """Return µs since some fixed moment; never goes back and never jumps with the date."""
        ...

    async def sleep(self, duration: Duration) -> None:
        """Wait for `duration` µs of this clock's time."""
        ...

    async def sleep_until(self, at: Instant) -> None:
        """Wait until `now()` has reached `at`; return at once when it has."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Return the machine's time in µs since the Unix epoch UTC."""
        return time.time_ns() // 1_000  # noqa: TID251 - this is the clock that everybody is given

    def elapsed(self) -> Duration:
        """Return µs of the monotonic clock."""
        return time.monotonic_ns() // 1_000

    async def sleep(self, duration: Duration) -> None:
        """Wait for `duration` µs."""
        await asyncio.sleep(max(duration, 0) / SECOND)

    async def sleep_until(self, at: Instant) -> None:
        """Wait until the machine's clock shows `at`, also when it is set in between."""
        while (left := at - self.now()) > 0:
            await self.sleep(min(max(left, _SHORTEST), _LOOK_AGAIN))


class SteppedClock:
    """A clock that stands until it is moved: for tests and replays."""

    def __init__(self, at: Instant) -> None:
        self._now = at
        self._elapsed: Duration = 0
        self._sleepers: list[tuple[bool, int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> Instant:
        """Return the instant this clock was moved to."""
        return self._now

    def elapsed(self) -> Duration:
        """Return how far the clock has been advanced (µs); `set` does not count."""
        return self._elapsed

    def advance(self, duration: Duration) -> None:
        """Let `duration` µs pass and wake whoever waited for that.

        Raises:
            ValueError: the duration is negative.
        """
        if duration < 0:
            raise ValueError(f"time does not go back: {duration} µs")
        self._now += duration
        self._elapsed += duration
        self._wake()

    def set(self, at: Instant) -> None:
        """Put the date to `at`, as NTP or a person does, while no time passes."""
        self._now = at
        self._wake()

    async def sleep(self, duration: Duration) -> None:
        """Wait until the clock has been advanced by `duration` µs."""
        await self._wait(by_date=False, until=self._elapsed + duration, reached=duration <= 0)

    async def sleep_until(self, at: Instant) -> None:
        """Wait until the clock shows `at`."""
        await self._wait(by_date=True, until=at, reached=at <= self._now)

    async def _wait(self, *, by_date: bool, until: int, reached: bool) -> None:
        if reached:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((by_date, until, next(self._count), future))
        await future

    def _wake(self) -> None:
        waiting = []
        for sleeper in sorted(self._sleepers):
            by_date, until, _, future = sleeper
            if until > (self._now if by_date else self._elapsed):
                waiting.append(sleeper)
            elif not future.done():
                future.set_result(None)
        self._sleepers = waiting


@dataclass(frozen=True, slots=True)
class Piece:
    """From the real instant `wall` on, the rally shows `rally` and runs at `rate` (0 stands still)."""

    wall: Instant
    rally: Instant
    rate: Fraction


class ScaledClock:
    """A rally at another pace than the wall's: a table of pieces, exact and the same in all processes.

    Before the first piece the clock stands at that piece's rally time. Nights are skipped by a
    piece that starts later than the one before ends; a pause is a piece of rate 0.
    """

    def __init__(self, pieces: Sequence[Piece], wall: Clock | None = None) -> None:
        if not pieces:
            raise ValueError("a clock table needs at least one piece")
        for earlier, later in itertools.pairwise(pieces):
            if later.wall <= earlier.wall:
                raise ValueError(f"clock table: wall instant {later.wall} does not follow {earlier.wall}")
            if later.rally < _rally_at(earlier, later.wall):
                raise ValueError(f"clock table: rally time goes back at wall instant {later.wall}")
        if any(piece.rate < 0 for piece in pieces):
            raise ValueError("clock table: a rate below zero")
        self._pieces = tuple(pieces)
        self._wall: Clock = wall if wall is not None else SystemClock()

    @classmethod
    def load(cls, table: Path, wall: Clock | None = None) -> "ScaledClock":
        """Read a clock table from a JSON file: `[[wall_us, rally_us, rate], …]`, times in µs.

        A rate is a number (`60`, `0.5`) or a text (`"60"`, `"1/3"`).

        Raises:
            OSError: the file cannot be read.
            ValueError: the file holds no such table.
        """
        return cls(_read_table(json.loads(table.read_text(encoding="utf-8"))), wall)

    @property
    def rate(self) -> Fraction:
        """How many rally seconds a real second holds at the moment."""
        wall = self._wall.now()
        return self._current(wall).rate if wall >= self._pieces[0].wall else Fraction(0)

    def now(self) -> Instant:
        """Return the present rally instant."""
        wall = self._wall.now()
        return _rally_at(self._current(wall), wall)

    def elapsed(self) -> Duration:
        """Return rally µs at the rate of each piece; a skipped night does not count."""
        wall = self._wall.now()
        passed = Fraction(0)
        for piece, end in self._spans():
            if wall > piece.wall:
                passed += (min(wall, end) - piece.wall if end is not None else wall - piece.wall) * piece.rate
        return int(passed)

    async def sleep(self, duration: Duration) -> None:
        """Wait for `duration` rally µs."""
        until = self.elapsed() + duration
        while (left := until - self.elapsed()) > 0:
            await self._real_sleep(left)

    async def sleep_until(self, at: Instant) -> None:
        """Wait until the rally's clock shows `at`."""
        while (left := at - self.now()) > 0:
            await self._real_sleep(left)

    async def _real_sleep(self, left: Duration) -> None:
        wall = self._wall.now()
        current = self._current(wall)
        begins = [piece.wall for piece in self._pieces if piece.wall > wall]
        real = -int(-left // current.rate) if current.rate and wall >= current.wall else _LOOK_AGAIN
        if begins:
            real = min(real, begins[0] - wall)
        await self._wall.sleep(min(max(real, _SHORTEST), _LOOK_AGAIN))

    def _current(self, wall: Instant) -> Piece:
        return next((piece for piece in reversed(self._pieces) if piece.wall <= wall), self._pieces[0])

    def _spans(self) -> list[tuple[Piece, Instant | None]]:
        ends: list[Instant | None] = [piece.wall for piece in self._pieces[1:]]
        return list(zip(self._pieces, [*ends, None], strict=True))


def _rally_at(piece: Piece, wall: Instant) -> Instant:
    return piece.rally + int(max(wall - piece.wall, 0) * piece.rate)


def _read_table(value: object) -> list[Piece]:
    if not isinstance(value, list):
        raise ValueError("a clock table is a list of [wall_us, rally_us, rate]")
    pieces = []
    for row in value:
        match row:
            case [int(wall), int(rally), int() | float() | str() as rate]:
                pieces.append(Piece(wall, rally, Fraction(str(rate))))
            case _:
                raise ValueError(f"a clock table row is [wall_us, rally_us, rate], found {row!r}")
    return pieces


class StepWatch:
    """Notices that somebody, or NTP, has set the clock: the date moved otherwise than time passed."""

    def __init__(self, clock: Clock, tolerance: Duration = SECOND) -> None:
        self._clock = clock
        self._tolerance = tolerance
        self._base = clock.now() - clock.elapsed()

    def check(self) -> Duration | None:
        """Return by how many µs the clock was set since the last check, or None."""
        base = self._clock.now() - self._clock.elapsed()
        step, self._base = base - self._base, base
        return step if abs(step) > self._tolerance else None

"""Somebody compares every timer with the reference clock: before the first car at a line and after the last.

One contact triggers timer and reference at once, as ski timing asks for. The simulated timers do not
drift; a second clock is a fraction of a millisecond ahead of the first, and the check says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.scenario import Scenario
from simulators.timers import Impulse, ahead_of_reference
from timing.core.instant import MINUTE, Duration, Instant

#: So long before the first car at a line, and so long after the last.
_BEFORE: Duration = 4 * MINUTE
_AFTER: Duration = 2 * MINUTE
#: Both print to 1/10000 s.
_UNCERTAINTY: Duration = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCheck:
    """A timer compared with the reference: `at` is what it showed, `offset` how far it was ahead (µs)."""

    sent_at: Instant
    device: str
    at: Instant
    offset: Duration
    uncertainty: Duration = _UNCERTAINTY

    @property
    def key(self) -> str:
        """The comparison's own identity: sent twice, it is one."""
        return f"sim/check/{self.device}/{self.at}"


def clock_checks(scenario: Scenario, printed: Iterable[Impulse]) -> list[ClockCheck]:
    """Return the comparisons of every timer at every line, in order of time."""
    lines: dict[tuple[str, str], list[Instant]] = {}
    for impulse in printed:
        lines.setdefault((impulse.device, impulse.control), []).append(impulse.at)
    found: dict[str, ClockCheck] = {}
    for (device, control), times in lines.items():
        for at in (min(times) - _BEFORE, max(times) + _AFTER):
            offset = ahead_of_reference(scenario, device, control)
            check = ClockCheck(sent_at=at, device=device, at=at + offset, offset=offset)
            found[check.key] = check
    return sorted(found.values(), key=lambda check: (check.sent_at, check.key))

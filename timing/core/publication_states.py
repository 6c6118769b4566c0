"""The states in which times and classifications are published, and the protest clock.

    times of a stage:   LIVE -> CERTIFIED v1 -> AMENDMENT_PENDING -> CERTIFIED v2 (or v1 again, refused)
    a classification:   LIVE -> PROVISIONAL v1 -> PROVISIONAL v2 -> OFFICIAL
                                PROVISIONAL -> SUSPENDED -> PROVISIONAL v2 or OFFICIAL
                                OFFICIAL -> SUSPENDED by a numbered decision only

Certified by the Official Timekeeper, issued by the clerk of the course, final when the time for protests
and appeals is over and inquiries are closed (Motorsport UK NCR 2026 p116).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.instant import MINUTE, Duration, Instant
from timing.core.scopes import OVERALL, scopes_of, selections_of


class Times(StrEnum):
    """How far the times of a stage are published."""

    LIVE = "LIVE"
    CERTIFIED = "CERTIFIED"
    AMENDMENT_PENDING = "AMENDMENT_PENDING"
    """Certified, and later records say something else, about which the Timekeeper has not decided."""


class Phase(StrEnum):
    """How far a classification is published."""

    LIVE = "LIVE"
    PROVISIONAL = "PROVISIONAL"
    SUSPENDED = "SUSPENDED"
    OFFICIAL = "OFFICIAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One certified or issued version: by which decision, of which results, and what it moved.

    `moved` are the cars whose line is new or differs from the version before.
    """

    number: int
    seq: int
    upto: int
    digest: str
    decision: Decision
    moved: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """The times of a stage. `refused` are the differences that were refused since the last version."""

    versions: tuple[Version, ...] = ()
    refused: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def version(self) -> Version | None:
        """The version that stands."""
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protested:
    """A protest and how it ended."""

    decision: Decision
    closed: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A classification. `acts` are the decisions that suspended, finalised and reopened it, in order."""

    phase: Phase = Phase.LIVE
    versions: tuple[Version, ...] = ()
    protests: Mapping[str, Protested] = field(default_factory=dict)
    acts: tuple[tuple[int, Decision], ...] = ()

    @property
    def version(self) -> Version | None:
        """The version that stands."""
        return self.versions[-1] if self.versions else None

    @property
    def open_protests(self) -> tuple[Protested, ...]:
        """The protests about which the stewards have not decided."""
        return tuple(each for each in self.protests.values() if each.closed is None)


def protest_window(event: Event) -> Duration:
    """Return for how long after its issue a list may be protested against (µs)."""
    return (event.preset.protest_minutes or 0) * MINUTE


def protest_until(state: ListState, window: Duration, car: str | None = None) -> Instant | None:
    """Return until when a list, or what it says of one car, may be protested against.

    A new version restarts the clock for what it changed, and only for that. None: nothing was issued.
    """
    return max(
        (
            version.decision.at + window
            for version in state.versions
            if (version.moved if car is None else car in version.moved)
        ),
        default=None,
    )


def stages_in_scopes(event: Event) -> dict[str, tuple[str, ...]]:
    """Return the stages that each classification rests on; lists that add up others rest on all."""
    selections = selections_of(event, frozenset())
    return {
        name: tuple(stage.id for stage in selections[scope.selection].stages)
        for name, scope in scopes_of(event).items()
    }


def stages_of(in_scopes: Mapping[str, tuple[str, ...]], scope: str) -> tuple[str, ...]:
    """Return the stages that a classification rests on."""
    return in_scopes.get(scope, in_scopes.get(OVERALL, ()))

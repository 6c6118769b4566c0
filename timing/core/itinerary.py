"""The parts of the rally: controls in road order, the stages and tests between them, the legs."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from timing.core.instant import Duration, Instant


class ControlKind(StrEnum):
    """What happens at a control, in the field's own abbreviations."""

    TC = "TC"
    ATC = "ATC"
    SS_START = "SS_START"
    SPLIT = "SPLIT"
    FF = "FF"
    STOP = "STOP"
    PASSAGE = "PASSAGE"
    ROUTE_CHECK = "ROUTE_CHECK"
    SECRET = "SECRET"
    REG_TEST = "REG_TEST"
    AVG_TRIAL = "AVG_TRIAL"
    REGROUP_IN = "REGROUP_IN"
    REGROUP_OUT = "REGROUP_OUT"
    SERVICE_IN = "SERVICE_IN"
    SERVICE_OUT = "SERVICE_OUT"
    PARC_FERME = "PARC_FERME"
    MTC = "MTC"
    RESTART = "RESTART"
    """TSD: the out time is assigned (schedule of car zero plus the car's own offset)."""
    SELF_START = "SELF_START"
    """A crew starts itself, or its logger does, within 50 m of the point, at a whole minute."""
    OFF_COURSE = "OFF_COURSE"
    """TSD: a checkpoint that no crew on course meets; a visit is charged."""
    TIME_CHECK = "TIME_CHECK"
    """Shows crews the official time; never scored."""
    NEUTRAL_IN = "NEUTRAL_IN"
    """Inside a special stage: from here until NEUTRAL_OUT the time does not count."""
    NEUTRAL_OUT = "NEUTRAL_OUT"


#: Controls where the minute of the check-in is recorded and compared with a due minute.
TIME_CONTROLS = frozenset(
    {
        ControlKind.TC,
        ControlKind.ATC,
        ControlKind.REGROUP_IN,
        ControlKind.REGROUP_OUT,
        ControlKind.SERVICE_IN,
        ControlKind.SERVICE_OUT,
        ControlKind.PARC_FERME,
        ControlKind.MTC,
    }
)
#: Controls that prove the route: a stamp, no scored time.
PASSAGE_CONTROLS = frozenset({ControlKind.PASSAGE, ControlKind.ROUTE_CHECK, ControlKind.SECRET})


class StageKind(StrEnum):
    """What is timed between two controls."""

    SS = "SS"
    REG_TEST = "REG_TEST"
    AVG_TRIAL = "AVG_TRIAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control of the itinerary.

    `order` counts all controls of the event in road order from 0; `metres` is the distance along
    the leg; `target` is the time allowed from the preceding time control (or, at a test line, the
    target of the test that ends here); `average` km/h holds from here on in an average trial;
    `first_car` is the instant at which the first car is due.
    """

    id: str
    order: int
    leg: int
    section: str
    kind: ControlKind
    name: str
    stage: str | None = None
    metres: int | None = None
    lat: float | None = None
    lon: float | None = None
    target: Duration | None = None
    average: Fraction | None = None
    first_car: Instant | None = None
    early_allowed: bool = False
    """An early crew gets its due minute, a late one its actual minute (Motorsport UK NCR 2026 p488 3.9c)."""
    section_kind: str = ""
    """What kind of section ends here: `standard`, `neutral`, `regularity`, `service`, ... (UK road)."""
    opens: Instant | None = None
    closes: Instant | None = None
    """When the control opens and closes, where the organizer prints it; else by the preset."""
    minimum: Duration | None = None
    """The section that ends here may not be driven faster than this."""
    pause: Duration = 0
    """A pause (µs) prescribed between this point and the next one; part of the ideal time."""
    averages: Mapping[str, Fraction] = field(default_factory=dict)
    """By the crew's category, where the average depends on it; instead of `average`."""
    exact_metres: Fraction | None = None
    """The printed distance where it is no whole number of metres (miles): `metres` is cut, this is not."""

    @property
    def along(self) -> Fraction | None:
        """The exact metres along the leg, for ideal times; None where no distance is given."""
        if self.exact_metres is not None:
            return self.exact_metres
        return None if self.metres is None else Fraction(self.metres)

    def average_for(self, category: str) -> Fraction | None:
        """Return the average (km/h) that holds from here on for crews of a category, or None."""
        return self.averages.get(category, self.average)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A special stage, a regularity test or an average trial, from `start` to `finish` (control ids).

    `between` lists the controls inside, in road order: the splits of a special stage, the hidden
    points of an average trial. The finish of a chained test is the start of the next.
    """

    id: str
    order: int
    leg: int
    kind: StageKind
    name: str
    start: str
    finish: str
    between: tuple[str, ...] = ()
    target: Duration | None = None
    super_special: bool = False
    """A spectator stage: it does not break ties."""
    power_stage: bool = False
    neutral: tuple[tuple[str, str], ...] = ()
    """The stretches of a special stage whose time does not count: (NEUTRAL_IN, NEUTRAL_OUT) control ids."""

    @property
    def lines(self) -> tuple[str, ...]:
        """All its controls in road order, start first, finish last."""
        return (self.start, *self.between, self.finish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of the event, normally one day: its rally date and its controls in road order."""

    number: int
    day: dt.date
    name: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """The whole road of the event. The mappings keep road order."""

    legs: Mapping[int, Leg]
    controls: Mapping[str, Control]
    stages: Mapping[str, Stage]
    stages_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each control id, the stages that begin, end or are measured there."""

"""The numbers and modes of the regulations. One schema for all kinds of rally; see timing/presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from timing.core.instant import MINUTE, SECOND, Duration


class Unit(StrEnum):
    """What a total is counted in."""

    SECONDS = "seconds"
    POINTS = "points"
    SCORE = "score"
    NONE = "none"


class Better(StrEnum):
    """Which end of the list wins."""

    LOWEST = "lowest"
    HIGHEST = "highest"


class Truncate(StrEnum):
    """Subtract, then cut (`elapsed`), or cut both clock readings, then subtract (`stamps`)."""

    ELAPSED = "elapsed"
    STAMPS = "stamps"


class MinuteRule(StrEnum):
    """How lateness at a time control becomes minutes."""

    FLOOR_MINUTE = "floor_minute"
    STARTED_MINUTE = "started_minute"


class SectionOrigin(StrEnum):
    """From where the target time of the next time control runs."""

    A_TO_A = "A_TO_A"
    """From the start minute of the stage (or the preceding time control)."""
    A_TO_B = "A_TO_B"
    """From the minute of the flying finish (or the preceding time control)."""
    PREVIOUS_TC = "PREVIOUS_TC"
    """From the actual minute at the preceding time control."""
    SCHEDULED = "SCHEDULED"
    """From the printed schedule of the car."""


class CoefficientMode(StrEnum):
    """How a car's coefficient enters the score of tests."""

    NONE = "none"
    SCORE_TIMES = "score_times"
    PENALTY_TIMES = "penalty_times"


class TieBreak(StrEnum):
    """Comparators for equal totals, applied in the order of the preset's list."""

    BEST_ON_STAGE_ORDER = "best_on_stage_order"
    OLDER_CAR = "older_car"
    MOST_ZEROS = "most_zeros"
    START_ORDER = "start_order"


class OtlEffect(StrEnum):
    """What being outside total lateness does."""

    RETIRE_LEG = "retire_leg"
    NOT_VISITED = "not_visited"
    POINTS = "points"
    EXCLUDE = "exclude"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One set of regulations.

    Durations are µs. Rates and caps are in the unit of the scoring: seconds for stage rallies,
    points else. A cap or limit of None does not exist. `missed_*` None means that an official decides.
    """

    name: str
    version: str
    title: str = ""
    source: str = ""
    unit: Unit
    better: Better = Better.LOWEST
    ss_resolution: Duration = 100_000
    test_resolution: Duration = 10_000
    avg_resolution: Duration = SECOND
    truncate: Truncate = Truncate.ELAPSED
    test_truncate: Truncate = Truncate.STAMPS
    start_interval: Duration = MINUTE
    tc_late_per_min: int = 0
    tc_early_per_min: int = 0
    tc_late_cap: int | None = None
    tc_early_cap: int | None = None
    minute_rule: MinuteRule = MinuteRule.FLOOR_MINUTE
    section_origin: SectionOrigin = SectionOrigin.A_TO_A
    provisional_start_gap: Duration = 3 * MINUTE
    max_late_control: int | None = None
    max_late_total: int | None = None
    otl_effect: OtlEffect = OtlEffect.ALERT
    otl_points: int | None = None
    false_start: tuple[int, ...] = ()
    false_start_add_actual: bool = False
    test_unit: Duration = 10_000
    test_cap: int | None = None
    avg_unit: Duration = SECOND
    avg_cap: int | None = None
    early_weight: Decimal = Decimal(1)
    late_only_cap: int | None = None
    missed_control: int | None = None
    missed_passage: int | None = None
    missed_line: int | None = None
    bogey: Mapping[str, Duration] = field(default_factory=dict)
    stage_max: Mapping[str, Duration] = field(default_factory=dict)
    coefficient_mode: CoefficientMode = CoefficientMode.NONE
    drop_worst: int = 0
    tie_breaks: tuple[TieBreak, ...] = ()
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each control kind, the source letters, most trusted first."""
    source_tolerance: Mapping[str, Duration] = field(default_factory=dict)
    """For each control kind, how far two sources may differ before the time is under review."""
    debounce: Duration = 500_000
    """Two edges of one car at one sensor within this are one passing, timed at the first edge."""
    pass_gap: Duration = 60 * SECOND
    """Stamps of one car at one control further apart than this are different passings."""
    fastest_average_kmh: int = 200
    """A stage driven faster than this average is held as implausible."""
    protest_minutes: int | None = 30

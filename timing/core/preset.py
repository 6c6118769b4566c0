"""The numbers and modes of the regulations. One schema for all kinds of rally; see timing/presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from timing.core.instant import MINUTE, SECOND, Duration


class Unit(StrEnum):
    """What a total is counted in."""

    SECONDS = "seconds"
    """Stage times and penalties, added as times."""
    POINTS = "points"
    """Penalty points."""
    SCORE = "score"
    """Points that are won."""
    NONE = "none"
    """Nothing is counted: a tour."""


class Better(StrEnum):
    """Which end of the list wins."""

    LOWEST = "lowest"
    """The lowest total wins."""
    HIGHEST = "highest"
    """The highest total wins."""


class Truncate(StrEnum):
    """Subtract, then cut (`elapsed`), or cut both clock readings, then subtract (`stamps`)."""

    ELAPSED = "elapsed"
    """Subtract at full precision, then cut (FIS ICR 611.3.2)."""
    STAMPS = "stamps"
    """Cut both clock readings, then subtract, as with two printed slips."""


class MinuteRule(StrEnum):
    """How lateness at a time control becomes minutes."""

    FLOOR_MINUTE = "floor_minute"
    """Both the check-in and the due time count by their minute."""
    STARTED_MINUTE = "started_minute"
    """Each begun minute after the due time counts, where that has seconds."""


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


class PointOrigin(StrEnum):
    """From where the ideal time to a point of an average trial runs."""

    START = "start"
    """From the trial's start: the average holds over the whole trial."""
    PRECEDING = "preceding"
    """From the crew's own time at the point before (Motorsport UK NCR 2026 p453 6.4)."""


class CoefficientSource(StrEnum):
    """Where a car's coefficient comes from."""

    ENTRY = "entry"
    """From the entry list."""
    YEAR = "year"
    """1 + yy/100 with the last two digits of the car's year of build (Swiss and Italian club events)."""


class CoefficientMode(StrEnum):
    """How a car's coefficient enters the score of tests."""

    NONE = "none"
    """Nothing."""
    SCORE_TIMES = "score_times"
    """The score of a test times the coefficient."""
    PENALTY_TIMES = "penalty_times"
    """The penalties of a test times the coefficient."""


class TieBreak(StrEnum):
    """Comparators for equal totals, applied in the order of the preset's list."""

    BEST_ON_STAGE_ORDER = "best_on_stage_order"
    """Better on the first stage that is no super special, then the second, ..."""
    OLDER_CAR = "older_car"
    """The car with the earlier year of build."""
    MOST_ZEROS = "most_zeros"
    """Most tests with penalty 0."""
    MOST_SMALLEST = "most_smallest"
    """Most tests with penalty 0, then with 1, then with 2, ... (TSD)."""
    BEST_ON_TEST_ORDER = "best_on_test_order"
    """Better on test 1, then test 2, ..."""
    BEST_ON_LAST_STAGES = "best_on_last_stages"
    """Better on the last special stage, then the one before, ..., super specials after all others."""
    FURTHEST_CLEANEST = "furthest_cleanest"
    """Who went longest without a penalty (UK road rallies)."""
    START_ORDER = "start_order"
    """The place in the start list."""


class OtlEffect(StrEnum):
    """What being outside total lateness does."""

    RETIRE_LEG = "retire_leg"
    """Out for the leg; a restart is possible where the rules have one."""
    NOT_VISITED = "not_visited"
    """The control counts as not visited."""
    POINTS = "points"
    """It costs `otl_points`."""
    EXCLUDE = "exclude"
    """Out of the rally."""
    ALERT = "alert"
    """An official is told; nothing is charged."""


class LatenessSpan(StrEnum):
    """Over what the lateness that `max_late_total` limits adds up."""

    SECTION = "section"
    """From regroup to regroup: the `section` column of the itinerary."""
    LEG = "leg"
    """Over one leg."""
    EVENT = "event"
    """Over the whole rally."""


class FinisherRule(StrEnum):
    """Who is classified at the end."""

    FINAL_CONTROL = "final_control"
    """Whoever passed the final time control."""
    SHARE_OF_CONTROLS = "share_of_controls"
    """At least `finisher_share` of the controls and the final one (Motorsport UK NCR 2026 p736 3.1)."""
    SHARE_OF_DISTANCE = "share_of_distance"
    """At least `finisher_share` of the stage distance (Motorsport Australia NRSR 2021 1.3)."""
    ANY = "any"
    """Everybody who started; what was not driven is charged or decided."""


class RestartReference(StrEnum):
    """Whose fastest time a restarted crew is given on a stage that it missed."""

    OVERALL = "overall"
    """Of all crews."""
    CLASS = "class"
    """Of the crew's class."""
    GROUP = "group"
    """The priority group of the entry list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What a minute early or late costs at some kind of control or section, in the preset's unit.

    A cap of None does not exist. In a fails system `early_fails` / `late_fails` are booked once
    instead of the cost where they are above 0.
    """

    late_per_min: int = 0
    early_per_min: int = 0
    late_cap: int | None = None
    early_cap: int | None = None
    early_fails: int = 0
    late_fails: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartRule:
    """What a restart after retirement costs: seconds on top of the reference group's fastest times."""

    reference: RestartReference = RestartReference.GROUP
    per_stage: int = 600
    last_of_leg: int | None = None
    """Instead of `per_stage` where only the last stage of the leg was missed."""
    per_road: int = 0
    """For each road section that was not finished."""
    reentry: tuple[int, ...] = ()
    """For the first, second, ... re-entry; the last number holds for all further ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAllowanceRule:
    """Lost time that a TSD crew may claim before it learns its time (Kitchener-Waterloo Rally Club)."""

    first: Duration = 30 * SECOND
    step: Duration = MINUTE
    most: Duration = 19 * MINUTE + 30 * SECOND
    budget: Duration = 19 * MINUTE + 30 * SECOND
    """For all claims of one crew on one leg."""
    charge_per_min: int = 0
    """Points for each minute claimed, begun minutes counted whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionshipPoints:
    """Championship points for the places 1, 2, 3, ... of three lists."""

    overall: tuple[int, ...] = ()
    final_leg: tuple[int, ...] = ()
    """The list of the last leg alone ("Sunday only"), penalties included."""
    power_stage: tuple[int, ...] = ()


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
    """What totals are counted in."""
    better: Better = Better.LOWEST
    """Which end of the list wins."""
    ss_resolution: Duration = 100_000
    """To what the times of special stages are cut."""
    test_resolution: Duration = 10_000
    """To what the times of regularity tests are cut, and to what a computed ideal time is rounded."""
    avg_resolution: Duration = SECOND
    """To what the times at the points of average trials are cut."""
    truncate: Truncate = Truncate.ELAPSED
    """How the time of a special stage is cut."""
    test_truncate: Truncate = Truncate.STAMPS
    """How the time of a regularity test is cut."""
    start_interval: Duration = MINUTE
    """Between two cars of the start list that have no time of their own."""
    tc_late_per_min: int = 0
    """For each minute late at a time control."""
    tc_early_per_min: int = 0
    """For each minute early at a time control."""
    tc_late_cap: int | None = None
    """The most that lateness at one control costs."""
    tc_early_cap: int | None = None
    """The most that being early at one control costs."""
    minute_rule: MinuteRule = MinuteRule.FLOOR_MINUTE
    """How lateness becomes whole minutes."""
    section_origin: SectionOrigin = SectionOrigin.A_TO_A
    """From where the target time of the next time control runs."""
    provisional_start_gap: Duration = 3 * MINUTE
    """From the check-in before a special stage to the provisional start."""
    max_late_control: int | None = None
    """Minutes late at one control; more is over the limit."""
    max_late_total: int | None = None
    """Minutes late in all; more is over the limit."""
    late_total_over: LatenessSpan = LatenessSpan.LEG
    """Over what the minutes late in all add up."""
    max_early: int | None = None
    """More minutes early than this at a control are treated as lateness over the limit is."""
    otl_effect: OtlEffect = OtlEffect.ALERT
    """What being over a limit of lateness does."""
    otl_points: int | None = None
    """What it costs where it costs points."""
    false_start: tuple[int, ...] = ()
    """For the first, second, ... false start of a crew; past the end the stewards decide."""
    false_start_add_actual: bool = False
    """Whether the first false start also costs the time that was gained."""
    test_unit: Duration = 10_000
    """A deviation of so much costs one unit of points (or of seconds)."""
    test_cap: int | None = None
    """The most that one test costs."""
    test_unit_points: Decimal = Decimal(1)
    """What each `test_unit` costs: 0.1 where tenths of a minute are scored as minutes."""
    avg_unit: Duration = SECOND
    """The same at the points of average trials."""
    avg_cap: int | None = None
    """The most that one point of an average trial costs."""
    early_weight: Decimal = Decimal(1)
    """How many times as much early costs as late."""
    late_only_cap: int | None = None
    """The most that being late costs in a test or at a point; early has no such cap."""
    missed_control: int | None = None
    """A time control that was not visited."""
    missed_passage: int | None = None
    """A passage control that was not visited."""
    missed_line: int | None = None
    """A test or a point of an average trial without a time."""
    bogey: Mapping[str, Duration] = field(default_factory=dict)
    """By stage: the least time that is charged."""
    stage_max: Mapping[str, Duration] = field(default_factory=dict)
    """By stage: the most time that is charged."""
    coefficient_mode: CoefficientMode = CoefficientMode.NONE
    """What the coefficient of a car multiplies."""
    drop_worst: int = 0
    """How many of its worst tests do not count for a crew."""
    tie_breaks: tuple[TieBreak, ...] = ()
    """What parts equal totals, in this order."""
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each control kind, the source letters, most trusted first."""
    source_tolerance: Mapping[str, Duration] = field(default_factory=dict)
    """For each control kind, how far two sources may differ before the time is under review."""
    clock_warn: Mapping[str, Duration] = field(
        default_factory=lambda: {
            "minute": 500_000,
            "second": 100_000,
            "tenth": 20_000,
            "hundredth": 2_000,
            "thousandth": 500,
        }
    )
    """For times cut to a minute, a second, ...: how far a clock may be off before somebody is told."""
    clock_fail: Mapping[str, Duration] = field(
        default_factory=lambda: {
            "minute": 1_000_000,
            "second": 250_000,
            "tenth": 50_000,
            "hundredth": 5_000,
            "thousandth": 1_000,
        }
    )
    """The same: how far it may be off before its times are under review."""
    debounce: Duration = 500_000
    """Two edges of one car at one sensor within this are one passing, timed at the first edge."""
    pass_gap: Duration = 60 * SECOND
    """Stamps of one car at one control further apart than this are different passings."""
    secret_lines: bool = False
    """Whether the lines of regularity tests are secret: only officials see where they are."""
    open_road_average_kmh: Decimal | None = None
    """The fastest average that a test or trial on open roads may ask for; `check` warns above it."""
    fastest_average_kmh: int = 200
    """A stage driven faster than this average is held as implausible."""
    protest_minutes: int | None = 30
    """For how long after its publication a list may be protested against."""
    avg_origin: PointOrigin = PointOrigin.START
    """From where the ideal time to a point of an average trial runs."""
    rates: Mapping[str, Rate] = field(default_factory=dict)
    """By section kind (`standard`, `neutral`, ...) or else control kind (`MTC`, ...): instead of `tc_*`."""
    min_time_steps: tuple[int, ...] = ()
    """Charged for a section driven faster than its minimum: minutes of the first, second, ... minute."""
    stage_resolution: Mapping[str, Duration] = field(default_factory=dict)
    """By stage: another resolution than `ss_resolution` (power stage, head-to-head super special)."""
    refused_start: tuple[int, ...] = ()
    """For the first, second, ... start refused or not made ready; past the end the stewards decide."""
    charge_stage_max: bool = False
    """A stage not performed as prescribed costs its stage maximum (Motorsport UK NCR 2026 p466 (c))."""
    missed_stage_extra: int | None = None
    """A missed stage costs its maximum and so many seconds more; None: an official decides."""
    missed_mtc: int | None = None
    """At a main time control instead of `missed_control`."""
    visited_twice: int | None = None
    """A passage control that was visited twice."""
    off_course: int | None = None
    """An off-course checkpoint that was visited."""
    fails: bool = False
    """Rank by the number of fails first; faults with a number in the three fields below book fails."""
    missed_control_fails: int = 0
    """Fails for a time control that was not visited."""
    missed_passage_fails: int = 0
    """Fails for a passage control that was not visited, or was visited twice."""
    missed_mtc_fails: int = 0
    """Fails for a main time control that was not visited."""
    score_table: tuple[Decimal, ...] = ()
    """The score of a test with 0, 1, 2, ... penalties; the last entry holds for all further ones."""
    avg_score_table: tuple[Decimal, ...] = ()
    """The same for average trials; empty: an official decides."""
    coefficient_source: CoefficientSource = CoefficientSource.ENTRY
    """Where the coefficient of a car comes from."""
    coefficient_on_controls: bool = False
    """Whether the coefficient also multiplies the penalties of time controls."""
    time_allowance: TimeAllowanceRule | None = None
    """Lost time that a crew may claim before it learns its time."""
    restart: RestartRule | None = None
    """What a restart after retirement costs; None: nobody may restart."""
    finisher_rule: FinisherRule = FinisherRule.FINAL_CONTROL
    """Who is classified at the end."""
    finisher_share: Fraction = Fraction(0)
    """The part of the controls or of the stage distance that a finisher must have done."""
    championship: ChampionshipPoints | None = None
    """Championship points for places; None: none are given."""
    eet_neighbours: str = "10_before"
    """Which ten pairs a replacement time rests on: `10_before`, `5_5` or `nearest_10`."""
    opens_before: Duration = 15 * MINUTE
    """A time control opens so long before the first car is due (Motorsport UK NCR 2026 p487 3.1)."""
    closes_after: Duration | None = None
    """A control closes so long after the last car is due; None: on the clerk's order."""
    unverified: Mapping[str, str] = field(default_factory=dict)
    """Fields whose number or rule was not read in its own rule book, with what is known about it."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """For each field that the preset sets, where its number was read."""

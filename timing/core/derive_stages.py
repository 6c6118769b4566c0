"""Derivations of results: special stages, tests and trials, notional times, what was missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from timing.core.coefficients import coefficient_of
from timing.core.decisions import SetNotional
from timing.core.derivation import Derivation, Kind, Operation, Value, Working
from timing.core.derive_clocks import stamped_time
from timing.core.derive_points import penalties_of, trial_points
from timing.core.derive_replacement import given_time
from timing.core.entries import Entry
from timing.core.ideal_times import ideal_between
from timing.core.instant import HOUR, SECOND, Duration
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import CoefficientMode, Preset, Truncate, Unit
from timing.core.results import Chosen, ResultStatus, StageResult
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.stage_amounts import stage_amount
from timing.core.stage_facts import corrected_targets
from timing.core.stage_times import driven_metres, stage_resolution, too_fast
from timing.core.stamps import Placed
from timing.core.starts import StageStart


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One crew on one stage: what its result was made of."""

    road: Road
    stage: Stage
    entry: Entry
    result: StageResult
    chosen: Mapping[str, Chosen]
    start: StageStart | None = None
    targets: Sequence[Ruled] = ()
    notional: Ruled | None = None
    allowance_seq: int | None = None
    corrections: Mapping[str, Ruled] = field(default_factory=dict)
    stamps_at: Callable[[str], Mapping[str, Placed]] = lambda _: {}

    def time_at(self, work: Working, name: str, chosen: Chosen) -> str:
        """Write down a time at a line, with the pairs it rests on where it is a replacement time."""
        ruled = self.corrections.get(chosen.control)
        return given_time(work, name, chosen, ruled, self.stamps_at(chosen.control))

    def ideal(self, start: str, end: str) -> Fraction | None:
        """Return the exact ideal time between two lines of an average trial, in µs, or None."""
        return ideal_between(self.road.event.itinerary, self.stage, start, end, self.entry.category)

    @property
    def rules(self) -> Preset:
        """The regulations in force on the stage."""
        return self.road.rules_of(self.stage)

    @property
    def grain(self) -> Duration:
        """The resolution of the stage's times."""
        match self.stage.kind:
            case StageKind.SS:
                return stage_resolution(self.stage.id, self.rules)
            case StageKind.REG_TEST:
                return self.rules.test_resolution
            case StageKind.AVG_TRIAL:
                return self.rules.avg_resolution


def derive_result(case: Case) -> Derivation:
    """Return how a crew's result came to be.

    The value is what the result brings: its time or its points, with the score table and the car's
    coefficient where the regulations have them. None: nothing yet, or an official decides.
    """
    result, work = case.result, Working()
    value: Value | None = None
    kind = Kind.DURATION if case.road.preset.unit is Unit.SECONDS else Kind.POINTS
    words = result.reason
    if result.status in (ResultStatus.DONE, ResultStatus.CANCELLED, ResultStatus.HELD):
        value, words = _done(case, work, words)
        if value is not None and case.stage.kind is StageKind.SS:
            kind = Kind.DURATION
    if result.status is ResultStatus.CANCELLED:
        words = "cancelled: counts for nobody"
    return Derivation(
        rule=str(case.stage.kind),
        subject=case.stage.id,
        car=case.entry.car_number,
        clock=case.road.event.time,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=value,
        kind=kind,
        grain=case.grain,
        words=words,
        records=work.records(),
    )


def _done(case: Case, work: Working, words: str) -> tuple[Value | None, str]:
    result = case.result
    if result.source == "notional" and case.notional is not None:
        words = _notional(case, work, case.notional)
    else:
        match case.stage.kind:
            case StageKind.SS:
                _special(case, work)
            case StageKind.REG_TEST:
                _test(case, work)
            case StageKind.AVG_TRIAL:
                trial_points(work, case.stage, case.rules, result, case.chosen, case.start, case.ideal)
        if result.points is not None and not _tells(work, result.points):
            _missed(case, work)
    return _worth(case, work), words


def _tells(work: Working, points: Decimal) -> bool:
    """Whether the working has come to these points."""
    return bool(work.steps) and work.steps[-1].value == points


def _ends(case: Case, work: Working) -> tuple[str, str] | None:
    """Write down start and finish; None where one is lacking."""
    stage, start = case.stage, case.start
    end = case.chosen.get(stage.finish)
    if start is not None:
        begin = work.given("start", start.at, Kind.INSTANT, start.seq)
    elif stage.start in case.chosen:
        begin = case.time_at(work, "start", case.chosen[stage.start])
    else:
        return None
    if end is None:
        return None
    return begin, case.time_at(work, "finish", end)


def _elapsed(work: Working, runs: Sequence[tuple[str, str]], grain: Duration, mode: Truncate) -> str:
    """Write down the time over stretches, cut as the regulations say; returns its name."""
    cut = work.given("resolution", grain, Kind.DURATION)
    pieces: list[str] = []
    for number, (one, two) in enumerate(runs):
        more = f" {number + 1}" if len(runs) > 1 else ""
        if mode is Truncate.STAMPS:
            one = work.reckon(f"{one}, cut", Operation.CUT, one, cut)
            two = work.reckon(f"{two}, cut", Operation.CUT, two, cut)
        pieces.append(work.reckon(f"elapsed{more}", Operation.SUBTRACT, two, one))
    whole = pieces[0] if len(pieces) == 1 else work.reckon("elapsed", Operation.ADD, *pieces)
    return work.reckon("time", Operation.CUT, whole, cut)


def _special(case: Case, work: Working) -> None:
    stage, rules = case.stage, case.rules
    low, high = rules.bogey.get(stage.id), rules.stage_max.get(stage.id)
    if case.result.driven is None or case.result.reason == "not performed as prescribed":
        if high is not None:
            time = work.given("stage maximum", high, Kind.DURATION)
            if case.result.time != high and rules.missed_stage_extra is not None:
                extra = work.given("for a missed stage", rules.missed_stage_extra * SECOND, Kind.DURATION)
                work.reckon("time charged", Operation.ADD, time, extra)
        return
    ends = _ends(case, work)
    if ends is None:
        return
    begin, runs = ends[0], []
    for entrance, leave in stage.neutral:
        here, there = case.chosen.get(entrance), case.chosen.get(leave)
        if here is None or there is None:
            break
        runs.append((begin, stamped_time(work, f"neutral from {entrance}", here)))
        begin = stamped_time(work, f"neutral until {leave}", there)
    if case.result.status is ResultStatus.HELD:
        _fastest(case, work)
    time = _elapsed(work, [*runs, (begin, ends[1])], case.grain, rules.truncate)
    if case.result.status is ResultStatus.HELD:
        return
    if low is not None:
        time = work.reckon(
            "at least the bogey time", Operation.MOST, time, work.given("bogey time", low, Kind.DURATION)
        )
    if high is not None:
        most = work.given("stage maximum", high, Kind.DURATION)
        work.reckon("at most the stage maximum", Operation.LEAST, time, most)


def _fastest(case: Case, work: Working) -> None:
    """Write down how long a car needs at least at the fastest average that is believed."""
    metres = driven_metres(case.road, case.stage)
    if metres is None or case.result.reason != too_fast(case.rules):
        return
    length = work.given("length in metres", metres, Kind.COUNT)
    average = work.given("fastest average in km/h", case.rules.fastest_average_kmh, Kind.COUNT)
    thousand = work.given("metres of a kilometre", 1000, Kind.COUNT)
    hour = work.given("hour", HOUR, Kind.DURATION)
    work.reckon("length times an hour", Operation.TIMES, length, hour)
    work.reckon("metres in an hour", Operation.TIMES, average, thousand)
    needed = "microseconds needed at least"
    work.reckon(needed, Operation.BEGUN, "length times an hour", "metres in an hour")


def _test(case: Case, work: Working) -> None:
    result = case.result
    ends = _ends(case, work)
    if ends is not None and result.status is ResultStatus.HELD:
        work.reckon("elapsed", Operation.SUBTRACT, ends[1], ends[0])
    if ends is None or result.points is None or result.deviation is None:
        return
    time = _elapsed(work, [ends], case.grain, case.rules.test_truncate)
    if result.allowance:
        off = work.given("time allowance", result.allowance, Kind.DURATION, case.allowance_seq)
        net = work.reckon("time without the allowance", Operation.SUBTRACT, time, off)
        time = work.reckon("net time", Operation.CUT, net, "resolution")
    _against_target(case, work, time)


def _against_target(case: Case, work: Working, time: str) -> None:
    corrected = corrected_targets(case.stage, case.targets).get(case.stage.finish)
    seq = next((ruled.seq for ruled in reversed(case.targets)), None) if corrected is not None else None
    wanted = work.given("target", corrected or case.stage.target or 0, Kind.DURATION, seq)
    cut = work.given("resolution", case.grain, Kind.DURATION)
    work.reckon("target, cut", Operation.CUT, wanted, cut)
    work.reckon("deviation", Operation.SUBTRACT, time, "target, cut")
    penalties_of(work, case.rules, "deviation", "points", test=True)


def _missed(case: Case, work: Working) -> None:
    """A line or point without a time, at its price, on top of what was driven."""
    points, driven = case.result.points, Decimal(0)
    assert points is not None
    known = [part.points for part in case.result.parts if part.points is not None]
    driven = sum(known, Decimal(0))
    names = [work.steps[-1].what] if work.steps and known else []
    names.append(work.given("for what was missed", points - driven, Kind.POINTS))
    work.reckon("points", Operation.ADD, *names)


def _notional(case: Case, work: Working, ruled: Ruled) -> str:
    """A value that an official gave instead of a driven one, with what it rests on."""
    act = ruled.decision.act
    assert isinstance(act, SetNotional)
    method = str(act.method).lower().replace("_", " ")
    words = f"notional by {ruled.decision.author}: {method}"
    words += f" {act.place}" if act.place is not None else ""
    words += f", on {', '.join(act.basis)}" if act.basis else ""
    if act.time is None:
        if act.points is not None:
            work.given("points", act.points, Kind.POINTS, ruled.seq)
        return words
    time = work.given("time given", act.time, Kind.DURATION, ruled.seq)
    if case.result.deviation is None:
        return words
    if case.stage.kind is StageKind.REG_TEST:
        _against_target(case, work, time)
    else:
        ideal = act.time // case.rules.avg_unit * case.rules.avg_unit - case.result.deviation
        unit = work.given("unit", case.rules.avg_unit, Kind.DURATION)
        work.reckon("time", Operation.CUT, time, unit)
        work.given("ideal time", ideal, Kind.DURATION)
        work.reckon("deviation", Operation.SUBTRACT, "time", "ideal time")
        penalties_of(work, case.rules, "deviation", "points", test=False)
    return words


def _worth(case: Case, work: Working) -> Value | None:
    """Go on from time or points to what the result adds: by score table, coefficient and unit."""
    result, preset = case.result, case.road.preset
    shown = stage_amount(case.stage, result, case.entry, preset)
    if case.stage.kind is StageKind.SS:
        return result.time
    if result.status is ResultStatus.HELD or (result.points is None and result.score is None):
        return None
    if not work.steps and not work.inputs and result.score is not None:
        work.given("score", result.score, Kind.POINTS)
    last = work.steps[-1].what if work.steps else work.inputs[-1].name
    if preset.unit is Unit.SCORE:
        last = _scored(case, work, last)
    if preset.coefficient_mode is not CoefficientMode.NONE and shown is not None:
        factor = work.given("coefficient", coefficient_of(case.entry, preset), Kind.FACTOR)
        last = work.reckon("with the coefficient", Operation.TIMES, last, factor)
    if preset.unit is Unit.SECONDS:
        work.reckon("as time", Operation.AS_TIME, last)
    return result.points if shown is None else shown


def _scored(case: Case, work: Working, points: str) -> str:
    """From penalties to a score; each point of an average trial scores by itself."""
    rules, result = case.rules, case.result
    if result.score is None or points == "score":
        return points
    if case.stage.kind is StageKind.REG_TEST and rules.score_table and result.points is not None:
        table = work.given("score table", rules.score_table, Kind.TABLE)
        score = work.reckon("score", Operation.LOOK_UP, table, points)
    elif rules.avg_score_table and result.parts:
        table = work.given("score table", rules.avg_score_table, Kind.TABLE)
        scores = [
            work.reckon(f"score at {part.control}", Operation.LOOK_UP, table, f"points at {part.control}")
            for part in result.parts
            if part.points is not None
        ]
        score = work.reckon("score", Operation.ADD, *scores) if scores else points
    else:
        return work.given("score", result.score, Kind.POINTS)
    if work.value(score) != result.score:
        value = work.value(score)
        assert isinstance(value, Decimal)
        missed = work.given("for what was missed", result.score - value, Kind.POINTS)
        score = work.reckon("score with what was missed", Operation.ADD, score, missed)
    return score

"""Regulations that cannot hold together: each a field, what was found and what was expected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from timing.core.instant import MINUTE, Duration
from timing.core.preset import Better, CoefficientMode, FinisherRule, OtlEffect, Preset, Rate, Unit

_SHARES = frozenset({FinisherRule.SHARE_OF_CONTROLS, FinisherRule.SHARE_OF_DISTANCE})


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that contradicts another. `field` names where a person would change it."""

    field: str
    found: str
    expected: str


def contradictions(preset: Preset) -> tuple[Fault, ...]:
    """Return every contradiction of a set of regulations, in the order of the checks."""
    return tuple(fault for check in _CHECKS for fault in check(preset))


def _units(preset: Preset) -> Iterator[Fault]:
    tables = [name for name in ("score_table", "avg_score_table") if getattr(preset, name)]
    if preset.unit is not Unit.SCORE:
        for name in tables:
            yield Fault(name, f"a {name} with unit = {preset.unit}", 'unit = "score", or no table')
    elif not preset.score_table:
        wanted = 'the scores of 0, 1, 2, ... penalties, such as score_table = "score_table.csv"'
        yield Fault("score_table", 'unit = "score" without a score_table', wanted)
    wanted_end = Better.HIGHEST if preset.unit is Unit.SCORE else Better.LOWEST
    if preset.unit is not Unit.NONE and preset.better is not wanted_end:
        yield Fault(
            "better", f"better = {preset.better} with unit = {preset.unit}", f'better = "{wanted_end}"'
        )
    if preset.restart is not None and preset.unit is not Unit.SECONDS:
        wanted = 'restart = "none": only stage times can be given instead of driven ones'
        yield Fault("restart", f"a restart with unit = {preset.unit}", wanted)
    if preset.time_allowance is not None and preset.unit is not Unit.POINTS:
        wanted = 'time_allowance = "none", or unit = "points"'
        yield Fault("time_allowance", f"a time allowance with unit = {preset.unit}", wanted)


def _coefficients(preset: Preset) -> Iterator[Fault]:
    mode = preset.coefficient_mode
    if mode is CoefficientMode.SCORE_TIMES and preset.unit is not Unit.SCORE:
        found = f"coefficient_mode = {mode} with unit = {preset.unit}"
        yield Fault("coefficient_mode", found, '"penalty_times", or unit = "score"')
    if mode is CoefficientMode.PENALTY_TIMES and preset.unit is not Unit.POINTS:
        found = f"coefficient_mode = {mode} with unit = {preset.unit}"
        yield Fault("coefficient_mode", found, 'unit = "points"')
    if preset.coefficient_on_controls and mode is CoefficientMode.NONE:
        found = "coefficient_on_controls without a coefficient_mode"
        yield Fault("coefficient_on_controls", found, "a coefficient_mode")


def _caps(preset: Preset) -> Iterator[Fault]:
    pairs = (
        ("tc_late_cap", preset.tc_late_cap, preset.tc_late_per_min),
        ("tc_early_cap", preset.tc_early_cap, preset.tc_early_per_min),
        *(_rate_caps("late", kind, rate) for kind, rate in preset.rates.items()),
        *(_rate_caps("early", kind, rate) for kind, rate in preset.rates.items()),
    )
    for name, cap, rate in pairs:
        if cap is not None and rate == 0:
            yield Fault(name, f"{name} = {cap} without a rate", f"{name.replace('_cap', '_per_min')} above 0")
        elif cap is not None and cap < rate:
            found = f"{name} = {cap} below the {rate} of one minute"
            yield Fault(name, found, "a cap of at least one minute")


def _rate_caps(side: str, kind: str, rate: Rate) -> tuple[str, int | None, int]:
    cap, per_minute = getattr(rate, f"{side}_cap"), getattr(rate, f"{side}_per_min")
    return f"rates.{kind}.{side}_cap", cap, per_minute


def _bounds(preset: Preset) -> Iterator[Fault]:
    for stage, least in preset.bogey.items():
        most = preset.stage_max.get(stage)
        if most is not None and least > most:
            yield Fault(f"bogey.{stage}", f"a bogey of {stage} above its stage_max", "a bogey below it")
    control, total = preset.max_late_control, preset.max_late_total
    if control is not None and total is not None and control > total:
        found = f"max_late_control = {control} above max_late_total = {total}"
        yield Fault("max_late_control", found, "no more than the total")
    if preset.otl_effect is OtlEffect.POINTS and preset.otl_points is None:
        yield Fault("otl_points", 'otl_effect = "points" without otl_points', "how many points")


def _fails(preset: Preset) -> Iterator[Fault]:
    numbers = (preset.missed_control_fails, preset.missed_passage_fails, preset.missed_mtc_fails)
    booked = any(numbers) or any(rate.early_fails or rate.late_fails for rate in preset.rates.values())
    if preset.fails and not booked:
        wanted = "missed_control_fails or another number of fails above 0"
        yield Fault("fails", "fails = true where nothing books a fail", wanted)


def _finishers(preset: Preset) -> Iterator[Fault]:
    if preset.finisher_rule in _SHARES and not preset.finisher_share:
        found = f"finisher_rule = {preset.finisher_rule} without a finisher_share"
        yield Fault("finisher_share", found, 'a finisher_share such as "2/3"')
    if preset.finisher_rule not in _SHARES and preset.finisher_share:
        found = f"a finisher_share with finisher_rule = {preset.finisher_rule}"
        yield Fault("finisher_rule", found, f"one of {', '.join(sorted(_SHARES))}")


def _resolutions(preset: Preset) -> Iterator[Fault]:
    for name in ("ss_resolution", "test_resolution", "avg_resolution"):
        yield from _whole_parts(name, getattr(preset, name))
    for stage, resolution in preset.stage_resolution.items():
        yield from _whole_parts(f"stage_resolution.{stage}", resolution)
    for kind in ("test", "avg"):
        resolution, unit = getattr(preset, f"{kind}_resolution"), getattr(preset, f"{kind}_unit")
        if unit % resolution and resolution % unit:
            found = f"a {kind}_unit of {unit} µs at a {kind}_resolution of {resolution} µs"
            yield Fault(f"{kind}_unit", found, "one that divides the other")


def _whole_parts(name: str, resolution: Duration) -> Iterator[Fault]:
    """Both ways of cutting agree on a start at a full minute only where the resolution divides it."""
    if MINUTE % resolution:
        yield Fault(name, f"{name} of {resolution} µs, which does not divide a minute", "such as 0.1 s")


def _allowance(preset: Preset) -> Iterator[Fault]:
    rule = preset.time_allowance
    if rule is None:
        return
    name = "time_allowance"
    if rule.first > rule.most:
        yield Fault(f"{name}.first", "the first time allowance above the most", "first up to most")
    elif (rule.most - rule.first) % rule.step:
        yield Fault(f"{name}.most", "a most that no number of steps reaches", "first + a number of steps")
    if rule.budget < rule.first:
        yield Fault(f"{name}.budget", "a budget below the first step", "at least the first step")


def _lists(preset: Preset) -> Iterator[Fault]:
    for name in ("false_start", "refused_start"):
        ladder: tuple[int, ...] = getattr(preset, name)
        if any(after < before for before, after in pairwise(ladder)):
            yield Fault(name, f"{name} = {list(ladder)} that falls", "each step at least the one before")
    if preset.championship is not None:
        for name in ("overall", "final_leg", "power_stage"):
            points: tuple[int, ...] = getattr(preset.championship, name)
            if any(after > before for before, after in pairwise(points)):
                yield Fault(f"championship.{name}", "points that rise with the place", "falling points")


_CHECKS: tuple[Callable[[Preset], Iterator[Fault]], ...] = (
    _units,
    _coefficients,
    _caps,
    _bounds,
    _fails,
    _finishers,
    _resolutions,
    _allowance,
    _lists,
)

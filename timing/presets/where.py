"""Where each rule of the regulations is computed, and what its number counts: docs/rules.md is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What a number counts: `{unit}` is the unit of the preset's totals (s, points, score).
_AMOUNT = "{unit}"
_PER_MINUTE = "{unit} per minute"
_MINUTES = "minutes"
_FAILS = "fails"
_NONE = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field is computed: dotted names of functions (or of types) below `timing`."""

    functions: tuple[str, ...]
    counted_in: str = _NONE


def _at(counted_in: str, *functions: str) -> Place:
    return Place(functions, counted_in)


#: Every field of `Preset` that is a rule, by the part of a rally it belongs to.
WHERE: Mapping[str, Mapping[str, Place]] = {
    "What is ranked, and how": {
        "unit": _at(_NONE, "core.stage_amounts.stage_amount", "core.rates.amount"),
        "better": _at(_NONE, "core.tallies.Tally.merit"),
        "fails": _at(_NONE, "core.tallies.Tally.merit"),
        "drop_worst": _at("tests", "core.stage_amounts.without_worst"),
        "tie_breaks": _at(_NONE, "core.tie_breaks.tie_keys"),
        "finisher_rule": _at(_NONE, "core.finishers.Finish.lacking"),
        "finisher_share": _at("part of the whole", "core.finishers.Finish.lacking"),
        "championship": _at("championship points", "core.championship.championship_points"),
        "protest_minutes": _at(_MINUTES, "core.publication_states.protest_window"),
    },
    "Time controls": {
        "tc_late_per_min": _at(_PER_MINUTE, "core.rates.lateness_charge"),
        "tc_early_per_min": _at(_PER_MINUTE, "core.rates.lateness_charge"),
        "tc_late_cap": _at(_AMOUNT, "core.rates.lateness_charge"),
        "tc_early_cap": _at(_AMOUNT, "core.rates.lateness_charge"),
        "rates": _at(_PER_MINUTE, "core.rates.rate_at", "core.rates.lateness_fails"),
        "minute_rule": _at(_NONE, "core.rates.late_minutes"),
        "section_origin": _at(_NONE, "core.check_ins.fold_check_ins"),
        "start_interval": _at(_NONE, "folder_entries.read_entries"),
        "opens_before": _at(_NONE, "core.opening.opening_hours"),
        "closes_after": _at(_NONE, "core.opening.opening_hours"),
        "min_time_steps": _at(_MINUTES, "core.rates.minimum_charge"),
        "max_late_control": _at(_MINUTES, "core.lateness.Limits.passed"),
        "max_late_total": _at(_MINUTES, "core.lateness.Limits.passed"),
        "late_total_over": _at(_NONE, "core.check_ins.fold_check_ins"),
        "max_early": _at(_MINUTES, "core.lateness.Limits.passed"),
        "otl_effect": _at(_NONE, "core.check_ins.fold_check_ins"),
        "otl_points": _at(_AMOUNT, "core.check_in_rows.over_lateness_row"),
    },
    "Controls missed or visited wrongly": {
        "missed_control": _at(_AMOUNT, "core.visits.missed_charge"),
        "missed_passage": _at(_AMOUNT, "core.visits.missed_charge"),
        "missed_mtc": _at(_AMOUNT, "core.visits.missed_charge"),
        "missed_line": _at(_AMOUNT, "core.scoring.Scorer.result"),
        "missed_control_fails": _at(_FAILS, "core.visits.missed_charge"),
        "missed_passage_fails": _at(_FAILS, "core.visits.missed_charge"),
        "missed_mtc_fails": _at(_FAILS, "core.visits.missed_charge"),
        "visited_twice": _at(_AMOUNT, "core.visits.visit_rows"),
        "off_course": _at(_AMOUNT, "core.visits.visit_rows"),
    },
    "Special stages": {
        "ss_resolution": _at(_NONE, "core.stage_times.stage_resolution", "core.deviations.cut_elapsed"),
        "stage_resolution": _at(_NONE, "core.stage_times.stage_resolution"),
        "truncate": _at(_NONE, "core.deviations.cut_elapsed"),
        "provisional_start_gap": _at(_NONE, "core.starts.find_start"),
        "false_start": _at(_AMOUNT, "core.start_penalties.false_start_charge"),
        "false_start_add_actual": _at(_NONE, "core.start_penalties.false_start_charge"),
        "refused_start": _at(_AMOUNT, "core.start_penalties.refused_start_charge"),
        "bogey": _at(_NONE, "core.stage_times.charged"),
        "stage_max": _at(_NONE, "core.stage_times.charged"),
        "charge_stage_max": _at(_NONE, "core.stage_times.failed_stage"),
        "missed_stage_extra": _at("s", "core.stage_times.missed_stage"),
        "restart": _at("s", "core.restarts.restart_bill"),
        "eet_neighbours": _at(_NONE, "core.replacement_time.neighbours"),
        "fastest_average_kmh": _at("km/h", "core.stage_times.held_reason"),
    },
    "Regularity tests and legs": {
        "test_resolution": _at(_NONE, "core.regularity.TimedTest.measure", "folder_ideal.published"),
        "test_truncate": _at(_NONE, "core.deviations.cut_elapsed"),
        "test_unit": _at(_NONE, "core.deviations.Scale.points"),
        "test_unit_points": _at("{unit} per test_unit", "core.deviations.Scale.points"),
        "test_cap": _at(_AMOUNT, "core.deviations.Scale.points"),
        "early_weight": _at("times", "core.deviations.Scale.points"),
        "late_only_cap": _at(_AMOUNT, "core.deviations.Scale.points"),
        "score_table": _at("score", "core.stage_amounts.table_score"),
        "secret_lines": _at(_NONE, "core.secret_places.is_secret"),
        "open_road_average_kmh": _at("km/h", "folder_checks.check_road"),
        "time_allowance": _at(_NONE, "core.time_allowances.allowances_of"),
        "coefficient_mode": _at(_NONE, "core.stage_amounts.stage_amount"),
        "coefficient_source": _at(_NONE, "core.coefficients.coefficient_of"),
        "coefficient_on_controls": _at(_NONE, "core.coefficients.weighed"),
    },
    "Average trials": {
        "avg_resolution": _at(_NONE, "core.average_trials.TimedTrial.parts"),
        "avg_unit": _at(_NONE, "core.deviations.scale_of_trials"),
        "avg_cap": _at(_AMOUNT, "core.deviations.scale_of_trials"),
        "avg_origin": _at(_NONE, "core.ideal_times.ideals_of"),
        "avg_score_table": _at("score", "core.stage_amounts.trial_score"),
    },
    "Which stamp is the time": {
        "precedence": _at(_NONE, "core.stamps.choose"),
        "source_tolerance": _at(_NONE, "core.stamps.choose"),
        "clock_warn": _at(_NONE, "core.clocks.limits_for"),
        "clock_fail": _at(_NONE, "core.clocks.limits_for"),
        "debounce": _at(_NONE, "core.matching.match"),
        "pass_gap": _at(_NONE, "core.stamps.choose"),
    },
}


def places() -> dict[str, Place]:
    """Return the place of every field, in the order of the parts."""
    return {field: place for part in WHERE.values() for field, place in part.items()}

"""Which parts of an itinerary make an event rely on a rule: a rule that nothing uses needs no warning."""

from collections.abc import Mapping

from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, ControlKind, Itinerary, StageKind
from timing.core.preset import Preset

_SPECIAL = frozenset({ControlKind.SS_START})
_TESTS = frozenset({ControlKind.REG_TEST})
_TRIALS = frozenset({ControlKind.AVG_TRIAL})
#: The kinds of control that use a field; a field that is not named here is used by every event.
USED_BY: Mapping[str, frozenset[ControlKind]] = {
    **dict.fromkeys(
        (
            "ss_resolution",
            "truncate",
            "provisional_start_gap",
            "false_start",
            "false_start_add_actual",
            "refused_start",
            "restart",
            "bogey",
            "stage_max",
            "charge_stage_max",
            "missed_stage_extra",
            "stage_resolution",
        ),
        _SPECIAL,
    ),
    **dict.fromkeys(
        ("test_resolution", "test_truncate", "test_unit", "test_unit_points", "test_cap", "score_table"),
        _TESTS,
    ),
    **dict.fromkeys(("avg_resolution", "avg_unit", "avg_cap", "avg_origin", "avg_score_table"), _TRIALS),
    **dict.fromkeys(("early_weight", "late_only_cap", "missed_line", "drop_worst"), _TESTS | _TRIALS),
    **dict.fromkeys(
        (
            "tc_late_per_min",
            "tc_early_per_min",
            "tc_late_cap",
            "tc_early_cap",
            "minute_rule",
            "section_origin",
            "max_late_control",
            "max_late_total",
            "late_total_over",
            "max_early",
            "otl_effect",
            "otl_points",
            "rates",
            "missed_control",
            "coefficient_on_controls",
        ),
        TIME_CONTROLS,
    ),
    "missed_passage": PASSAGE_CONTROLS,
    "missed_mtc": frozenset({ControlKind.MTC}),
    "off_course": frozenset({ControlKind.OFF_COURSE}),
}


def relied_on(field: str, preset: Preset, itinerary: Itinerary) -> bool:
    """Return whether an event is scored by a field: it says something, and the road has a place for it.

    A field that is "none" or empty leaves the matter to an official, so nothing relies on it.
    """
    if getattr(preset, field) in (None, (), {}):
        return False
    if field == "late_total_over" and preset.max_late_total is None:
        return False
    if field == "championship":
        return any(stage.power_stage for stage in itinerary.stages.values())
    if field == "start_interval" and not any(s.kind is StageKind.SS for s in itinerary.stages.values()):
        return False
    kinds = USED_BY.get(field)
    return kinds is None or any(control.kind in kinds for control in itinerary.controls.values())

"""Checks of the regulations against the road and the entry list: named but not there, or unverified."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from timing.core.entries import Entry, EntryList
from timing.core.itinerary import Control, ControlKind, Itinerary, StageKind
from timing.core.preset import (
    CoefficientMode,
    CoefficientSource,
    RestartReference,
    TieBreak,
    Unit,
)
from timing.folder_rules import Rules
from timing.folder_text import Problems, did_you_mean
from timing.presets.reliance import relied_on
from timing.presets.shown import shown
from timing.presets.tables import SECTION_KINDS

_BY_STAGE = ("bogey", "stage_max", "stage_resolution")


@dataclass(frozen=True, slots=True)
class Places:
    """Where problems are noted, file by file, and each control's line in itinerary.csv."""

    rally: Problems
    itinerary: Problems
    entries: Problems
    lines: Mapping[str, int]


def check_rules(rules: Rules, itinerary: Itinerary, entries: EntryList, places: Places) -> None:
    """Note rules that the road or the entry list cannot carry, and unverified ones that are relied on."""
    crews = tuple(entry for entry in entries.by_number.values() if not entry.course_car)
    _check_kinds(rules, itinerary, places)
    _check_stage_names(rules, itinerary, places)
    _check_section_kinds(rules, itinerary, places)
    _check_bounds(rules, itinerary, places)
    # What an entry lacks because it could not be read has been said already.
    if not places.entries.errors:
        _check_crews(rules, itinerary, crews, places)
        _check_categories(itinerary, crews, places)
    for field, known in rules.preset.unverified.items():
        if not rules.written(field) and relied_on(field, rules.preset, itinerary):
            found = f"{field} = {shown(rules.preset, field)} of {rules.preset.name}, unverified ({known})"
            places.rally.warn(rules.line, found, f"{field} of your own regulations under [scoring]")


def _check_kinds(rules: Rules, itinerary: Itinerary, places: Places) -> None:
    preset = rules.preset
    kinds = {stage.kind for stage in itinerary.stages.values()}
    if preset.unit is Unit.SECONDS and kinds and not kinds & {StageKind.SS, StageKind.AVG_TRIAL}:
        places.itinerary.warn(1, "no special stage", f"special stages under the preset {preset.name}")
    if preset.unit in (Unit.POINTS, Unit.SCORE) and StageKind.SS in kinds:
        places.itinerary.warn(1, "special stages", f"regularity tests under the preset {preset.name}")
    if preset.unit is Unit.SCORE and StageKind.AVG_TRIAL in kinds and not preset.avg_score_table:
        wanted = "an avg_score_table (without it an official gives each score)"
        places.rally.warn(rules.place("avg_score_table"), "average trials without scores", wanted)
    lines = [c for c in itinerary.controls.values() if c.kind is ControlKind.OFF_COURSE]
    if lines and preset.off_course is None and preset.unit is not Unit.NONE:
        wanted = "off_course under [scoring] (without it an official decides each visit)"
        places.itinerary.warn(places.lines[lines[0].id], f"{lines[0].id} without a penalty", wanted)
    for control in itinerary.controls.values():
        if control.minimum is not None and not preset.min_time_steps:
            wanted = "min_time_steps under [scoring] (without them an official decides)"
            places.itinerary.warn(places.lines[control.id], f"a minimum at {control.id}", wanted)
            break


def _check_stage_names(rules: Rules, itinerary: Itinerary, places: Places) -> None:
    specials = [stage.id for stage in itinerary.stages.values() if stage.kind is StageKind.SS]
    for field in _BY_STAGE:
        for name in getattr(rules.preset, field):
            if name not in specials:
                found = f"{field}.{name}{did_you_mean(name, specials)}"
                wanted = f"a special stage of itinerary.csv ({', '.join(specials) or 'there is none'})"
                places.rally.error(rules.place(f"{field}.{name}"), found, wanted)


def _check_section_kinds(rules: Rules, itinerary: Itinerary, places: Places) -> None:
    used = {c.section_kind for c in itinerary.controls.values() if c.section_kind}
    known = {*SECTION_KINDS, *rules.preset.rates} - {*ControlKind}
    for control in itinerary.controls.values():
        if control.section_kind and control.section_kind not in known:
            found = f"section_kind {control.section_kind!r}{did_you_mean(control.section_kind, known)}"
            wanted = f"one of {', '.join(sorted(known))}, or rates for it under [scoring]"
            places.itinerary.error(places.lines[control.id], found, wanted)
    for kind in rules.preset.rates:
        if kind not in {*ControlKind, *SECTION_KINDS, *used}:
            found = f"rates.{kind}{did_you_mean(kind, (*SECTION_KINDS, *used))}"
            wanted = "a section_kind of itinerary.csv, or a kind of control such as MTC"
            places.rally.error(rules.place(f"rates.{kind}"), found, wanted)


def _check_bounds(rules: Rules, itinerary: Itinerary, places: Places) -> None:
    preset = rules.preset
    charged = preset.charge_stage_max or preset.missed_stage_extra is not None
    specials = [stage.id for stage in itinerary.stages.values() if stage.kind is StageKind.SS]
    open_ended = [stage for stage in specials if stage not in preset.stage_max]
    if charged and open_ended:
        wanted = "stage_max for it (without it an official decides)"
        places.rally.warn(rules.place("stage_max"), f"no stage_max for {', '.join(open_ended)}", wanted)


def _check_crews(rules: Rules, itinerary: Itinerary, crews: Iterable[Entry], places: Places) -> None:
    preset = rules.preset
    needs_year = {
        "tie_breaks": TieBreak.OLDER_CAR in preset.tie_breaks,
        "coefficient_source": preset.coefficient_mode is not CoefficientMode.NONE
        and preset.coefficient_source is CoefficientSource.YEAR,
    }
    for field, needed in needs_year.items():
        if needed:
            _warn_lacking(rules, field, "year", [c for c in crews if c.year is None], places)
    if preset.coefficient_mode is not CoefficientMode.NONE and not needs_year["coefficient_source"]:
        lacking = [crew for crew in crews if crew.coefficient is None]
        _warn_lacking(rules, "coefficient_mode", "coefficient", lacking, places)
    special = any(stage.kind is StageKind.SS for stage in itinerary.stages.values())
    if preset.restart is not None and special and rules.written("restart"):
        if preset.restart.reference is RestartReference.GROUP:
            _warn_lacking(rules, "restart", "group", [c for c in crews if not c.group], places)
        elif preset.restart.reference is RestartReference.CLASS:
            _warn_lacking(rules, "restart", "class", [c for c in crews if not c.class_], places)


def _warn_lacking(rules: Rules, field: str, column: str, lacking: list[Entry], places: Places) -> None:
    if lacking:
        cars = ", ".join(entry.car_number for entry in lacking[:5]) + (", ..." if len(lacking) > 5 else "")
        found = f"{field} by the {column}, and no {column} of car {cars}"
        places.rally.warn(rules.place(field), found, f"the column {column} of entries.csv filled")


def _check_categories(itinerary: Itinerary, crews: Iterable[Entry], places: Places) -> None:
    """An average by category holds for crews of that category; a crew without one has no ideal time."""
    categories = {crew.category for crew in crews}
    for control in itinerary.controls.values():
        for name in control.averages:
            if name not in categories:
                hint = did_you_mean(name, categories)
                wanted = "a category of entries.csv"
                places.itinerary.warn(places.lines[control.id], f"an average for {name!r}{hint}", wanted)
        lacking = [crew for crew in crews if control.averages and control.average_for(crew.category) is None]
        if lacking:
            _note_lacking(control, lacking, places)


def _note_lacking(control: Control, lacking: list[Entry], places: Places) -> None:
    first = lacking[0]
    more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
    found = f"no average at {control.id} for category {first.category!r} of car {first.car_number}{more}"
    places.itinerary.error(
        places.lines[control.id], found, "an average for it, or one without a name for all"
    )

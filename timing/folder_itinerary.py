"""itinerary.csv: the controls in road order, and the legs and stages that follow from them."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from timing.core.instant import SECOND, Duration, parse_clock
from timing.core.itinerary import TIME_CONTROLS, Control, Itinerary, Leg
from timing.folder_cells import Calendar
from timing.folder_controls import read_control, read_stage_type
from timing.folder_stages import RoadDraft, build_stages
from timing.folder_text import Problems, read_table

ITINERARY_FILE = "itinerary.csv"
ITINERARY_COLUMNS = (
    "leg",
    "section",
    "control",
    "kind",
    "name",
    "stage",
    "km",
    "lat",
    "lon",
    "target",
    "average",
    "first_car",
    "section_kind",
    "stage_type",
    "opens",
    "closes",
    "minimum",
    "pause",
    "early_allowed",
)
_REQUIRED = ("leg", "control", "kind")


def first_clock(text: str, problems: Problems) -> Duration | None:
    """Return the first first_car time of day of the table (µs since midnight), or None."""
    for row in read_table(text, ITINERARY_COLUMNS, _REQUIRED, Problems(problems.file)):
        if row["first_car"]:
            try:
                return parse_clock(row["first_car"].split()[-1])
            except ValueError:
                return None
    return None


def read_itinerary(
    text: str,
    calendar: Calendar,
    problems: Problems,
    resolution: Callable[[int], Duration] = lambda _: SECOND,
) -> tuple[Itinerary, dict[str, int]]:
    """Read the itinerary; every fault is noted. Also return each control's line in the file.

    `resolution` gives that of the ideal times which are computed from distance and average (µs), by the
    place of the test's start in road order.
    """
    rows = read_table(text, ITINERARY_COLUMNS, _REQUIRED, problems)
    if text.strip() and not rows:
        problems.error(1, "no control", "a line for each control, in road order")
    draft = RoadDraft(controls={}, lines={}, problems=problems, resolution=resolution)
    for row in rows:
        control = read_control(row, len(draft.controls), calendar, problems)
        if control is None:
            continue
        if control.id in draft.controls:
            first = draft.lines[control.id]
            problems.error(row.line, f"control {control.id} again (line {first})", "each id once")
            continue
        draft.controls[control.id] = control
        draft.lines[control.id] = row.line
        draft.types[control.id] = read_stage_type(row, problems)
    _check_order(draft.controls, draft.lines, problems)
    _open_early(draft.controls, calendar)
    stages, stages_at = build_stages(draft)
    legs = {
        number: Leg(
            number=number,
            day=calendar.leg(number).day,
            name=calendar.leg(number).name,
            controls=tuple(c.id for c in draft.controls.values() if c.leg == number),
        )
        for number in sorted({c.leg for c in draft.controls.values()})
    }
    _check_leg_starts(legs, draft.controls, draft.lines, problems)
    itinerary = Itinerary(legs=legs, controls=draft.controls, stages=stages, stages_at=stages_at)
    return itinerary, draft.lines


def _open_early(controls: dict[str, Control], calendar: Calendar) -> None:
    """Mark the last time control of each leg at whose end crews may check in early."""
    last = {control.leg: control for control in controls.values() if control.kind in TIME_CONTROLS}
    for leg, control in last.items():
        if calendar.leg(leg).early_allowed:
            controls[control.id] = replace(control, early_allowed=True)


def _check_order(controls: Mapping[str, Control], lines: Mapping[str, int], problems: Problems) -> None:
    before: Control | None = None
    for control in controls.values():
        line = lines[control.id]
        if before is not None and control.leg < before.leg:
            problems.error(line, f"leg {control.leg} behind leg {before.leg}", "controls in road order")
        elif before is not None and control.leg == before.leg:
            if None not in (control.metres, before.metres) and (control.metres or 0) < (before.metres or 0):
                problems.error(
                    line,
                    f"km {_km(control)} behind km {_km(before)} of {before.id}",
                    "a distance that grows along the leg",
                )
            if control.first_car and before.first_car and control.first_car < before.first_car:
                problems.error(line, "a first car earlier than at the control before", "times in road order")
        if control.opens and control.closes and control.closes <= control.opens:
            problems.error(line, f"{control.id} closing before it opens", "opens before closes")
        before = control


def _km(control: Control) -> str:
    return f"{(control.metres or 0) / 1000:g}"


def _check_leg_starts(
    legs: Mapping[int, Leg],
    controls: Mapping[str, Control],
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    for leg in legs.values():
        first = controls[leg.controls[0]]
        if first.first_car is None:
            problems.error(
                lines[first.id],
                f"no first_car at {first.id}, where leg {leg.number} begins",
                "the time at which the first car is due",
            )

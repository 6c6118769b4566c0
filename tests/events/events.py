"""The worked examples beside this file: how they are read, and what the fold says in their words."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from dashboard.amounts import amount
from dashboard.board import Scene, public_car, result_rows
from dashboard.messages import plain
from dashboard.standings import standing_rows
from dashboard.tables import RESULT_COLUMNS, STANDING_COLUMNS, result_table, standing_table
from devices.written import read_written
from timing.core.event import Event
from timing.core.instant import Duration, Instant, format_duration
from timing.core.itinerary import StageKind
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import StagePart
from timing.event_folder import load_event

HERE = Path(__file__).parent
NAMES = tuple(sorted(path.parent.name for path in HERE.glob("*/rally.toml")))

#: A line of a list, by the heading of its column; what is empty on paper is an empty text.
Line: TypeAlias = Mapping[str, str]

_LINK = re.compile(r"\(expected/([^)]+)\)")
_RULE = re.compile(r":?-+:?")


def load(name: str) -> Event:
    """Return the event of an example."""
    loaded = load_event(HERE / name)
    assert loaded.event is not None, [str(problem) for problem in loaded.problems]
    return loaded.event


def records_of(name: str, event: Event) -> list[Record]:
    """Return its readings and decisions, in the order in which they are written."""
    with (HERE / name / "readings.jsonl").open("rb") as lines:
        return list(read_written(lines, event))


def expected(name: str) -> dict[str, list[Line]]:
    """Return the lists of an example by name, as `expected` has them."""
    lists = {}
    for path in sorted((HERE / name / "expected").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lists[path.stem] = [_plain(line) for line in csv.DictReader(file)]
    return lists


def on_paper(name: str) -> dict[str, list[Line]]:
    """Return the same lists as the sheet shows them to a person."""
    tables: dict[str, list[list[str]]] = {}
    title = ""
    for line in (HERE / name / "sheet.md").read_text(encoding="utf-8").splitlines():
        link = _LINK.search(line)
        if link:
            title = Path(link[1]).stem
        elif title and line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not all(_RULE.fullmatch(cell) for cell in cells):
                tables.setdefault(title, []).append(cells)
        elif not line and title in tables:
            title = ""
    return {
        name: [_plain(dict(zip(lines[0], line, strict=True))) for line in lines[1:]]
        for name, lines in tables.items()
    }


def said(rally: Rally, title: str) -> list[Line]:
    """Return one list as the fold has it now: a classification, a stage's results, or one of `FOLDED`."""
    if title in FOLDED:
        return FOLDED[title](rally)
    event = rally.event
    scene = Scene(event, rally, Tracking(event), {})
    cars = {number: plain(public_car(scene, entry, 0)) for number, entry in event.entries.by_number.items()}
    columns: Sequence[str] = STANDING_COLUMNS
    if title in event.itinerary.stages:
        columns = RESULT_COLUMNS
        rows = result_table(plain(result_rows(scene, event.itinerary.stages[title])), cars)
    else:
        rows = standing_table(plain(standing_rows(rally, title)), cars)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def narrowed(lines: Iterable[Line], like: Sequence[Line]) -> list[Line]:
    """Return only the columns that the sheet has."""
    columns = list(like[0]) if like else []
    return [{column: line[column] for column in columns} for line in lines]


def _plain(line: Mapping[str, str]) -> Line:
    return {column: "" if cell == "-" else cell for column, cell in line.items()}


def controls(rally: Rally) -> list[Line]:
    """Each crew's time controls up to where it was seen last: due and actual minute, and the difference."""
    lines: list[Line] = []
    for car in rally.event.entries.by_number:
        sheet = rally.sheet(car)
        reached = -1 if sheet.last is None else rally.event.itinerary.controls[sheet.last.control].order
        for control, seen in sheet.check_ins.items():
            point = rally.event.itinerary.controls[control]
            if point.order > reached or sheet.excused(point):
                continue
            lines.append(
                {
                    "car": car,
                    "control": control,
                    "due": clock(rally, seen.due),
                    "actual": clock(rally, seen.at),
                    "late": "" if seen.late is None else str(seen.late),
                    "over": seen.over_lateness,
                    "in_all": str(seen.in_all),
                }
            )
    return lines


def penalties(rally: Rally) -> list[Line]:
    """Each crew's penalty list; `?` where an official has to decide."""
    lines: list[Line] = []
    for car in rally.event.entries.by_number:
        for row in rally.crew_state(car).penalties:
            shown = amount(rally.event, row.amount)
            lines.append(
                {
                    "car": car,
                    "where": row.control or row.stage or "",
                    "rule": row.rule,
                    "amount": "?" if shown is None else shown.text,
                    "fails": str(row.fails or ""),
                    "text": row.text,
                }
            )
    return lines


def crews(rally: Rally) -> list[Line]:
    """Where each crew is and is expected, and what it never came to."""
    lines: list[Line] = []
    for car, entry in rally.event.entries.by_number.items():
        if entry.course_car:
            continue
        state = rally.crew_state(car)
        lines.append(
            {
                "car": car,
                "status": state.status.value,
                "last": state.last_control or "",
                "next": state.next_control or "",
                "due": clock(rally, state.due),
                "missed": ", ".join(state.missed),
                "cause": state.cause,
            }
        )
    return lines


def points(rally: Rally) -> list[Line]:
    """Each crew at each point of the average trials: ideal and actual time, deviation, points."""
    lines: list[Line] = []
    for stage in rally.event.itinerary.stages.values():
        if stage.kind is not StageKind.AVG_TRIAL:
            continue
        for car in rally.event.entries.by_number:
            result = rally.stage_result(stage.id, car)
            parts = result.parts if result is not None else ()
            lines.extend(_point(car, part, rally.event.preset.avg_resolution) for part in parts)
    return lines


def _point(car: str, part: StagePart, resolution: Duration) -> Line:
    return {
        "car": car,
        "control": part.control,
        "ideal": _time(part.ideal, resolution),
        "actual": _time(part.time, resolution),
        "deviation": _time(part.deviation, resolution, sign=True),
        "points": "" if part.points is None else str(part.points),
    }


def _time(value: Duration | None, resolution: Duration, *, sign: bool = False) -> str:
    return "" if value is None else format_duration(value, resolution, sign=sign)


def proposals(rally: Rally) -> list[Line]:
    """What officials are still asked: for whom, where, what kind of ruling, and the value if it has one."""
    lines: list[Line] = []
    for found in rally.proposals():
        value = amount(rally.event, found.value)
        lines.append(
            {
                "car": found.car or "",
                "where": found.control or found.stage or "",
                "kind": found.kind.value,
                "value": "" if value is None else value.text,
            }
        )
    return lines


def worked_out(rally: Rally) -> list[Line]:
    """Each result's derivation, where it has one, in the one line that `rallykeeper explain` prints."""
    return [
        {"stage": stage, "car": car, "line": step.value}
        for stage in rally.event.itinerary.stages
        for car in rally.stage_results(stage)
        for step in rally.explain(stage, car).steps
        if step.what == "worked out"
    ]


def clock(rally: Rally, at: Instant | None) -> str:
    """Return a minute of the rally's day."""
    return "" if at is None else rally.event.time.format(at)[:5]


#: A list of which a sheet shows some lines only.
SOME = "lines"

#: The lists that no command prints, by name.
FOLDED: Mapping[str, Callable[[Rally], list[Line]]] = {
    "controls": controls,
    "penalties": penalties,
    "crews": crews,
    "points": points,
    "proposals": proposals,
    SOME: worked_out,
}

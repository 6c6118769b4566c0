"""The lines of certified and issued documents: what every view prints, with the exact µs beside it.

Documents are public. As on the board, the elapsed time over a trial's hidden points and whatever names
a secret control stay out; the exact values of everything are in the results that the document's
`results_digest` names.
"""

from collections.abc import Iterable, Mapping

from dashboard.amounts import amount
from dashboard.board import hidden, names_hidden, result_row
from dashboard.messages import Json, plain
from dashboard.standings import standing_row
from timing.core.canonical import Plain
from timing.core.event import Event
from timing.core.itinerary import Stage, StageKind
from timing.core.official_sheets import ListSheet, StageSheet
from timing.core.results import PenaltyRow, ResultStatus
from timing.core.scopes import TEAMS

#: The state of a crew that was out of the rally without a time on a stage that it had begun.
NOT_FINISHED = "NOT_FINISHED"
_LACKING = (ResultStatus.PENDING, ResultStatus.RUNNING, ResultStatus.MISSING)


def stage_rows(event: Event, stage: Stage, sheet: StageSheet) -> list[Plain]:
    """Return the lines of a stage's results in display order."""
    secret = stage.kind is StageKind.AVG_TRIAL
    rows: list[Plain] = []
    for car, result in sheet.rows.items():
        row = _exact(plain(result_row(event, stage, result)))
        line = sheet.lines.get(car, "")
        if car in sheet.out and result.status in _LACKING:
            row |= {"status": NOT_FINISHED, "crew_status": sheet.out[car]}
        elif result.reason and not names_hidden(event, result.reason):
            row["reason"] = result.reason
        if line and not secret and not names_hidden(event, line):
            row["derivation"] = line
        rows.append({"car": car, **_who(event, car), **row})
    return rows


def list_rows(event: Event, sheet: ListSheet) -> list[Plain]:
    """Return the lines of a classification in display order, each with the penalties counted in it."""
    rows: list[Plain] = []
    for name, standing in sheet.listed.rows.items():
        row = _exact(plain(standing_row(event, sheet.listed, name, standing)))
        penalties = penalty_rows(event, sheet.penalties.get(name, ()))
        if penalties:
            row["penalty_rows"] = [*penalties]
        line = sheet.lines.get(name, "")
        if line and not names_hidden(event, line):
            row["derivation"] = line
        who: dict[str, Plain] = {} if sheet.scope == TEAMS else _who(event, name)
        rows.append({"team" if sheet.scope == TEAMS else "car": name, **who, **row})
    return rows


def _who(event: Event, car: str) -> dict[str, Plain]:
    entry = event.entries.by_number.get(car)
    if entry is None:
        return {}
    named = {
        "crew": entry.crew,
        "vehicle": entry.car,
        "class": entry.class_,
        "nationality": entry.nationality,
    }
    return {key: value for key, value in named.items() if value}


def penalty_rows(event: Event, rows: Iterable[PenaltyRow]) -> list[Json]:
    """Return the lines of a penalty list; those at secret controls stay out."""
    return [_penalty(event, row) for row in rows if not _at_hidden(event, row)]


def _penalty(event: Event, row: PenaltyRow) -> Json:
    value = amount(event, row.amount)
    fields: Mapping[str, Plain] = {
        "rule": row.rule,
        "amount": None if value is None else _amount(plain(value)),
        "undecided": row.undecided or None,
        "control": row.control,
        "stage": row.stage,
        "text": row.text if row.text and not names_hidden(event, row.text) else None,
    }
    return {name: field for name, field in fields.items() if field is not None}


def _at_hidden(event: Event, row: PenaltyRow) -> bool:
    control = event.itinerary.controls.get(row.control or "")
    return control is not None and hidden(event, control)


def _exact(row: Json) -> dict[str, Plain]:
    """A row of the board without fractions: points as they are printed, times in whole µs with their text."""
    return {name: _amount(value) if isinstance(value, dict) else value for name, value in row.items()}


def _amount(value: Json) -> Plain:
    if "us" in value:
        return {"us": value["us"], "text": value["text"]}
    return {"text": value["text"]}

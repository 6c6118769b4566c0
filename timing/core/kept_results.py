"""Certified results read back from their canonical form, to stand where the event folder has changed."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from timing.core.event import Event
from timing.core.official_sheets import ListSheet, StageSheet
from timing.core.preset import Unit
from timing.core.results import (
    Amount,
    Classification,
    PenaltyRow,
    ResultStatus,
    StagePart,
    StageResult,
    Standing,
    StandingStatus,
)
from timing.core.stage_lists import rank_stage


def kept_sheet(event: Event, text: bytes) -> StageSheet | ListSheet:
    """Return the sheet that these results are of; its digest is that of the text itself.

    Raises:
        ValueError: the text is not the canonical form of results of this event's.
    """
    try:
        values = json.loads(text)
        name = hashlib.sha256(text).hexdigest()
        if values["kind"] == "stage":
            return _stage(event, values, name)
        return _list(values, name)
    except (KeyError, TypeError, ValueError, InvalidOperation, RecursionError) as error:
        raise ValueError(f"no certified results: {error!r}") from error


def _stage(event: Event, values: Mapping[str, Any], name: str) -> StageSheet:
    stage = event.itinerary.stages[values["stage"]]
    entries = event.entries.by_number
    results = [_result(stage.id, row) for row in values["rows"]]
    ranked = rank_stage(
        stage, ((entries[each.car], each) for each in results if each.car in entries), event.preset
    )
    return StageSheet(stage=stage.id, place=0, rows=ranked, digest=name)


def _result(stage: str, row: Mapping[str, Any]) -> StageResult:
    return StageResult(
        stage=stage,
        car=row["car"],
        rank=row.get("rank"),
        time=row.get("time"),
        driven=row.get("driven"),
        deviation=row.get("deviation"),
        points=_points(row.get("points")),
        score=_points(row.get("score")),
        allowance=row.get("allowance", 0),
        start=row.get("start"),
        finish=row.get("finish"),
        source=row.get("source", ""),
        marks=tuple(row.get("marks", "")),
        status=ResultStatus(row["status"]),
        parts=tuple(_part(part) for part in row.get("parts", ())),
    )


def _part(part: Mapping[str, Any]) -> StagePart:
    return StagePart(
        control=part["control"],
        time=part.get("time"),
        ideal=part.get("ideal"),
        deviation=part.get("deviation"),
        points=_points(part.get("points")),
        source=part.get("source", ""),
    )


def _list(values: Mapping[str, Any], name: str) -> ListSheet:
    rows = sorted(values["rows"], key=lambda row: (row["order"], row["car"]))
    listed = Classification(
        scope=values["scope"],
        unit=Unit(values["unit"]),
        rows={row["car"]: _standing(row) for row in rows},
    )
    penalties = {
        row["car"]: tuple(_penalty(row["car"], each) for each in row.get("penalty_rows", ())) for row in rows
    }
    return ListSheet(
        scope=listed.scope,
        place=0,
        listed=listed,
        penalties={car: each for car, each in penalties.items() if each},
        digest=name,
    )


def _standing(row: Mapping[str, Any]) -> Standing:
    return Standing(
        car=row["car"],
        rank=row.get("rank"),
        order=row["order"],
        total=_amount(row.get("total")),
        gap=_amount(row.get("gap")),
        to_previous=_amount(row.get("to_previous")),
        penalties=_amount(row.get("penalties")),
        stages_done=row["stages_done"],
        status=StandingStatus(row["status"]),
        marks=tuple(row.get("marks", "")),
        complete=row["complete"],
        fails=row.get("fails", 0),
        stopped_at=row.get("stopped_at", ""),
        cause=row.get("cause", ""),
        tie=row.get("tie", ""),
        crews=tuple(row.get("crews", ())),
    )


def _penalty(car: str, row: Mapping[str, Any]) -> PenaltyRow:
    return PenaltyRow(
        car=car,
        rule=row["rule"],
        amount=_amount(row.get("amount")),
        control=row.get("control"),
        stage=row.get("stage"),
        leg=row.get("leg"),
        text=row.get("text", ""),
        fails=row.get("fails", 0),
    )


def _amount(value: int | str | None) -> Amount | None:
    return _points(value) if isinstance(value, str) else value


def _points(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)

"""What a decision would change, to the last value, without recording it."""

from typing import Any

from dashboard.board import Scene, result_rows, stage_row
from dashboard.desk_changes import changes_between
from dashboard.merge_patch import difference
from dashboard.messages import Json, plain
from dashboard.proposals import proposal_rows
from dashboard.publication_rows import amendment_rows, changes_by_car, publication_rows
from dashboard.service import Service
from dashboard.standings import standing_rows
from timing.core.beside import live_results
from timing.core.decisions import Decision, decision_key
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import list_difference, stage_difference
from timing.core.publication import is_publication
from timing.core.records import Record


def preview(service: Service, decision: Decision) -> Json:
    """Fold the journal with and without a decision.

    `preview` is the merge patch between the two boards, `changes` the exact values (µs, points as text)
    that the records would give otherwise, also where a certified result stands and only an amendment
    would wait; `rows` are the same differences of the boards as texts, value by value; `refused` says why
    an act of publication would have no effect.
    """
    fold = OfficialFold(service.event, service.office.kept(), lines=False)
    fold.advance(service.journal.read())
    before, values = _sheets(service, fold), _values(fold)
    answer: Json = {}
    if is_publication(decision):
        why = fold.refusal(decision)
        if why:
            answer["refused"] = why
    record = Record(
        seq=fold.place + 1,
        received_at=decision.at,
        origin="preview",
        key=decision_key(decision),
        body=decision,
    )
    fold.advance([record])
    after = _sheets(service, fold)
    return {
        "preview": difference(before, after),
        "changes": _changes(values, _values(fold)),
        "rows": changes_between(before, after),
        **answer,
    }


def effect(service: Service, record: Record) -> list[Json]:
    """Return what a recorded decision changed on the boards as they were when it was recorded."""
    fold = OfficialFold(service.event, service.office.kept())
    fold.advance(known for known in service.journal.read() if known.seq < record.seq)
    before = _sheets(service, fold)
    fold.advance([record])
    return changes_between(before, _sheets(service, fold))


def _sheets(service: Service, fold: OfficialFold) -> Json:
    scene = Scene(service.event, fold.rally, service.tracking, {}, fold.publications.published)
    stages = scene.event.itinerary.stages.values()
    return {
        "stages": {stage.id: plain(stage_row(scene, stage)) for stage in stages},
        "standings": {scope: plain(standing_rows(scene.rally, scope)) for scope in scene.rally.scopes()},
        "results": {stage.id: plain(result_rows(scene, stage)) for stage in stages},
        "proposals": proposal_rows(scene),
        "publications": publication_rows(fold.publications.published),
        "amendments": amendment_rows(scene),
    }


def _values(fold: OfficialFold) -> tuple[dict[str, Any], dict[str, Any]]:
    rally = fold.rally
    stages = {stage: dict(live_results(rally, stage).items()) for stage in fold.event.itinerary.stages}
    return stages, {scope: rally.live_classification(scope) for scope in rally.scopes()}


def _changes(
    before: tuple[dict[str, Any], dict[str, Any]], after: tuple[dict[str, Any], dict[str, Any]]
) -> Json:
    stages = {stage: stage_difference(rows, after[0][stage]) for stage, rows in before[0].items()}
    lists = {scope: list_difference(listed, after[1][scope]) for scope, listed in before[1].items()}
    return {
        "results": {stage: changes_by_car(found) for stage, found in stages.items() if found},
        "standings": {scope: changes_by_car(found) for scope, found in lists.items() if found},
    }

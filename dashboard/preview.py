"""What a decision would change, to the last value, without recording it.

A decision is supposed in a fold that is kept for asking, looked at, and taken out again; only what it moves
is compared. So the answer takes a fraction of a second however long the journal is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.board import Scene, result_row, stage_row
from dashboard.desk_changes import changes_between
from dashboard.merge_patch import difference
from dashboard.messages import Json, plain
from dashboard.proposals import proposal_rows
from dashboard.publication_rows import amendment_rows, changes_by_car, publication_rows
from dashboard.service import Service
from dashboard.standings import standing_row
from timing.core.beside import live_results
from timing.core.decisions import Decision, decision_key
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import list_difference, stage_difference
from timing.core.publication import is_publication
from timing.core.records import Record
from timing.core.results import Changes, Classification, ResultStatus, StageResult


def preview(service: Service, decision: Decision) -> Json:
    """Return what the boards and the exact results would say otherwise with one decision more.

    `preview` is the merge patch between the two boards, `changes` the exact values (µs, points as text)
    that the records would give otherwise, also where a certified result stands and only an amendment
    would wait; `rows` are the same differences of the boards as texts, value by value; `refused` says why
    an act of publication would have no effect.
    """
    with service.asking.hold() as fold:
        why = fold.refusal(decision) if is_publication(decision) else ""
        record = Record(
            seq=fold.place + 1,
            received_at=decision.at,
            origin="preview",
            key=decision_key(decision),
            body=decision,
        )
        before, after = _supposed(service, fold, record)
        shown, then = _boards(service, before, after)
        answer = {
            "preview": difference(shown, then),
            "changes": _changes(before, after),
            "rows": changes_between(shown, then),
        }
    return {**answer, "refused": why} if why else answer


def effect(service: Service, record: Record) -> list[Json]:
    """Return what a recorded decision changed on the boards as they were when it was recorded."""
    fold = OfficialFold(service.event, service.office.kept(), lines=False)
    fold.advance(known for known in service.journal.read() if known.seq < record.seq)
    return changes_between(*_boards(service, *_supposed(service, fold, record)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a rally says about the stages that a decision moves, and the lists if it moves any."""

    stages: Mapping[str, Json]
    results: Mapping[str, Mapping[str, StageResult]]
    records: Mapping[str, Mapping[str, StageResult]]
    """What the records alone give, where a certified result stands."""
    lists: Mapping[str, Classification]
    record_lists: Mapping[str, Classification]
    rest: Json


def _supposed(service: Service, fold: OfficialFold, record: Record) -> tuple[_Look, _Look]:
    """Look at what a decision moves, before it and with it."""
    with fold.supposing(record) as changes:
        after = _look(service, fold, changes)
    return _look(service, fold, changes), after


def _look(service: Service, fold: OfficialFold, changes: Changes) -> _Look:
    scene = Scene(service.event, fold.rally, service.tracking, {}, fold.publications.published)
    rally, stages = fold.rally, [stage for stage in fold.event.itinerary.stages if stage in changes.stages]
    scopes = rally.scopes() if changes.standings else ()
    return _Look(
        stages={stage: plain(stage_row(scene, fold.event.itinerary.stages[stage])) for stage in stages},
        results={stage: dict(rally.stage_results(stage).items()) for stage in stages},
        records={stage: dict(live_results(rally, stage).items()) for stage in stages},
        lists={scope: _kept(rally.classification(scope)) for scope in scopes},
        record_lists={scope: _kept(rally.live_classification(scope)) for scope in scopes},
        rest={
            "proposals": proposal_rows(scene),
            "publications": publication_rows(fold.publications.published),
            "amendments": amendment_rows(scene),
        },
    )


def _kept(listed: Classification) -> Classification:
    """A list with its lines as they are now, whatever becomes of the rally."""
    return Classification(scope=listed.scope, unit=listed.unit, rows=dict(listed.rows.items()))


def _boards(service: Service, before: _Look, after: _Look) -> tuple[Json, Json]:
    """The rows of the boards in which two looks differ, as each of them shows them."""
    event = service.event

    def result(stage: str, found: StageResult) -> Json | None:
        if found.status is ResultStatus.PENDING:
            return None
        return dict(plain(result_row(event, event.itinerary.stages[stage], found)))

    shown: Json = {"stages": before.stages, "results": {}, "standings": {}, **before.rest}
    then: Json = {"stages": after.stages, "results": {}, "standings": {}, **after.rest}
    for stage in after.results:
        old, new = _apart(before.results[stage], after.results[stage])
        shown["results"][stage] = _present({car: result(stage, row) for car, row in old.items()})
        then["results"][stage] = _present({car: result(stage, row) for car, row in new.items()})
    for scope, listed in after.lists.items():
        old_lines, new_lines = _apart(before.lists[scope].rows, listed.rows)
        for board, lines in ((shown, old_lines), (then, new_lines)):
            board["standings"][scope] = {
                name: plain(standing_row(event, listed, name, row)) for name, row in lines.items()
            }
    return shown, then


def _apart(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of either side that are not the very same on the other."""
    return (
        {name: row for name, row in before.items() if after.get(name) is not row},
        {name: row for name, row in after.items() if before.get(name) is not row},
    )


def _present(rows: Mapping[str, Json | None]) -> Json:
    return {name: row for name, row in rows.items() if row is not None}


def _changes(before: _Look, after: _Look) -> Json:
    stages = {stage: stage_difference(rows, after.records[stage]) for stage, rows in before.records.items()}
    lists = {
        scope: list_difference(rows, after.record_lists[scope]) for scope, rows in before.record_lists.items()
    }
    return {
        "results": {stage: changes_by_car(found) for stage, found in stages.items() if found},
        "standings": {scope: changes_by_car(found) for scope, found in lists.items() if found},
    }

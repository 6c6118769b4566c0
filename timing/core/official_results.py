"""A stage's results and a classification, made into sheets that can be certified or issued."""

from collections.abc import Iterator, Mapping

from timing.core.beside import live_results
from timing.core.canonical import digest
from timing.core.checklist import stage_blockers
from timing.core.clock_report import check_in_blockers
from timing.core.derivation_text import line
from timing.core.itinerary import Control
from timing.core.official_sheets import (
    Blocker,
    ListSheet,
    StageSheet,
    list_results_of,
    stage_results_of,
)
from timing.core.publication import Publications, pending
from timing.core.publication_states import stages_of
from timing.core.rally import Rally
from timing.core.results import PenaltyRow, StageStatus
from timing.core.scopes import OVERALL, Selection, scopes_of, selections_of


def stage_sheet(rally: Rally, stage: str, place: int, *, lines: bool = True) -> StageSheet:
    """Return what the records say of a stage, with what keeps it from being certified.

    Without `lines` it is quicker, and says of no result how it came about.

    Raises:
        KeyError: there is no such stage.
    """
    rows = dict(live_results(rally, stage).items())
    return StageSheet(
        stage=stage,
        place=place,
        rows=rows,
        digest=digest(stage_results_of(stage, rows)),
        blockers=stage_blockers(rally, stage),
        lines={car: line(rally.derivation(stage, car)) for car in rows} if lines else {},
        out={car: rally.sheet(car).standing.value for car in rows if rally.sheet(car).out},
    )


def list_sheet(
    rally: Rally, publications: Publications, scope: str, place: int, *, lines: bool = True
) -> ListSheet:
    """Return a classification from certified times, with what keeps it from being issued.

    Without `lines` it is quicker, and says of no total how it came about.

    Raises:
        KeyError: there is no such classification.
    """
    listed = rally.live_classification(scope)
    penalties = _penalties(rally, scope)
    return ListSheet(
        scope=scope,
        place=place,
        listed=listed,
        penalties={car: penalties[car] for car in listed.rows if car in penalties},
        digest=digest(list_results_of(listed, penalties)),
        blockers=tuple(_list_blockers(rally, publications, scope)),
        lines={car: line(rally.derivation_of_total(scope, car)) for car in listed.rows} if lines else {},
    )


def _penalties(rally: Rally, scope: str) -> Mapping[str, tuple[PenaltyRow, ...]]:
    found = scopes_of(rally.event).get(scope)
    if found is None:
        return {}
    counted: Selection = selections_of(rally.event, frozenset())[found.selection]
    rows = {
        car: tuple(row for row in rally.sheet(car).rows if counted.counts(row))
        for car in rally.event.entries.by_number
    }
    return {car: each for car, each in rows.items() if each}


def _list_blockers(rally: Rally, publications: Publications, scope: str) -> Iterator[Blocker]:
    published = publications.published
    stages = stages_of(published.in_scopes, scope)
    for stage in stages:
        if published.times(stage).version is None:
            if rally.stage_status(stage) is not StageStatus.CANCELLED:
                yield Blocker(kind="not_certified", text=f"{stage} is not certified", stage=stage)
        elif pending(published, rally, stage):
            yield Blocker(
                kind="amendment_pending",
                text=f"{stage} has an amendment about which the Official Timekeeper has not decided",
                stage=stage,
            )
    yield from check_in_blockers(rally, _counted_controls(rally, scope))
    if not stages:
        yield Blocker(kind="no_stages", text=f"{scope} counts no stage")


def _counted_controls(rally: Rally, scope: str) -> Iterator[Control]:
    """The controls of the part of the rally that a list sums, but for the lines of its stages."""
    found = scopes_of(rally.event).get(scope)
    selections = selections_of(rally.event, frozenset())
    part = selections[OVERALL if found is None else found.selection]
    lines = {line for stage in part.stages for line in stage.lines}
    controls = rally.event.itinerary.controls.values()
    return (control for control in controls if part.covers(control) and control.id not in lines)

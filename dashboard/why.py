"""Why a result is what it is: for everybody the line and the sum, for officials the evidence as well."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from dashboard.as_of import late_rally
from dashboard.board import names_hidden
from dashboard.decision_log import DecisionLog
from dashboard.derivations import derivation_row
from dashboard.evidence import evidence, stamp_keys
from dashboard.hub import Audience
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, service_of
from timing.core.itinerary import StageKind
from timing.core.official_sheets import list_values
from timing.core.rally import Rally
from timing.core.results import Explanation, Standing, Step
from timing.core.scopes import OVERALL

router = APIRouter(prefix="/api", tags=["read"])


async def decision_log(request: Request, service: Annotated[Service, Depends(service_of)]) -> DecisionLog:
    """Return the log of decisions, up to date."""
    state = request.app.state
    if not hasattr(state, "decision_log"):
        state.decision_log = DecisionLog(service.event, service.rally.record)
    log = cast(DecisionLog, state.decision_log)
    await log.follow(service.journal)
    return log


LogOf = Annotated[DecisionLog, Depends(decision_log)]


@router.get("/why/{stage}/{car}")
async def why(stage: str, car: str, service: ServiceOf, person: PersonOf, log: LogOf) -> Json:
    """Why a crew's result on a stage is what it is: the chain of records, with the discarded candidates.

    `derivation`, `rank` and `overall` are the sums: the result, its place on the stage, the total and its
    place. Officials get `evidence` too: each line's stamps with their bytes, and the decisions about them.
    """
    event = service.event
    if stage not in event.itinerary.stages or car not in event.entries.by_number:
        raise Problem(404, f"There is no car {car!r} on a stage {stage!r}.")
    if service.audience(person) is Audience.PUBLIC:
        late = await late_rally(service, person)
        return await _for_everybody(service, stage, car, service.document(person), late)
    rally = await _shown(service, stage)
    explained = rally.explain(stage, car)
    row = {"stage": stage, "car": car, **_sum(explained), "steps": [_step(step) for step in explained.steps]}
    row |= _rank(rally, stage, car) | await _overall(service, car)
    if service.audience(person) is not Audience.OFFICIALS:
        return row
    found = event.itinerary.stages[stage]
    about = log.about(stamps=stamp_keys(rally, found), car=car, stage=stage, controls=frozenset(found.lines))
    return {**row, "evidence": {**evidence(rally, found, car, service.journal.find), "decisions": about}}


async def _shown(service: Service, stage: str) -> Rally:
    """The rally that gives what boards show: where an amendment waits, the certified value is explained."""
    version = service.office.published.times(stage).version
    if version is not None and service.rally.certified.moved(stage):
        return await service.office.records_alone(version.upto)
    return service.rally


async def _for_everybody(service: Service, stage: str, car: str, document: Json, late: Rally | None) -> Json:
    """The short form: what the public board shows already, and nothing about secret controls.

    Raises:
        Problem: 403 for what is secret, 404 for what the public board does not show yet.
    """
    event = service.event
    if event.itinerary.stages[stage].kind is StageKind.AVG_TRIAL:
        raise Problem(403, "The points of an average trial are secret.")
    if car not in document.get("results", {}).get(stage, {}):
        raise Problem(404, "There is no result yet.")
    explained = (late or await _shown(service, stage)).explain(stage, car)
    steps = [_step(step) for step in _open_steps(service, explained.steps)]
    if names_hidden(event, explained.line):
        return {"stage": stage, "car": car, "steps": steps}
    rank = _rank(late or await _shown(service, stage), stage, car)
    return {"stage": stage, "car": car, **_sum(explained), **rank, "steps": steps}


def _rank(rally: Rally, stage: str, car: str) -> Json:
    """How the place on the stage comes about."""
    if car not in rally.stage_results(stage):
        return {}
    rank = rally.derivation_of_stage_rank(stage, car)
    return {"rank": derivation_row(rank)} if rank.value is not None else {}


async def _overall(service: Service, car: str) -> Json:
    """How total and place come about in the list that is shown: the issued one, where it is another."""
    rally = service.rally
    shown, now = (rows.get(car) for rows in _lists(rally))
    if shown is None:
        return {}
    version = service.office.published.list(OVERALL).version
    if version is not None and (now is None or list_values(shown) != list_values(now)):
        rally = (await service.office.as_of(version.upto)).rally
    total = rally.derivation_of_total(OVERALL, car)
    return {
        "overall": {
            "total": derivation_row(total),
            "rank": derivation_row(rally.derivation_of_rank(OVERALL, car)),
        }
    }


def _lists(rally: Rally) -> tuple[Mapping[str, Standing], Mapping[str, Standing]]:
    return rally.classification(OVERALL).rows, rally.live_classification(OVERALL).rows


def _sum(explained: Explanation) -> Json:
    return {"line": explained.line, "derivation": derivation_row(explained.derivation)}


def _open_steps(service: Service, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Leave out the steps that name a secret control."""
    return tuple(
        replace(step, steps=_open_steps(service, step.steps))
        for step in steps
        if not names_hidden(service.event, f"{step.what} {step.value}")
    )


def _step(step: Step) -> Json:
    row: Json = {"what": step.what}
    if step.value:
        row["value"] = step.value
    if step.records:
        row["records"] = list(step.records)
    if step.steps:
        row["steps"] = [_step(inner) for inner in step.steps]
    return row

"""The running gap of a car over a stage, for whoever asks: an estimate from trackers, never a time."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from dashboard.as_of import late_rally
from dashboard.hub import Audience
from dashboard.problems import Problem
from dashboard.service import PersonOf, ServiceOf

router = APIRouter(prefix="/api", tags=["places"])


@router.get("/gaps/{stage}/{car}")
async def gaps(stage: str, car: str, service: ServiceOf, person: PersonOf) -> JSONResponse:
    """A car's running gap over a stage: an estimate from its tracker, never a time and in no result.

    On a special stage it is the gap to the fastest crew (to the second one for the fastest itself; while
    nobody has finished, to who went first), on a test or trial to the ideal time; `against` names the car, or
    `ideal`. `metres` from the start, `gap` (µs, behind is positive) and `plus_minus` (µs) are arrays of one
    length, empty where there is nothing to say (yet): the true gap is within `plus_minus` nineteen times in
    twenty. `newest` is the last of them in words. The public sees it as late as the board, and not where
    positions are hidden, nor on a trial whose average changes at a hidden point.
    """
    event = service.event
    if stage not in event.itinerary.stages or car not in event.entries.by_number:
        raise Problem(404, f"There is no car {car!r} on a stage {stage!r}.")
    public = service.audience(person) is not Audience.OFFICIALS
    # A marshal is the public here, also in what is known of the times: one answer serves both.
    person = None if public else person
    until = service.seen_until(person)
    wall, late = asyncio.get_running_loop().time(), await late_rally(service, person)
    curve = await service.gaps.curve(car, stage, until, wall, public=public, rally=late)
    return JSONResponse(curve)

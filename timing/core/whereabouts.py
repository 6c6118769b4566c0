"""Where a crew is: its status from the last control at which it was seen, and what comes next."""

from collections.abc import Mapping

from timing.core.itinerary import Control, ControlKind, StageKind
from timing.core.results import Chosen, CrewStatus, StandingStatus
from timing.core.road import Road

_STOPPED: Mapping[StandingStatus, CrewStatus] = {
    StandingStatus.OTL: CrewStatus.OTL,
    StandingStatus.RETIRED: CrewStatus.RETIRED,
    StandingStatus.DNS: CrewStatus.DNS,
    StandingStatus.DSQ: CrewStatus.DSQ,
}


def progress(
    road: Road, last: Chosen | None, stopped: StandingStatus | None, *, restarted: bool
) -> tuple[CrewStatus, StandingStatus]:
    """Return where a crew is, and in which group of the classification it is listed."""
    standing = stopped or StandingStatus.CLASSIFIED
    if stopped is not None and not restarted:
        return _STOPPED[stopped], standing
    if last is None:
        return CrewStatus.ENTERED, standing
    control = road.by_id[last.control]
    if control is road.controls[-1]:
        return CrewStatus.FINISHED, standing
    if control is road.in_leg[control.leg][-1]:
        return CrewStatus.LEG_DONE, standing
    match control.kind:
        case ControlKind.SS_START | ControlKind.SPLIT | ControlKind.NEUTRAL_IN | ControlKind.NEUTRAL_OUT:
            return CrewStatus.ON_STAGE, standing
        case ControlKind.REGROUP_IN:
            return CrewStatus.IN_REGROUP, standing
        case ControlKind.SERVICE_IN | ControlKind.PARC_FERME:
            return CrewStatus.IN_SERVICE, standing
        case ControlKind.REG_TEST | ControlKind.AVG_TRIAL | ControlKind.RESTART | ControlKind.SELF_START:
            on_stage = _inside(road, control)
            return (CrewStatus.ON_STAGE if on_stage else CrewStatus.ON_ROAD), standing
        case _:
            return CrewStatus.ON_ROAD, standing


def _inside(road: Road, control: Control) -> bool:
    """Whether a test or trial goes on behind this line."""
    itinerary = road.event.itinerary
    stages = (itinerary.stages[ident] for ident in itinerary.stages_at.get(control.id, ()))
    return any(
        control.id == stage.start or control.id in stage.between
        for stage in stages
        if stage.kind is not StageKind.SS
    )


def next_control(road: Road, last: Chosen | None) -> Control | None:
    """Return the next control a crew knows of: never a secret one, a hidden point or one off the course."""
    order = road.by_id[last.control].order if last is not None else -1
    for control in road.controls[order + 1 :]:
        if control.kind in (ControlKind.SECRET, ControlKind.OFF_COURSE):
            continue
        if control.kind is ControlKind.AVG_TRIAL and not _begins_trial(road, control):
            continue
        return control
    return None


def _begins_trial(road: Road, control: Control) -> bool:
    itinerary = road.event.itinerary
    return any(
        itinerary.stages[ident].start == control.id for ident in itinerary.stages_at.get(control.id, ())
    )

"""The acts of officials as the pages send them: strict models made of the acts themselves, and the way back.

An act's fields say by their names what they are: a page writes instants in RFC 3339 and durations as 4:32.1
or in µs; cars, controls and stages have to exist.
"""

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import Service
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import (
    DURATION_FIELDS,
    INSTANT_FIELDS,
    Act,
    AllowDelay,
    AllowTime,
    ExtendLateness,
    Interrupt,
    Penalise,
    SetNotional,
    SetTarget,
    decision_id_key,
)
from timing.core.device_acts import AssignDevice, AssignTracker
from timing.core.instant import DAY, Duration, Instant, format_instant, parse_duration, parse_instant
from timing.core.notional import LAST_PLACE
from timing.core.readings import Source

#: Offsets of a clock at instants: a page writes the instants in RFC 3339 and the offsets in µs.
_OFFSETS = tuple[tuple[Instant, Duration], ...]
_ACTS: Mapping[str, type[Act]] = {act.__name__: act for act in get_args(Act)}


class _ActIn(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _model(act: type[Act]) -> type[_ActIn]:
    """Make the strict model of an act: `type` names it, unknown fields are refused."""
    hints = get_type_hints(act)
    fields: dict[str, Any] = {"type": (Literal[act.__name__], ...)}
    for field in dataclasses.fields(act):
        wanted: Any = hints[field.name]
        optional = type(None) in get_args(wanted)
        if field.name in INSTANT_FIELDS:
            wanted = str | None if optional else str
        elif field.name in DURATION_FIELDS:
            wanted = str | int | None if optional else str | int
        elif wanted == _OFFSETS:
            wanted = tuple[tuple[str, int], ...]
        elif field.name == "rule":
            wanted = Annotated[str, Field(min_length=1)]
        fields[field.name] = (wanted, ... if field.default is dataclasses.MISSING else field.default)
    return create_model(f"{act.__name__}In", __base__=_ActIn, __doc__=act.__doc__, **fields)


if TYPE_CHECKING:
    ActIn = _ActIn
else:
    ActIn = Annotated[reduce(or_, map(_model, _ACTS.values())), Field(discriminator="type")]


def act_of(service: Service, sent: ActIn) -> Act:
    """Return the act that a page sent.

    Raises:
        Problem: 422 where it names something that does not exist, or contradicts itself.
    """
    values = dict(sent)
    kind = _ACTS[values.pop("type")]
    act = kind(**{name: _value(service, name, value) for name, value in values.items()})
    fault = _fault(act)
    if fault:
        raise Problem(422, fault)
    return act


def act_out(act: Act) -> Json:
    """Return an act as a page sends it; fields left as they are by default are left out."""
    sent: Json = {"type": type(act).__name__}
    for field in dataclasses.fields(act):
        value = getattr(act, field.name)
        if value == field.default:
            continue
        if field.name in INSTANT_FIELDS:
            value = None if value is None else format_instant(value)
        elif field.type == _OFFSETS:
            value = [[format_instant(at), offset] for at, offset in value]
        elif isinstance(value, Decimal):
            value = str(value)
        sent[field.name] = list(value) if isinstance(value, tuple) else value
    return sent


def _value(service: Service, name: str, value: Any) -> Any:  # noqa: ANN401 - any field of any act
    """Read one field by what its name says it is."""
    if value is None:
        return None
    if name in INSTANT_FIELDS:
        return _instant(value)
    if name in DURATION_FIELDS:
        return _duration(value)
    if name == "points" and isinstance(value, tuple):
        return tuple((_instant(at), offset) for at, offset in value)
    if name == "caused_by":
        return tuple(_car(service, number) for number in value)
    known = _KNOWN.get(name)
    return value if known is None else known(service, value)


def _car(service: Service, typed: str) -> str:
    number = service.event.entries.find(typed)
    if number is None:
        raise Problem(422, f"There is no car {typed!r} in the entry list.")
    return number


def _control(service: Service, control: str) -> str:
    if control not in service.event.itinerary.controls:
        raise Problem(422, f"There is no control {control!r}.")
    return control


def _stage(service: Service, stage: str) -> str:
    if stage not in service.event.itinerary.stages:
        raise Problem(422, f"There is no stage {stage!r}.")
    return stage


def _decision(service: Service, ident: str) -> str:
    if service.journal.find(decision_id_key(ident)) is None:
        raise Problem(422, f"There is no decision {ident!r}.")
    return ident


def _scope(service: Service, scope: str) -> str:
    if scope not in service.rally.scopes():
        raise Problem(422, f"There is no classification {scope!r}.")
    return scope


def _device(service: Service, device: str) -> str:
    if device not in service.known_devices():
        raise Problem(422, f"There is no device {device!r}.")
    return device


#: What has to exist, by the field that names it.
_KNOWN: Mapping[str, Callable[[Service, str], str]] = {
    "against": _car,
    "car": _car,
    "control": _control,
    "effective_from": _control,
    "stage": _stage,
    "decision": _decision,
    "device": _device,
    "protest": _decision,
    "scope": _scope,
}


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Problem(422, str(error)) from error


def _duration(value: str | int) -> Duration:
    try:
        return value if isinstance(value, int) else parse_duration(value)
    except ValueError as error:
        raise Problem(422, str(error)) from error


def _fault(act: Act) -> str:
    """Say what contradicts itself in an act, or return an empty text."""
    match act:
        case Penalise(time=time, points=points) if (time is None) == (points is None):
            return "A penalty has either a time or points."
        case SetNotional(time=time, points=points) if (time is None) == (points is None):
            return "What is given for a stage is either a time or points."
        case SetNotional(time=int(time)) | SetTarget(target=time) if time <= 0:
            return "A stage takes some time."
        case SetNotional(place=int(place)) if not 1 <= place <= LAST_PLACE:
            return f"Places are counted from 1 to {LAST_PLACE}."
        case AllowDelay(minutes=number) | ExtendLateness(max_late_control=int(number)) if number < 0:
            return "Minutes are counted from 0."
        case ExtendLateness(max_late_total=int(number)) if number < 0:
            return "Minutes are counted from 0."
        case ExtendLateness(max_late_control=None, max_late_total=None):
            return "An extension names at least one limit."
        case AllowTime(time=time) if time < 0:
            return "An allowance is no negative time."
        case Interrupt(first=int(first), last=int(last)) if last < first:
            return "The last start instant is before the first."
        case Interrupt(at=at, restarted_at=int(again)) if again <= at:
            return "A stage goes on after the red signal, not before it."
        case AssignDevice(line=Source.C):
            return "A line is A, B, H, M or G."
        case CorrectDevice(points=points) if not points:
            return "A correction has an offset at one instant at least."
        case CorrectDevice(points=points) if any(one[0] >= two[0] for one, two in pairwise(points)):
            return "The instants of a correction rise."
        case CorrectDevice(points=points) if any(abs(offset) > DAY for _, offset in points):
            return "A clock is off by a day at most."
        case (
            CorrectDevice(since=int(since), until=int(until))
            | AcceptDevice(since=int(since), until=int(until))
            | DropDevice(since=int(since), until=int(until))
            | AssignDevice(since=int(since), until=int(until))
            | AssignTracker(since=int(since), until=int(until))
        ) if until <= since:
            return "The span ends before it begins."
        case _:
            return ""

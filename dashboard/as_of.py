"""The rally as somebody sees it: now, or as of an earlier journal place."""

from dataclasses import dataclass

from dashboard.board import Scene
from dashboard.hub import Audience
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.projector import Projector, Surroundings
from dashboard.service import PersonOf, Service
from timing.core.instant import Instant, parse_instant
from timing.core.official_fold import OfficialFold
from timing.core.positions import Tracking
from timing.core.rally import Rally

_NOBODY = Surroundings(devices={}, links={}, refused={}, refused_count=0, notices={})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a person sees: the rally, the document, and up to which rally instant news are shown.

    `place` is the journal place that was asked for, None for now. An earlier document holds no places
    of cars and no health of devices: these are not in the journal.
    """

    rally: Rally
    document: Json
    until: Instant
    place: int | None = None

    @property
    def said(self) -> Json:
        """What an answer says of itself when it is not of now."""
        return {} if self.place is None else {"as_of": self.place}


async def view_of(service: Service, person: PersonOf, as_of: str | None) -> View:
    """Return what a person sees of the rally now, or as of a journal place or instant.

    Raises:
        Problem: 422 where `as_of` is neither, 404 where the journal has no such place, 403 where the
            public asks for what its board does not show yet.
    """
    if as_of is None:
        until = service.seen_until(person)
        late = await late_rally(service, person)
        return View(rally=late or service.rally, document=service.document(person), until=until)
    place = await _place(service, as_of)
    try:
        fold = await service.office.as_of(place)
    except KeyError:
        head = service.journal.head()[0]
        raise Problem(404, f"There is no record {place}: the journal has 1 to {head}.") from None
    record = fold.record(place)
    at = 0 if record is None else record.received_at
    audience = service.audience(person)
    if audience is Audience.PUBLIC and at > service.seen_until(person):
        raise Problem(403, "While the public board runs behind, this is for officials.")
    return View(rally=fold.rally, document=_document(service, fold, audience, at), until=at, place=place)


async def late_rally(service: Service, person: PersonOf) -> Rally | None:
    """Return the rally as a public that runs behind may know it; None for whoever sees everything at once."""
    if service.audience(person) is not Audience.PUBLIC or not service.event.public.delay:
        return None
    return (await service.office.late(service.seen_until(person))).rally


async def _place(service: Service, as_of: str) -> int:
    if as_of.isascii() and as_of.isdigit() and len(as_of) < 16:
        return int(as_of)
    try:
        at = parse_instant(as_of)
    except ValueError as error:
        raise Problem(422, f"as_of is a journal place or an instant: {error}") from error
    return await service.office.place(at)


def _document(service: Service, fold: OfficialFold, audience: Audience, at: Instant) -> Json:
    scene = Scene(service.event, fold.rally, Tracking(service.event), {}, fold.publications.published)
    return Projector(scene, lambda: _NOBODY).project(at)[audience]

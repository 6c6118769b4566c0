"""The parts of a service that need no device: rally, ingest, documents, hub and web, put together.

serve.py adds what devices need; tests of the web side use this alone.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from dashboard.access import AccessStore
from dashboard.app import create_app
from dashboard.board import Scene
from dashboard.clock_desk import ClockDesk
from dashboard.device_rows import LinkFacts
from dashboard.document_store import DocumentStore
from dashboard.gaps import Gaps
from dashboard.hub import Audience, Hub
from dashboard.kept_fold import KeptFold
from dashboard.live import Gateway
from dashboard.live_out import LiveOut, Publish
from dashboard.messages import Json
from dashboard.office import Office
from dashboard.projector import Projector
from dashboard.service import Service
from dashboard.stream import Stream
from dashboard.surroundings import Around, metrics
from timing.clock import Clock, ScaledClock, SystemClock
from timing.core.admission import Published
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.positions import Tracking
from timing.core.publication_states import stages_in_scopes
from timing.core.rally import Rally
from timing.ingest import Ingest
from timing.journal.journal import Journal

log = logging.getLogger(__name__)

STATIC = Path(__file__).resolve().parent / "static"
_PLACE = frozenset({"km", "lat", "lon", "speed", "course", "at", "eta"})


@dataclass(slots=True, kw_only=True)
class Assembled:
    """A rally brought to where its journal is, and what serves it. Its tasks do not run yet."""

    service: Service
    ingest: Ingest
    hub: Hub
    live_out: LiveOut
    app: FastAPI
    gateway: Gateway


async def assemble(
    event: Event,
    *,
    clock: Clock,
    journal: Journal,
    access: AccessStore,
    store: DocumentStore,
    links: Callable[[], Sequence[LinkFacts]],
    publish: Publish,
    checked: Callable[[], Mapping[tuple[str, str], int]] = dict,
    tests: Callable[[], Sequence[str]] = list,
    simulated: bool = False,
    public_url: str = "",
    static: Path = STATIC,
) -> Assembled:
    """Make the parts, replay the journal and write the first state of each document."""
    rally, tracking = Rally(event), Tracking(event)
    around = Around(event, clock, links)
    ingest = Ingest(journal, rally, tracking, clock, around.announce)
    published = Published(event, stages_in_scopes(event))
    gaps = Gaps(rally, tracking.roads, journal, ingest.riders)
    projector = Projector(
        Scene(event, rally, tracking, ingest.health.heard, published, gaps.here),
        around.surroundings,
        simulated=simulated,
        speed=(lambda: float(clock.rate)) if isinstance(clock, ScaledClock) else (lambda: None),
    )
    live_out = LiveOut(event.id, publish)
    # Real time, so that each life of the service numbers its messages above those of the one before.
    base = SystemClock().now() // SECOND * 1000
    streams = {audience: Stream(seq=base) for audience in Audience}
    streams[Audience.PUBLIC].delay = event.public.delay
    hub = Hub(streams=streams, project=projector.project, now=clock.now, publish=live_out.put)
    live_out.snapshots(lambda: hub.view(Audience.PUBLIC).snapshot().payload)
    around.health, around.projector, around.hub = ingest.health, projector, hub
    restored = await ingest.restore()
    await asyncio.to_thread(around.restore, journal)
    office = Office(event, journal, rally, store, projector.changed, published)
    await office.restore()
    log.info("%d records restored", restored)
    clocks = around.clocks = ClockDesk(rally)
    _first_state(projector, hub, clock)
    service = Service(
        event=event,
        rally=rally,
        tracking=tracking,
        journal=journal,
        ingest=ingest,
        clock=clock,
        access=access,
        hub=hub,
        office=office,
        clocks=clocks,
        gaps=gaps,
        asking=KeptFold(event, journal, office.kept),
        static=static,
        public_url=public_url,
        metrics=lambda: metrics(hub, ingest, around, live_out, checked),
        links=links,
        ready=lambda: [
            *(f"{link.name}: {link.error or 'down'}" for link in links() if not link.up),
            *tests(),
        ],
    )
    return Assembled(
        service=service,
        ingest=ingest,
        hub=hub,
        live_out=live_out,
        app=create_app(service),
        gateway=Gateway(hub, service.admit),
    )


def _first_state(projector: Projector, hub: Hub, clock: Clock) -> None:
    """Fill the documents before anybody looks.

    A public that is shown everything late would see an empty board for that long after each start: it gets
    the sheets at once, and places when their hour has come.
    """
    now = clock.now()
    for audience, parts in projector.project(now).items():
        stream = hub.streams[audience]
        if stream.delay:
            stream.build({**parts, "cars": _without_places(parts.get("cars", {}))}, now - stream.delay)
        stream.build(parts, now)
        stream.release(now)


def _without_places(cars: Json) -> Json:
    return {
        number: {key: value for key, value in car.items() if key not in _PLACE}
        for number, car in cars.items()
    }

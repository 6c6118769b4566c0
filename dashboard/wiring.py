"""What serve.py puts between the parts: bytes to readings, readings to ingest, and what is known of links."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from dashboard.access import AccessStore
from dashboard.device_rows import LinkFacts
from devices.broker import Broker
from devices.decoding import Decoding
from devices.link import Incoming, KeptLink, LinkError
from devices.register import Links
from timing.core.event import Event
from timing.ingest import Arrival, Ingest


def secrets_of(access: AccessStore, broker: Broker | None) -> Callable[[str, str], bool]:
    """Return what knows a phone's secret: the one made for it, or its password at the embedded broker."""

    def holds(device: str, secret: str) -> bool:
        return access.is_secret(device, secret) or (broker is not None and broker.admits(device, secret))

    return holds


def delivery(decoding: Decoding, ingest: Ingest) -> Callable[[Sequence[Incoming]], Coroutine[Any, Any, None]]:
    """Return what links deliver to: decode each piece, then the one way in."""

    async def deliver(batch: Sequence[Incoming]) -> None:
        await ingest.submit(
            [
                Arrival(
                    origin=incoming.origin,
                    received_at=incoming.received_at,
                    readings=tuple(decoding.decode(incoming)),
                    raw=incoming.payload,
                    ack=incoming.ack,
                )
                for incoming in batch
            ]
        )

    return deliver


def publisher(links: Links) -> Callable[..., Coroutine[Any, Any, bool]]:
    """Return what publishes to the broker and says whether it could."""

    async def publish(topic: str, payload: bytes, *, retain: bool) -> bool:
        try:
            await links.mqtt.publish(topic, payload, qos=0, retain=retain)
        except LinkError:
            return False
        return True

    return publish


def facts(link: KeptLink, device: str) -> LinkFacts:
    """Return how a link is doing; `device` whose own wire it is."""
    state = link.state
    return LinkFacts(
        name=state.name,
        up=state.up,
        since=state.since,
        error=state.error,
        openings=state.openings,
        device=device,
    )


def whose(event: Event) -> list[str]:
    """Return the device at the other end of each link, in their order, empty where there are many."""
    return ["", *(config.id for config in event.devices.values() if config.link != "mqtt")]

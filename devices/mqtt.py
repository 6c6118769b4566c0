"""The MQTT link: durable sessions whose messages are acknowledged only when we say so.

Positions have a session of their own. A broker hands a session only so many unacknowledged messages; after
an absence thousands of kept fixes fill that measure, and a stamp among them would come last (NATS even sets
it aside until its time to send again has come, over and over).
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeAlias
from urllib.parse import unquote, urlsplit

from devices.link import Deliver, Incoming, LinkError, Now, Opened
from devices.mqtt_client import BrokerFault, Delivered, MqttClient
from timing.core.instant import Instant

_KEEPALIVE_S = 15
_PATIENCE_S = 5.0
#: The answer to our subscription may come behind all that was kept for us.
_ANSWER_S = 60.0
#: Answers to a subscription from here on are refusals (MQTT 3.1.1, 3.9.3).
_REFUSED = 0x80


#: Topics are remembered up to so many, since at an open broker anybody may make up more.
_MOST_SENDERS = 10_000

Stored: TypeAlias = Callable[[str, str, bytes, Instant], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whose messages arrive under a topic filter.

    `device` is the id of the one device that sends there; empty when the last level of the topic names it.
    `bulk` marks positions, which must not hold up anything else.
    """

    filter: str
    decoder: str
    device: str = ""
    bulk: bool = False

    def matches(self, levels: Sequence[str]) -> bool:
        """Return whether a topic, split at its slashes, falls under the filter."""
        wanted = self.filter.split("/")
        if wanted[-1] == "#":
            wanted.pop()
            levels = levels[: len(wanted)]
        return len(wanted) == len(levels) and all(
            want in ("+", level) for want, level in zip(wanted, levels, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where a broker is and who we are there."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `mqtt://[USER:PASSWORD@]HOST[:PORT]`, or `mqtts://…` for TLS.

        Raises:
            ValueError: not such a URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"{url!r} is not a broker's address such as mqtt://127.0.0.1:1883")
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=parts.port or (8883 if tls else 1883),
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


def _heed_cancellation() -> None:
    """End a task that was cancelled in the very moment in which the broker answered.

    aiomqtt waits by `asyncio.wait_for`, which before Python 3.12 returns the answer then and forgets the
    cancellation: whoever ends the task would wait for it for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def client_id(*parts: str) -> str:
    """Join parts into a client id that every broker takes: letters, digits, `-` and `_` only."""
    return "-".join("".join(sign if sign.isalnum() else "_" for sign in part) for part in parts)


async def try_broker(url: str, *, client_id: str, ca_file: str | None = None) -> str:
    """Connect to a broker and leave again; return what kept us out in plain words, empty for nothing.

    Raises:
        ValueError: not a broker's address.
    """
    client = _client(BrokerAddress.parse(url), client_id, clean_session=True, ca_file=ca_file)
    try:
        await client.__aenter__()
    except (BrokerFault, OSError) as error:
        return str(error)
    await client.leave()
    return ""


def _client(
    address: BrokerAddress, name: str, *, clean_session: bool = False, ca_file: str | None = None
) -> MqttClient:
    return MqttClient(
        hostname=address.host,
        port=address.port,
        username=address.username,
        password=address.password,
        identifier=name,
        clean_session=clean_session,
        keepalive=_KEEPALIVE_S,
        timeout=_PATIENCE_S,
        tls_context=ssl.create_default_context(cafile=ca_file) if address.tls else None,
    )


class MqttLink:
    """The durable sessions at a broker for all devices that speak MQTT: one, and one for positions.

    `client_id` (see the function of that name) must be the same at each start, since the broker keeps the
    session under it, and must not be in use by another program: each connection of the one would end that
    of the other. The session for the routes marked `bulk` has the same id with `-fixes` behind it.
    """

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        routes: Iterable[Route],
        now: Now,
        name: str = "mqtt",
        ca_file: str | None = None,
    ) -> None:
        self.name = name
        self._address = BrokerAddress.parse(url)
        self._client_id = client_id
        # An exact topic before a pattern, so that a device's own topic wins over everybody's.
        self._routes = sorted(routes, key=lambda route: "+" in route.filter or "#" in route.filter)
        self._now = now
        self._ca_file = ca_file
        self._clients: tuple[MqttClient, ...] = ()
        self._senders: dict[str, tuple[str, str, str, bool]] = {}
        self._on_stored: Stored | None = None

    def on_stored(self, tell: Stored) -> None:
        """Have `tell` called with topic, device, payload and arrival of all acknowledged but positions."""
        self._on_stored = tell

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Connect, subscribe anew, deliver in batches until a connection ends; see `Link.run`."""
        async with contextlib.AsyncExitStack() as left:
            sessions: dict[MqttClient, list[str]] = {}
            for name, filters in self._sessions().items():
                client = _client(self._address, name, ca_file=self._ca_file)
                try:
                    await client.__aenter__()
                except BrokerFault as error:
                    raise LinkError(f"{self._where}: {error}") from error
                left.push_async_callback(client.leave)
                _heed_cancellation()
                sessions[client] = filters
            try:
                await self._take_and_subscribe(sessions, deliver, opened)
            finally:
                self._clients = ()

    async def _take_and_subscribe(
        self, sessions: Mapping[MqttClient, list[str]], deliver: Deliver, opened: Opened
    ) -> None:
        """Deliver from the first message on, also while the answer to the subscription is awaited.

        A broker may send all it has kept for us before that answer. If we took nothing of it meanwhile, we
        would stop reading at our bound and the answer would wait behind the rest for ever.
        """
        delivering = [
            asyncio.create_task(self._deliver_all(client, deliver), name="mqtt:deliver")
            for client in sessions
        ]
        subscribing = asyncio.create_task(self._subscribe_all(sessions), name="mqtt:subscribe")
        tasks = (*delivering, subscribing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if subscribing.done():
                subscribing.result()
                self._clients = tuple(sessions)
                opened()
            done, _ = await asyncio.wait(delivering, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; with QoS 1, return when the broker has acknowledged.

        Raises:
            LinkError: there is no connection, or it was lost meanwhile.
        """
        if not self._clients:
            raise LinkError(f"{self._where}: not connected")
        try:
            await self._clients[0].publish(topic, payload, qos=qos, retain=retain)
        except BrokerFault as error:
            raise LinkError(f"{self._where}: {error}") from error
        _heed_cancellation()

    @property
    def waiting(self) -> int:
        """How many messages have arrived that were not delivered yet."""
        return sum(client.waiting for client in self._clients)

    @property
    def _where(self) -> str:
        return f"{self._address.host}:{self._address.port}"

    def _sessions(self) -> dict[str, list[str]]:
        """Return each session's client id with what it subscribes to, the one that publishes first."""
        bulk = [route.filter for route in self._routes if route.bulk]
        filters = self._filters()
        sessions = {self._client_id: [wanted for wanted in filters if wanted not in bulk]}
        if bulk:
            sessions[f"{self._client_id}-fixes"] = [wanted for wanted in filters if wanted in bulk]
        return sessions

    async def _subscribe_all(self, sessions: Mapping[MqttClient, list[str]]) -> None:
        """Subscribe on every connection: a broker that lost its disk has lost our session with it."""
        try:
            for client, filters in sessions.items():
                await self._subscribe(client, filters)
            first, *others = sessions
            if others:
                # Once there was one session for all: what it still had would come twice for ever.
                elsewhere = [wanted for client in others for wanted in sessions[client]]
                await first.unsubscribe(elsewhere, timeout=_ANSWER_S)
        except BrokerFault as error:
            raise LinkError(f"{self._where}: {error}") from error

    async def _subscribe(self, client: MqttClient, filters: Sequence[str]) -> None:
        if not filters:
            return
        asked = [(wanted, 1) for wanted in filters]
        granted: Sequence[Any] = await client.subscribe(asked, timeout=_ANSWER_S)  # paho's ReasonCode, or int
        for wanted, answer in zip(filters, granted, strict=False):
            if int(getattr(answer, "value", answer)) >= _REFUSED:
                raise LinkError(f"{self._where}: the broker refuses the subscription to {wanted}")

    def _filters(self) -> list[str]:
        """Leave out what another filter covers: some brokers would deliver such a message twice."""
        return [
            route.filter
            for route in self._routes
            if not any(
                other.filter != route.filter and other.matches(route.filter.split("/"))
                for other in self._routes
            )
        ]

    async def _deliver_all(self, client: MqttClient, deliver: Deliver) -> None:
        while True:
            try:
                batch = await client.next_batch()
            except BrokerFault as error:
                raise LinkError(f"{self._where}: connection lost") from error
            received_at = self._now()
            await deliver([self._incoming(client, message, received_at) for message in batch])

    def _incoming(self, client: MqttClient, message: Delivered, received_at: Instant) -> Incoming:
        origin, device, decoder, bulk = self._sender(message.topic)
        return Incoming(
            origin=origin,
            device=device,
            decoder=decoder,
            payload=message.payload,
            received_at=received_at,
            retained=message.retain,
            topic=message.topic,
            ack=partial(client.acknowledge, message)
            if bulk
            else partial(self._stored, client, message, device, received_at),
        )

    def _sender(self, topic: str) -> tuple[str, str, str, bool]:
        """Return a topic's origin, device and decoder, and whether it is bulk; looked up once for each."""
        known = self._senders.get(topic)
        if known is None:
            levels = topic.split("/")
            route = next((route for route in self._routes if route.matches(levels)), None)
            device, decoder = (route.device or levels[-1], route.decoder) if route else ("", "")
            known = f"mqtt:{topic}", device, decoder, route is not None and route.bulk
            if len(self._senders) < _MOST_SENDERS:
                self._senders[topic] = known
        return known

    def _stored(self, client: MqttClient, message: Delivered, device: str, received_at: Instant) -> None:
        client.acknowledge(message)
        if self._on_stored is not None:
            self._on_stored(message.topic, device, message.payload, received_at)

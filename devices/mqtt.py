"""The MQTT link: a durable session whose messages are acknowledged only when we say so.

The one file that knows aiomqtt. Its 2.x line (on paho) acknowledges a message before its owner has seen it,
so a crash would lose what sat in memory. Manual acknowledgement is switched on in the paho client beneath
it, and the broker keeps whatever was delivered and not acknowledged: it comes again, to be found by key.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeAlias
from urllib.parse import unquote, urlsplit

import aiomqtt

from devices.link import Deliver, Incoming, LinkError, Now, Opened

#: One batch to the ingest, one group commit.
MOST_IN_BATCH = 500
#: With so many messages waiting we stop reading the socket, and TCP holds the broker back.
MOST_WAITING = 5_000
#: So many messages are read in one turn of the event loop, before others have theirs.
_MOST_IN_TURN = 100
_KEEPALIVE_S = 15
_PATIENCE_S = 5.0
#: The answer to our subscription may come behind all that was kept for us.
_ANSWER_S = 60.0
#: Answers to a subscription from here on are refusals (MQTT 3.1.1, 3.9.3).
_REFUSED = 0x80


#: Topics are remembered up to so many, since at an open broker anybody may make up more.
_MOST_SENDERS = 10_000

Stored: TypeAlias = Callable[[str, str, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whose messages arrive under a topic filter.

    `device` is the id of the one device that sends there; empty when the last level of the topic names it.
    """

    filter: str
    decoder: str
    device: str = ""

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


class _Client(aiomqtt.Client):
    """aiomqtt with the acknowledgement in our hands, batches, and back-pressure.

    A client is used for one connection only: a late acknowledgement of the last connection must never
    pass for one of the next, where the broker may use the same packet id for another message.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(**options)
        self._client.manual_ack_set(True)
        self.pending_calls_threshold = 1_000
        self._paused = False
        self._taken = 0

    @property
    def waiting(self) -> int:
        """How many messages wait to be taken."""
        return self._queue.qsize()

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Send the PUBACK; the broker then forgets the message. Does nothing once disconnected."""
        if message.qos and not self._disconnected.done():
            self._client.ack(message.mid, message.qos)

    async def leave(self) -> None:
        """Disconnect politely where that is possible; a broker that does not answer is left all the same."""
        with contextlib.suppress(aiomqtt.MqttError):
            await self.__aexit__(None, None, None)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # seen: else asyncio complains about it at the end

    async def next_batch(self) -> list[aiomqtt.Message]:
        """Wait for a message; return it with all that wait behind it, up to the batch's size."""
        batch = [await anext(self.messages)]
        while len(batch) < MOST_IN_BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        if self._paused and self._queue.qsize() < MOST_WAITING // 2:
            self._resume()
        return batch

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        super()._on_socket_open(client, userdata, sock)
        # In place of aiomqtt's reader, which takes one packet in each turn of the event loop: batches
        # would stay small, and each has its commit.
        self._loop.call_soon_threadsafe(self._loop.add_reader, sock.fileno(), self._read)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:  # noqa: ANN401 - paho's
        self._taken += 1
        try:
            super()._on_message(client, userdata, message)
        except (UnicodeDecodeError, ValueError) as error:
            # Raised through paho this would end the connection, and the broker would send the same
            # message again on the next: one bad topic would keep everybody out for ever.
            shown = error.object if isinstance(error, UnicodeDecodeError) else b""
            self._queue.put_nowait(_with_bad_topic(message, shown))
        if self._queue.qsize() >= MOST_WAITING:
            self._pause()

    def _pause(self) -> None:
        sock = self._client.socket()
        if sock is not None and not self._paused:
            self._paused = True
            self._loop.remove_reader(sock.fileno())

    def _resume(self) -> None:
        sock = self._client.socket()
        self._paused = False
        if sock is not None:
            self._loop.add_reader(sock.fileno(), self._read)
            self._read()  # TLS may hold decoded bytes for which the socket will not wake us

    def _read(self) -> None:
        try:
            for _ in range(_MOST_IN_TURN):
                if self._paused:
                    return
                before = self._taken
                self._client.loop_read()
                sock = self._client.socket()
                pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
                if self._taken == before and not pending:
                    return  # no further message is there whole; the event loop calls again when one is
            if pending:
                # The socket itself may be empty by now and would not wake us.
                self._loop.call_soon(self._read)
        except Exception as error:  # whatever broke in there, the connection is over
            if not self._disconnected.done():
                self._disconnected.set_exception(error)


def _heed_cancellation() -> None:
    """End a task that was cancelled in the very moment in which the broker answered.

    aiomqtt waits by `asyncio.wait_for`, which before Python 3.12 returns the answer then and forgets the
    cancellation: whoever ends the task would wait for it for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


_BAD_TOPIC = "$not-utf-8/"


def client_id(*parts: str) -> str:
    """Join parts into a client id that every broker takes: letters, digits, `-` and `_` only."""
    return "-".join("".join(sign if sign.isalnum() else "_" for sign in part) for part in parts)


def _with_bad_topic(message: Any, topic: bytes) -> aiomqtt.Message:  # noqa: ANN401 - paho's
    shown = _BAD_TOPIC + topic.decode("ascii", "backslashreplace").translate({ord("+"): "_", ord("#"): "_"})
    return aiomqtt.Message(shown, message.payload, message.qos, message.retain, message.mid, None)


class MqttLink:
    """One durable session at a broker, for all devices that speak MQTT.

    `client_id` (see the function of that name) must be the same at each start, since the broker keeps the
    session under it, and must not be in use by another program: each connection of the one would end that
    of the other.
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
        self._client: _Client | None = None
        self._senders: dict[str, tuple[str, str]] = {}
        self._on_stored: Stored | None = None

    def on_stored(self, tell: Stored) -> None:
        """Have `tell` called with topic, device and payload of each message that was acknowledged."""
        self._on_stored = tell

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Connect, subscribe anew, deliver in batches until the connection ends; see `Link.run`."""
        client = self._new_client()
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise LinkError(f"{self._where}: {error}") from error
        try:
            _heed_cancellation()
            await self._take_and_subscribe(client, deliver, opened)
        finally:
            self._client = None
            await client.leave()

    async def _take_and_subscribe(self, client: _Client, deliver: Deliver, opened: Opened) -> None:
        """Deliver from the first message on, also while the answer to the subscription is awaited.

        A broker may send all it has kept for us before that answer. If we took nothing of it meanwhile, we
        would stop reading at our bound and the answer would wait behind the rest for ever.
        """
        delivering = asyncio.create_task(self._deliver_all(client, deliver), name="mqtt:deliver")
        subscribing = asyncio.create_task(self._subscribe(client), name="mqtt:subscribe")
        try:
            await asyncio.wait((delivering, subscribing), return_when=asyncio.FIRST_COMPLETED)
            if subscribing.done():
                subscribing.result()
                self._client = client
                opened()
            await delivering
        finally:
            for task in (delivering, subscribing):
                task.cancel()
            await asyncio.gather(delivering, subscribing, return_exceptions=True)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; with QoS 1, return when the broker has acknowledged.

        Raises:
            LinkError: there is no connection, or it was lost meanwhile.
        """
        client = self._client
        if client is None:
            raise LinkError(f"{self._where}: not connected")
        try:
            await client.publish(topic, payload, qos=qos, retain=retain)
        except aiomqtt.MqttError as error:
            raise LinkError(f"{self._where}: {error}") from error
        _heed_cancellation()

    @property
    def waiting(self) -> int:
        """How many messages have arrived that were not delivered yet."""
        return self._client.waiting if self._client is not None else 0

    @property
    def _where(self) -> str:
        return f"{self._address.host}:{self._address.port}"

    def _new_client(self) -> _Client:
        address = self._address
        return _Client(
            hostname=address.host,
            port=address.port,
            username=address.username,
            password=address.password,
            identifier=self._client_id,
            clean_session=False,
            keepalive=_KEEPALIVE_S,
            timeout=_PATIENCE_S,
            tls_context=ssl.create_default_context(cafile=self._ca_file) if address.tls else None,
        )

    async def _subscribe(self, client: _Client) -> None:
        """Subscribe on every connection: a broker that lost its disk has lost our session with it."""
        filters = [(wanted, 1) for wanted in self._filters()]
        if not filters:
            return
        try:
            granted: Sequence[Any] = await client.subscribe(
                filters, timeout=_ANSWER_S
            )  # paho's ReasonCode, or int
        except aiomqtt.MqttError as error:
            raise LinkError(f"{self._where}: {error}") from error
        for (wanted, _), answer in zip(filters, granted, strict=False):
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

    async def _deliver_all(self, client: _Client, deliver: Deliver) -> None:
        while True:
            try:
                batch = await client.next_batch()
            except aiomqtt.MqttError as error:
                raise LinkError(f"{self._where}: connection lost") from error
            received_at = self._now()
            await deliver([self._incoming(client, message, received_at) for message in batch])

    def _incoming(self, client: _Client, message: aiomqtt.Message, received_at: int) -> Incoming:
        topic = message.topic.value
        device, decoder = self._sender(topic)
        return Incoming(
            origin=f"mqtt:{topic}",
            device=device,
            decoder=decoder,
            payload=message.payload,
            received_at=received_at,
            retained=bool(message.retain),
            topic=topic,
            ack=partial(self._stored, client, message, device),
        )

    def _sender(self, topic: str) -> tuple[str, str]:
        """Return the device that sends on a topic, and its decoder; looked up once for each topic."""
        known = self._senders.get(topic)
        if known is None:
            levels = topic.split("/")
            route = next((route for route in self._routes if route.matches(levels)), None)
            known = (route.device or levels[-1], route.decoder) if route else ("", "")
            if len(self._senders) < _MOST_SENDERS:
                self._senders[topic] = known
        return known

    def _stored(self, client: _Client, message: aiomqtt.Message, device: str) -> None:
        client.acknowledge(message)
        if self._on_stored is not None:
            self._on_stored(message.topic.value, device, message.payload)

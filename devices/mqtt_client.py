"""The MQTT client beneath the link: aiomqtt, with the acknowledgement in our hands, in batches.

The one file that knows aiomqtt. Its 2.x line (on paho) acknowledges a message before its owner has seen it,
so a crash would lose what sat in memory. Manual acknowledgement is switched on in the paho client beneath
it, and the broker keeps whatever was delivered and not acknowledged: it comes again, to be found by key.
"""

import asyncio
import contextlib
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode

try:
    from paho.mqtt._packet import decode_publish
except ImportError:  # not in every paho that aiomqtt takes
    decode_publish = None  # type: ignore[assignment]

#: Everything the client raises about the broker and the connection to it.
BrokerFault = aiomqtt.MqttError

#: One batch to the ingest, one group commit.
MOST_IN_BATCH = 500
#: With so many messages waiting we stop reading the socket, and TCP holds the broker back.
MOST_WAITING = 5_000
#: So many messages are read in one turn of the event loop, before others have theirs.
_MOST_IN_TURN = 100
#: So many bytes are read from the socket at once: some hundred messages.
_CHUNK = 1 << 16
_PUBACK = 0x40
#: This bit of a message's first byte says quality of service 2 (MQTT 3.1.1, 3.3.1.2).
_QOS_2 = 0x04
_BAD_TOPIC = "$not-utf-8/"


class Delivered(NamedTuple):
    """One message as the broker delivered it; `mid` is its packet id on this connection."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    mid: int


class _Chunks:
    """Gives paho its packets from large reads; it asks for a byte at a time, each a system call."""

    __slots__ = ("_at", "_chunk", "_recv")

    def __init__(self, recv: Callable[[int], bytes]) -> None:
        self._recv = recv
        self._chunk = b""
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether bytes are here for which the socket will not wake us."""
        return self._at < len(self._chunk)

    def recv(self, bufsize: int) -> bytes:
        """Return what is next, up to `bufsize` bytes; see `socket.recv`."""
        if self._at == len(self._chunk):
            self._chunk, self._at = self._recv(_CHUNK), 0
        part = self._chunk[self._at : self._at + bufsize]
        self._at += len(part)
        return part


class MqttClient(aiomqtt.Client):
    """A client that acknowledges when told to, gives batches, and holds the broker back.

    A client is used for one connection only: a late acknowledgement of the last connection must never
    pass for one of the next, where the broker may use the same packet id for another message.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(**options)
        self._client.manual_ack_set(True)
        self.pending_calls_threshold = 1_000
        self._arrived: deque[Delivered] = deque()
        self._news = asyncio.Event()
        self._stored: list[int] = []
        self._paused = False
        # What follows has no public form in paho. A later one that lacks it reads and writes as it always
        # did, packet by packet.
        self._chunks = _Chunks(getattr(self._client, "_sock_recv", _nothing))
        self._client._sock_recv = self._chunks.recv  # type: ignore[method-assign]  # noqa: SLF001
        self._in_one_write = hasattr(self._client, "_packet_queue")
        self._handle_publish = getattr(self._client, "_handle_publish", _nothing)
        if decode_publish is not None:
            self._client._handle_publish = self._take_publish  # type: ignore[method-assign]  # noqa: SLF001

    @property
    def waiting(self) -> int:
        """How many messages wait to be taken."""
        return len(self._arrived)

    def acknowledge(self, message: Delivered) -> None:
        """Have the PUBACK sent; the broker then forgets the message. Does nothing once disconnected.

        Those of one turn of the event loop go out together, in one write.
        """
        if not message.qos or self._disconnected.done():
            return
        if not self._in_one_write or message.qos != 1:
            self._client.ack(message.mid, message.qos)
            return
        if not self._stored:
            self._loop.call_soon(self._send_stored)
        self._stored.append(message.mid)

    async def leave(self) -> None:
        """Disconnect politely where that is possible; a broker that does not answer is left all the same."""
        with contextlib.suppress(aiomqtt.MqttError):
            self._send_stored()
            await self.__aexit__(None, None, None)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # seen: else asyncio complains about it at the end

    async def next_batch(self) -> list[Delivered]:
        """Wait for a message; return it with all that wait behind it, up to the batch's size.

        Raises:
            BrokerFault: the connection has ended, and what came of it has all been taken.
        """
        if not self._arrived:
            await self._arrival()
        batch = [self._arrived.popleft() for _ in range(min(MOST_IN_BATCH, len(self._arrived)))]
        if self._paused and len(self._arrived) < MOST_WAITING // 2:
            self._resume()
        return batch

    async def _arrival(self) -> None:
        """Wait for a message or the end of the connection."""
        self._news.clear()
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait((news, self._disconnected), return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        if not self._arrived:
            raise BrokerFault("the connection has ended")

    def _send_stored(self) -> None:
        stored, self._stored = self._stored, []
        if not stored or self._disconnected.done():
            return
        # paho's `ack` makes a packet and a write of each. In its queue they stand as one packet of
        # many acknowledgements, so that nothing else that it sends can get in between.
        packets = b"".join([struct.pack("!BBH", _PUBACK, 2, mid) for mid in stored])
        self._client._packet_queue(_PUBACK, packets, 0, 1)  # noqa: SLF001 - see __init__

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        super()._on_socket_open(client, userdata, sock)
        # In place of aiomqtt's reader, which takes one packet in each turn of the event loop: batches
        # would stay small, and each has its commit.
        self._loop.call_soon_threadsafe(self._loop.add_reader, sock.fileno(), self._read)

    def _take_publish(self) -> Any:  # noqa: ANN401 - paho's MQTTErrorCode
        """Take a message as paho has read it.

        paho itself would look for callbacks by topic and write a line for its log first, which takes longer
        than reading the message did.
        """
        packet = self._client._in_packet  # noqa: SLF001 - see __init__
        if packet["command"] & _QOS_2:
            return self._handle_publish()  # which takes four packets, and paho keeps count of them
        read = decode_publish(packet["command"], packet["packet"], self._client._protocol)  # noqa: SLF001
        try:
            topic = read.topic.decode()
        except UnicodeDecodeError:
            topic = _bad_topic(read.topic)
        self._arrive(Delivered(topic, bytes(read.payload), read.qos, read.retain, read.mid))
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:  # noqa: ANN401 - paho's
        try:
            topic = message.topic
        except UnicodeDecodeError as error:
            topic = _bad_topic(error.object)
        self._arrive(Delivered(topic, message.payload, message.qos, message.retain, message.mid))

    def _arrive(self, message: Delivered) -> None:
        self._arrived.append(message)
        self._news.set()
        if len(self._arrived) >= MOST_WAITING:
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
            self._read()  # bytes may be here already for which the socket will not wake us

    def _read(self) -> None:
        try:
            for _ in range(_MOST_IN_TURN):
                if self._paused:
                    return
                before = len(self._arrived)
                self._client.loop_read()
                if len(self._arrived) == before and not self._more():
                    return  # no further message is there whole; the event loop calls again when one is
            if self._more():
                self._loop.call_soon(self._read)
        except Exception as error:  # whatever broke in there, the connection is over
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _more(self) -> bool:
        """Whether there is more to read, although the socket itself may be empty by now."""
        sock = self._client.socket()
        if sock is None:
            return False
        return self._chunks.left or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)


def _nothing(*_: object) -> bytes:
    raise BlockingIOError


def _bad_topic(topic: bytes) -> str:
    """Show a topic that is no text.

    Raised through paho the fault would end the connection, and the broker would send the same message again
    on the next: one bad topic would keep everybody out for ever.
    """
    shown = topic.decode("ascii", "backslashreplace").translate({ord("+"): "_", ord("#"): "_"})
    return _BAD_TOPIC + shown

"""The listening TCP link: trackers that connect to us, keep what they measured, and wait for answers.

Many senders share one port; who they are is found by what they say (`devices.conversation`). A sender is told
that its packet arrived when the journal holds it, never before. One that the event does not know is refused,
and shown once, with its id: that is how an organizer finds a tracker's number that was typed wrong.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from devices.chip_conversation import JchipConversation, MylapsConversation
from devices.conversation import Conversation, Heard, Knows, QueclinkConversation, TeltonikaConversation
from devices.link import Deliver, Incoming, LinkError, Now, Opened
from devices.tcp import plain_words, watch_connection

#: So many connections at once: three hundred trackers, each with an old one that is not known to be dead.
MOST_CONNECTIONS = 600
#: A connection that says nothing for so long (seconds) is given up; it is made anew for the next position.
_SILENCE_S = 1_800.0
#: One that has not said who it is must do so soon.
_LOGIN_S = 30.0
_MOST_AT_ONCE = 4_096
_MOST_STRANGERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSettings:
    """Where we listen: `host` None is every address of this machine. `sack` answers Queclink's reports."""

    port: int
    host: str | None = None
    sack: bool = True

    @classmethod
    def parse(cls, link: str) -> Self:
        """Read `listen:PORT` or `listen:ADDRESS:PORT`, with `?sack=0` behind it.

        Raises:
            ValueError: not such a text, with what is wrong in it.
        """
        kind, _, rest = link.partition(":")
        place = urlsplit(f"//{rest}" if ":" in rest.partition("?")[0] else f"//*:{rest}")
        try:
            host, port = place.hostname, place.port
        except ValueError as error:
            raise ValueError(f"{link!r}: {error}") from error
        if kind != "listen" or not host or not port or place.path or place.username is not None:
            raise ValueError(f"{link!r} is no port of ours such as listen:5027 or listen:127.0.0.1:5027")
        options = dict(parse_qsl(place.query, keep_blank_values=True))
        sack = options.pop("sack", "1")
        if sack not in ("0", "1"):
            raise ValueError(f"sack={sack} in {link!r}: expected 0 or 1")
        if options:
            raise ValueError(f"{', '.join(sorted(options))} in {link!r}: known is sack")
        return cls(port=port, host=None if host == "*" else host, sack=sack == "1")


#: The protocols whose devices connect to us.
CONVERSATIONS: Mapping[str, Callable[[ListenSettings, Knows], Conversation]] = {
    "teltonika": lambda settings, knows: TeltonikaConversation(knows),
    "queclink": lambda settings, knows: QueclinkConversation(knows, answers=settings.sack),
    "jchip": lambda settings, knows: JchipConversation(),
    "mylaps_toolkit": lambda settings, knows: MylapsConversation(),
}


@dataclass(slots=True)
class _Senders:
    """Who is connected, and the strangers that were shown already."""

    writers: dict[str, asyncio.StreamWriter] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    strangers: dict[str, None] = field(default_factory=dict)


class ListenLink:
    """A port of ours to which trackers or readers of one protocol connect."""

    def __init__(
        self, settings: ListenSettings, *, device: str, decoder: str, knows: Knows, now: Now
    ) -> None:
        self.name = f"listen:{settings.host + ':' if settings.host else ''}{settings.port}"
        self._settings = settings
        self._device = device
        self._decoder = decoder
        self._knows = knows
        self._now = now
        self._senders = _Senders()

    @property
    def connected(self) -> int:
        """How many senders are connected now."""
        return len(self._senders.tasks)

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Listen until cancelled; see `Link.run`. A connection that fails is its own affair."""
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            server = await asyncio.start_server(
                lambda reader, writer: self._accept(reader, writer, deliver, failed),
                self._settings.host,
                self._settings.port,
            )
        except OSError as error:
            raise LinkError(plain_words(error)) from error
        try:
            opened()
            await failed
        finally:
            server.close()
            for task in tuple(self._senders.tasks):
                task.cancel()
            await asyncio.gather(*self._senders.tasks, return_exceptions=True)

    def _accept(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        deliver: Deliver,
        failed: "asyncio.Future[None]",
    ) -> None:
        if len(self._senders.tasks) >= MOST_CONNECTIONS:
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer, deliver), name=f"{self.name}:sender")
        self._senders.tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._senders.tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None and not failed.done():
                failed.set_exception(error)  # the journal's failure is the whole service's

        task.add_done_callback(ended)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deliver: Deliver
    ) -> None:
        conversation = CONVERSATIONS[self._decoder](self._settings, self._knows)
        watch_connection(writer.get_extra_info("socket"))
        who, fresh = "", True
        try:
            while data := await self._read(reader, known=bool(who)):
                for heard in conversation.hear(data):
                    # Readers of chips do not name themselves as the register does: they are its device.
                    name = heard.device or self._device
                    if name != who and not heard.reason:
                        who, fresh = name, True
                        self._take_over(who, writer)
                    if heard.at_once:
                        writer.write(heard.at_once)
                    if heard.data and not (heard.reason and self._shown(heard)):
                        await self._hand_on(heard, writer, deliver, opening=fresh)
                        fresh = False
                    if heard.hang_up:
                        return
            for heard in conversation.ended():
                await self._hand_on(heard, writer, deliver, opening=False)
        finally:
            if self._senders.writers.get(who) is writer:
                del self._senders.writers[who]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, *, known: bool) -> bytes:
        """Return the next bytes; none when the sender has gone, or is silent for too long."""
        try:
            async with asyncio.timeout(_SILENCE_S if known else _LOGIN_S):
                return await reader.read(_MOST_AT_ONCE)
        except (TimeoutError, OSError):
            return b""

    def _take_over(self, who: str, writer: asyncio.StreamWriter) -> None:
        """End a sender's older connection, which its network has cut without a word."""
        before = self._senders.writers.get(who)
        if before is not None and before is not writer:
            before.transport.abort()
        self._senders.writers[who] = writer

    async def _hand_on(
        self, heard: Heard, writer: asyncio.StreamWriter, deliver: Deliver, *, opening: bool
    ) -> None:
        answer = heard.kept

        def kept() -> None:
            if answer and not writer.is_closing():
                writer.write(answer)

        await deliver(
            [
                Incoming(
                    origin=f"tcp:{self._device}",
                    device=heard.device or self._device,
                    decoder=self._decoder,
                    payload=heard.data,
                    received_at=self._now(),
                    opening=opening,
                    fault=heard.fault,
                    fault_reason=heard.reason or "no_frame",
                    carrier=self._device,
                    ack=kept,
                )
            ]
        )

    def _shown(self, heard: Heard) -> bool:
        """Return whether this stranger was shown before; they come every few seconds, for ever."""
        if heard.reason != "unknown_tracker":
            return False
        strangers = self._senders.strangers
        if heard.device in strangers or len(strangers) >= _MOST_STRANGERS:
            return True
        strangers[heard.device] = None
        return False

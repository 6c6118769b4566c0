"""The hub: turns what changed into messages and gives them to all viewers, a tick at a time.

At most one patch a tick (250 ms of wall time), sooner when a stamp or an alert asks for it. A viewer has no
task and no queue. One that still has bytes of an earlier message unsent is passed over; when its buffer is
empty again it is brought up to date with the patches it missed, or with a fresh snapshot where that is
less. So a slow viewer costs at most one message of memory and never slows another.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dashboard.messages import Json, tick_message
from dashboard.stream import Compared, Message, Patch, Stream, View
from timing.core.instant import Instant, format_instant

#: Seconds of wall time between two patches.
TICK = 0.25
#: The least time between two patches when something urgent comes …
URGENT_TICK = 0.05
#: … and so many times what the last one took, up to a whole tick: the board must not starve the timing.
_PAUSE = 9.0
#: After this many seconds without a change a viewer hears that nothing has changed.
QUIET = 5.0
#: A viewer whose unsent bytes do not move for this long is dropped (close code 1013, try again later).
STUCK = 10.0
#: A viewer that has not been up to date for this long is dropped, moving or not.
BEHIND = 60.0
#: Viewers served before other work gets its turn on the loop.
_SLICE = 500


class Audience(StrEnum):
    """Who is looking, as far as the document depends on it."""

    PUBLIC = "public"
    MARSHAL = "marshal"
    OFFICIALS = "officials"


class Viewer(Protocol):
    """One open websocket, as the hub needs it."""

    seq: int
    """The number of the last message written to it."""
    window_bits: int
    """The deflate window agreed on; 0 means not compressed."""
    blocked_since: float
    """Loop time at which its write buffer last stopped being empty; 0 while it is empty."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""

    def unsent(self) -> int:
        """Return how many bytes the transport still holds."""

    def close(self, code: int, reason: str) -> None:
        """Say good-bye and end the connection."""

    def allowed(self) -> bool:
        """Return whether the session that opened it still holds."""


@dataclass(slots=True)
class Counters:
    """What the hub has done, for /metrics."""

    messages: int = 0
    frames: int = 0
    skipped: int = 0
    dropped: int = 0


@dataclass(slots=True)
class _Slow:
    unsent: int
    moved_at: float
    since: float


#: Gives, at a rally instant, the newly projected top-level parts of every audience's document.
Project = Callable[[Instant], Mapping[Audience, Mapping[str, Json]]]
Sink = Callable[[str, bytes], None]


@dataclass(slots=True)
class Hub:
    """All viewers of one service.

    `project` is asked once a tick for the parts that may have changed; `now` is the injected clock;
    `publish` (optional) gets every public message as ("snapshot" | "patch", JSON), for MQTT.
    """

    streams: Mapping[Audience, Stream]
    project: Project
    now: Callable[[], Instant]
    publish: Sink | None = None
    counters: Counters = field(default_factory=Counters)
    _views: dict[tuple[Audience, frozenset[str] | None], View] = field(default_factory=dict)
    _viewers: dict[View, dict[Viewer, None]] = field(default_factory=dict)
    _view_of: dict[Viewer, View] = field(default_factory=dict)
    _slow: dict[Viewer, _Slow] = field(default_factory=dict)
    _urgent: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def viewers(self) -> int:
        """How many viewers are connected."""
        return len(self._view_of)

    def view(self, audience: Audience, only: frozenset[str] | None = None) -> View:
        """Return the view of an audience narrowed to `only` (None: everything), made at the first call."""
        view = self._views.get((audience, only))
        if view is None:
            view = self._views[audience, only] = View(self.streams[audience], only)
            self._viewers[view] = {}
        return view

    def join(self, viewer: Viewer, view: View, since: int | None) -> None:
        """Take a viewer in: with the messages after `since` where they are known, else with a snapshot."""
        self._viewers[view][viewer] = None
        self._view_of[viewer] = view
        missed = None if since is None else view.missed(since)
        if missed is None:
            self._send(viewer, view.snapshot())
            return
        viewer.seq = view.stream.seq
        frames = [message.frame(viewer.window_bits) for message in missed]
        frames = frames or [self._tick(view).frame(viewer.window_bits)]
        self.counters.frames += len(frames)
        viewer.write(b"".join(frames))

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer. A narrowed view without viewers is forgotten with its frames."""
        self._slow.pop(viewer, None)
        view = self._view_of.pop(viewer, None)
        if view is None:
            return
        viewers = self._viewers[view]
        viewers.pop(viewer, None)
        if not viewers and view.only is not None:
            del self._viewers[view]
            self._views = {key: kept for key, kept in self._views.items() if kept is not view}

    def blocked(self, viewer: Viewer, at: float) -> None:
        """Note that a viewer's write buffer is not empty any more (loop time `at`)."""
        self._slow.setdefault(viewer, _Slow(viewer.unsent(), at, at))

    def drained(self, viewer: Viewer) -> None:
        """Bring a viewer whose write buffer is empty again up to date."""
        view = self._view_of.get(viewer)
        if view is None:
            return
        if viewer.seq != view.stream.seq:
            self.counters.skipped += 1
            self._catch_up(viewer, view)
        if not viewer.blocked_since:
            self._slow.pop(viewer, None)

    def urge(self) -> None:
        """Ask for a patch at once: a stamp or an alert has come."""
        self._urgent.set()

    async def run(self) -> None:
        """Serve the viewers until cancelled."""
        loop = asyncio.get_running_loop()
        quiet_since = dict.fromkeys(self.streams, loop.time())
        swept = loop.time()
        while True:
            started = loop.time()
            await self.tick(quiet_since)
            if started - swept >= 1.0:
                swept = started
                self.sweep(started)
            least = min(max(URGENT_TICK, _PAUSE * (loop.time() - started)), TICK)
            await asyncio.sleep(max(0.0, started + least - loop.time()))
            rest = started + TICK - loop.time()
            if rest > 0:
                try:
                    async with asyncio.timeout(rest):
                        await self._urgent.wait()
                except TimeoutError:
                    pass
            self._urgent.clear()

    async def tick(self, quiet_since: dict[Audience, float]) -> None:
        """Project, release and send what has changed; where nothing has for a while, say so."""
        now = self.now()
        compared = Compared()
        for audience, parts in self.project(now).items():
            self.streams[audience].build(parts, now, compared)
        at = asyncio.get_running_loop().time()
        for audience, stream in self.streams.items():
            patch = stream.release(now)
            if patch is not None:
                quiet_since[audience] = at
                await self._broadcast(audience, patch)
            elif at - quiet_since[audience] >= QUIET:
                quiet_since[audience] = at
                for view in self._views_of(audience):
                    await self._give(view, self._tick(view), view.stream.seq)

    def sweep(self, at: float) -> None:
        """Drop viewers that do not move, that are behind for too long, or whose session has ended."""
        for viewer, slow in list(self._slow.items()):
            unsent = viewer.unsent()
            if unsent != slow.unsent:
                slow.unsent, slow.moved_at = unsent, at
            if at - slow.moved_at >= STUCK or at - slow.since >= BEHIND:
                self.counters.dropped += 1
                self.leave(viewer)
                viewer.close(1013, "too slow")
        for viewer, view in list(self._view_of.items()):
            if view.stream is not self.streams[Audience.PUBLIC] and not viewer.allowed():
                self.leave(viewer)
                viewer.close(1008, "session ended")

    def _views_of(self, audience: Audience) -> list[View]:
        return [view for (whose, _), view in self._views.items() if whose is audience]

    def _tick(self, view: View) -> Message:
        return Message(view.stream.seq, tick_message(view.stream.seq, format_instant(self.now())))

    async def _broadcast(self, audience: Audience, patch: Patch) -> None:
        if self.publish is not None and audience is Audience.PUBLIC:
            view = self.view(audience)
            self.publish("patch", view.message(patch).payload)
        for view in self._views_of(audience):
            await self._give(view, view.message(patch), patch.seq - 1)

    async def _give(self, view: View, message: Message, before: int) -> None:
        """Write a message to the view's viewers; `before` is the number they should be at."""
        viewers = list(self._viewers[view])
        self.counters.messages += 1
        for start in range(0, len(viewers), _SLICE):
            if start:
                await asyncio.sleep(0)
            for viewer in viewers[start : start + _SLICE]:
                if viewer.blocked_since:
                    continue
                if viewer.seq == before:
                    viewer.seq = message.seq
                    viewer.write(message.frame(viewer.window_bits))
                    self.counters.frames += 1
                elif viewer.seq < message.seq and viewer in self._view_of:
                    self._catch_up(viewer, view)

    def _send(self, viewer: Viewer, message: Message) -> None:
        viewer.seq = message.seq
        self.counters.frames += 1
        viewer.write(message.frame(viewer.window_bits))

    def _catch_up(self, viewer: Viewer, view: View) -> None:
        """Send the missed messages, or a snapshot where they are unknown or would be longer than it."""
        snapshot = view.snapshot()
        missed = view.missed(viewer.seq)
        limit = len(snapshot.frame(viewer.window_bits))
        frames: list[bytes] = []
        for message in missed or ():
            frames.append(message.frame(viewer.window_bits))
            limit -= len(frames[-1])
            if limit < 0:
                break
        if missed is None or limit < 0:
            self._send(viewer, snapshot)
            return
        viewer.seq = view.stream.seq
        self.counters.frames += len(frames)
        viewer.write(b"".join(frames))

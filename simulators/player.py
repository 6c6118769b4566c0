"""Plays a drawn rally into a running service: trackers by MQTT, timers on serial ports, people by HTTP.

    rallykeeper simulate FOLDER --data DATA --clock-table FILE [--seed N]

plays into the service that runs on that data folder by that clock. One schedule, one event loop; the
clock is the service's, scaled the same way, so that a rally at sixty times the pace is judged alike.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from devices.link import Incoming, KeptLink, LinkError
from devices.mqtt import MqttLink, client_id
from simulators.clock_checks import clock_checks
from simulators.marshal import entries
from simulators.officials import Officials
from simulators.ports import Ports, port_paths
from simulators.scenario import Scenario, draw
from simulators.timers import Impulse, Mishaps, TimerLine, impulses, lines
from simulators.tracker import Habits, Tracker
from timing.clock import Clock, ScaledClock
from timing.core.instant import MINUTE, SECOND, Duration, Instant
from timing.event_folder import load_event

log = logging.getLogger(__name__)

_SIMULATE = "Play a drawn rally into the service that runs on a data folder."
#: Trackers take turns: each sends about once a real second.
_TURNS = 10
_TURN_S = 0.1
_RETRY_S = 0.05
_INSIST_S = 0.5
#: A tracker is switched on this long before its car is on the road, so that it is there in time.
_AHEAD: Duration = MINUTE


def habits_at(rate: float) -> Habits:
    """Return how often trackers sample at a pace: each second, at a quick pace so that ten a real second."""
    return Habits(interval=max(1, round(rate / 10)) * SECOND)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service is: its broker, its officials' personal links, its data folder."""

    broker: str
    links: Mapping[str, str]
    data: Path

    @classmethod
    def of(cls, data: Path) -> "Place":
        """Read it from the run file of a service that runs on a data folder.

        Raises:
            OSError: there is none: no service runs there.
        """
        told = json.loads((data / "run.json").read_text(encoding="utf-8"))
        if "links" not in told:
            raise OSError(f"no service runs on {data}")
        return cls(broker=told.get("fleet") or told["broker"], links=told["links"], data=data)


@dataclass(slots=True, kw_only=True)
class Player:
    """Plays one scenario into one service.

    `since` leaves out what was sent before an instant: a rally goes on where it was stopped. `sent`
    counts the messages that the broker has taken.
    """

    scenario: Scenario
    place: Place
    clock: Clock
    habits: Habits = field(default_factory=Habits)
    mishaps: Mishaps = field(default_factory=Mishaps)
    since: Instant = 0
    look_every: float = 5.0
    sent: int = 0
    refused: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Play until everything was sent; cancel to stop earlier."""
        event = self.scenario.event
        printed = impulses(self.scenario, self.mishaps)
        link = MqttLink(
            url=self.place.broker,
            client_id=client_id("simulator", event.id),
            routes=(),
            now=self.clock.now,
            name="fleet",
        )
        officials = Officials(self.place.links, self.clock, event, self.look_every)
        self.refused = officials.refused
        kept = asyncio.create_task(KeptLink(link, now=self.clock.now).run(nobody), name="fleet")
        desk = asyncio.create_task(officials.sort_out(printed), name="desk")
        people = [*entries(self.scenario), *clock_checks(self.scenario, printed)]
        people.sort(key=lambda entry: (entry.sent_at, entry.key))
        entered = [entry for entry in people if entry.sent_at >= self.since]
        try:
            with Ports(self.place.data, port_paths(event)) as ports, contextlib.closing(officials):
                async with asyncio.TaskGroup() as playing:
                    playing.create_task(self._trackers(link))
                    playing.create_task(self._timers(ports, printed))
                    playing.create_task(officials.enter(entered))
        finally:
            await ended(kept)
            await ended(desk)

    # trackers --------------------------------------------------------------------------------------

    async def _trackers(self, link: MqttLink) -> None:
        waiting = deque(sorted(self.scenario.drives, key=lambda key: self.scenario.drives[key].begins))
        running: list[Tracker] = []
        turn = 0
        while waiting or running:
            await asyncio.sleep(_TURN_S)
            now = self.clock.now()
            while waiting and self.scenario.drives[waiting[0]].begins <= now + _AHEAD:
                tracker = self._switch_on(*waiting.popleft())
                if tracker is not None:
                    running.append(tracker)
            turn = (turn + 1) % _TURNS
            messages = [
                (tracker.device, message)
                for tracker in running[turn::_TURNS]
                for message in tracker.take(now)
            ]
            await self._publish(link, messages)
            running = [tracker for tracker in running if not tracker.done]

    def _switch_on(self, car: str, leg: int) -> Tracker | None:
        device = self.scenario.event.entries.by_number[car].tracker
        drive = self.scenario.drives[car, leg]
        if not device or drive.ends < self.since:
            return None
        crossings = self.scenario.truth[car].crossings
        controls = self.scenario.event.itinerary.legs[leg].controls
        near = [crossings[control] for control in controls if control in crossings]
        tracker = Tracker(device, drive, near, self.scenario.seed, self.habits)
        tracker.skip(self.since)
        return tracker

    async def _publish(self, link: MqttLink, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish in order for each tracker; without a connection they wait, as in a tracker's own memory."""
        by_device: dict[str, list[bytes]] = {}
        for device, message in messages:
            by_device.setdefault(device, []).append(message)
        await asyncio.gather(*(self._send(link, device, sent) for device, sent in by_device.items()))

    async def _send(self, link: MqttLink, device: str, messages: Iterable[bytes]) -> None:
        topic = f"rally/{self.scenario.event.id}/fix/{device}"
        for message in messages:
            while True:
                try:
                    await link.publish(topic, message)
                except LinkError:
                    await asyncio.sleep(_RETRY_S)
                else:
                    self.sent += 1
                    break

    # timers ----------------------------------------------------------------------------------------

    async def _timers(self, ports: Ports, printed: Iterable[Impulse]) -> None:
        for line in lines(self.scenario, printed):
            if line.sent_at >= self.since:
                await self.clock.sleep_until(line.sent_at)
                await _print(ports, line)


async def _print(ports: Ports, line: TimerLine) -> None:
    """Put a line on the wire; while nobody reads, a real wire would lose it, ours waits."""
    data = line.data[ports.write(line.device, line.data) :]
    if data:
        await asyncio.sleep(_RETRY_S)
        await _print(ports, replace(line, data=data))


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended: a cancellation can get lost in a connection that just opens."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_INSIST_S)


async def nobody(batch: Sequence[Incoming]) -> None:
    """A simulator subscribes to nothing, so nothing is ever delivered."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play a drawn rally into the service that runs on a data folder; return the exit status."""
    parser = argparse.ArgumentParser(prog="rallykeeper simulate", description=_SIMULATE)
    parser.add_argument("folder", type=Path, help="the event folder")
    parser.add_argument(
        "--data", type=Path, help="the service's data folder; data in the event folder if not given"
    )
    parser.add_argument("--clock-table", type=Path, required=True, help="the one the service runs by")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    loaded = load_event(chosen.folder)
    if loaded.event is None:
        print(*loaded.problems, sep="\n", file=sys.stderr)
        return 1
    clock = ScaledClock.load(chosen.clock_table)
    try:
        place = Place.of(chosen.data or chosen.folder / "data")
    except (OSError, ValueError) as error:
        print(f"rallykeeper simulate: {error}", file=sys.stderr)
        return 1
    player = Player(
        scenario=draw(loaded.event, chosen.seed),
        place=place,
        clock=clock,
        habits=habits_at(float(clock.rate)),
        since=clock.now(),
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(player.run())
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Sends an exported journal again as it once arrived: the same bytes, over the same kinds of link.

    python -m simulators.replay JOURNAL.jsonl --event FOLDER --data DATA --clock-table FILE

MQTT messages go to their topics and lines of wired timers to their ports, each when the service's clock
shows the instant at which it once arrived. What people entered, and stamps that the service itself had
made of positions, are left out: the first would be somebody else's word, the others are made anew.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from devices.link import KeptLink, LinkError
from devices.mqtt import MqttLink, client_id
from simulators.player import Place, ended, nobody
from simulators.ports import Ports, port_paths
from timing.clock import Clock, ScaledClock
from timing.core.event import Event
from timing.core.instant import Instant
from timing.event_folder import load_event

_RETRY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What once arrived: when, by which link (`mqtt` or `serial`), on which topic or port, and the bytes."""

    at: Instant
    link: str
    where: str
    data: bytes


def sent_once(lines: Iterable[str]) -> Iterator[Sent]:
    """Yield what devices once sent, out of exported lines; several records of one message are one.

    Raises:
        ValueError: a line is no exported record.
    """
    before: Sent | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            link, _, where = str(fields["origin"]).partition(":")
            raw = (
                base64.b64decode(fields["raw_base64"])
                if "raw_base64" in fields
                else str(fields["raw"]).encode()
            )
            here = Sent(at=int(fields["received_at"]), link=link, where=where, data=raw)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no exported record: {error}") from error
        if link in ("mqtt", "serial") and raw and here != before:
            before = here
            yield here


async def replay(sent: Iterable[Sent], event: Event, place: Place, clock: Clock) -> int:
    """Send everything again at its instant of the clock; return how many messages and lines that were."""
    link = MqttLink(
        url=place.broker, client_id=client_id("replay", event.id), routes=(), now=clock.now, name="replay"
    )
    kept = asyncio.create_task(KeptLink(link, now=clock.now).run(nobody))
    paths = port_paths(event)
    count = 0
    try:
        with Ports(place.data, paths) as ports:
            names = {path.name: device for device, path in paths.items()}
            for item in sent:
                await clock.sleep_until(item.at)
                if item.link == "mqtt":
                    await _publish(link, item)
                elif (device := names.get(Path(item.where).name)) is not None:
                    await _write(ports, device, item.data)
                count += 1
    finally:
        await ended(kept)
    return count


async def _publish(link: MqttLink, item: Sent) -> None:
    while True:
        try:
            await link.publish(item.where, item.data)
        except LinkError:
            await asyncio.sleep(_RETRY_S)
        else:
            return


async def _write(ports: Ports, device: str, data: bytes) -> None:
    left = data[ports.write(device, data) :]
    if left:
        await asyncio.sleep(_RETRY_S)
        await _write(ports, device, left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Send an exported journal to the service that runs on a data folder; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulators.replay", description="Send a journal again.")
    parser.add_argument("journal", type=Path, help="exported lines")
    parser.add_argument("--event", type=Path, required=True, help="the event folder")
    parser.add_argument("--data", type=Path, required=True, help="the service's data folder")
    parser.add_argument("--clock-table", type=Path, required=True, help="the one the service runs by")
    chosen = parser.parse_args(arguments)
    loaded = load_event(chosen.event)
    if loaded.event is None:
        print(*loaded.problems, sep="\n", file=sys.stderr)
        return 1
    clock = ScaledClock.load(chosen.clock_table)
    with contextlib.suppress(KeyboardInterrupt), chosen.journal.open(encoding="utf-8") as lines:
        count = asyncio.run(replay(sent_once(lines), loaded.event, Place.of(chosen.data), clock))
        print(f"{count} sent again")
    return 0


if __name__ == "__main__":
    sys.exit(main())

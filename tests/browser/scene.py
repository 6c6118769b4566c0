"""The first morning of the example event at 10:40: 70 cars, their times over broker and HTTP, their places.

Everything is drawn from a seed, so that each run shows the same board.
"""

import csv
import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.browser.road import Road, Schedule

FIRST_LEG = "1"
RALLY_NOW = "2024-04-21T10:40:00-07:00"
FIRST_START = datetime.fromisoformat("2024-04-21T08:00:00-07:00")
NAME_WITH_HTML = "<img src=x onerror=alert(1)> Casalguidi"
#: The lines of a chain: device, its channels in order, and the target of each test in seconds.
CHAINS = {
    "PC1.0": ("timy-1", ("C0", "C1", "C2", "C3"), (18.00, 22.70, 15.90)),
    "PC4.0": ("timy-2", ("C0", "C1"), (37.80,)),
}
#: Cars that stopped early, and cars that came late to a time control, by minutes.
RETIRED_AFTER = {"23": "TC2", "58": "PK1"}
LATE = {("9", "TC3"): 2, ("27", "TC2"): 1, ("44", "TC2"): 4, ("61", "TC2"): 1}
FIXES = 5


@dataclass
class Scene:
    """Plays the morning into a running service."""

    folder: Path
    told: Mapping[str, Any]
    marshal: httpx.Client
    chance: random.Random = field(default_factory=lambda: random.Random(1927))
    schedule: Schedule = field(init=False)

    def __post_init__(self) -> None:
        self.schedule = Schedule.read(self.folder / "itinerary.csv", FIRST_LEG)

    def play(self) -> None:
        """Send every stamp and position, and wait until the service has taken them all."""
        with (self.folder / "entries.csv").open(encoding="utf-8", newline="") as file:
            entries = list(csv.DictReader(file))
        crews = [entry for entry in entries if entry["class"] != "course"]
        starts = {row["car_number"]: FIRST_START + timedelta(minutes=i) for i, row in enumerate(crews)}
        trackers = {row["car_number"]: row["tracker"] for row in crews}
        self._publish([*self._tests(starts), *self._fixes(starts, trackers)])
        with ThreadPoolExecutor(6) as senders:
            for answer in senders.map(self._post, self._check_ins(starts)):
                answer.raise_for_status()

    def _check_ins(self, starts: Mapping[str, datetime]) -> Iterator[tuple[str, str, datetime]]:
        for car, start in starts.items():
            for control, minutes in self.schedule.minutes.items():
                late = LATE.get((car, control), 0)
                at = start + timedelta(minutes=minutes + late, seconds=self.chance.randint(2, 50))
                if control not in self.schedule.timed and self._reached(car, control, at):
                    yield control, car, at

    def _post(self, check_in: tuple[str, str, datetime]) -> httpx.Response:
        control, car, at = check_in
        body = {"idempotency_key": f"scene-{control}-{car}", "at": _utc(at), "car": car}
        return self.marshal.post(f"/api/controls/{control}/stamps", json=body)

    def _tests(self, starts: Mapping[str, datetime]) -> Iterator[tuple[str, dict[str, Any]]]:
        numbers = itertools.count(1)
        skill = {car: self.chance.uniform(0.015, 0.12) for car in starts}
        for control, minutes in self.schedule.minutes.items():
            if control not in CHAINS:
                continue
            device, channels, targets = CHAINS[control]
            for car, start in starts.items():
                at = start + timedelta(minutes=minutes, milliseconds=self.chance.randint(0, 30_000))
                if not self._reached(car, control, at):
                    continue
                for channel, target in zip(channels, (*targets, 0.0), strict=True):
                    yield (
                        f"stamp/{device}",
                        {
                            "at": _utc(at),
                            "channel": channel,
                            "boot": 1,
                            "n": next(numbers),
                            "car": car,
                            "resolution": 0.0001,
                        },
                    )
                    at += timedelta(seconds=target + self.chance.gauss(0, skill[car]))

    def _fixes(
        self, starts: Mapping[str, datetime], trackers: Mapping[str, str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        road = Road.read(self.folder / "route" / f"leg-{FIRST_LEG}.gpx")
        now = datetime.fromisoformat(RALLY_NOW)
        for car, start in starts.items():
            if car in RETIRED_AFTER:
                continue
            for i in range(FIXES):
                at = now - timedelta(seconds=2 * (FIXES - i))
                lat, lon = road.at(self.schedule.km_at((at - start).total_seconds() / 60))
                fix = {"at": _utc(at), "lat": lat, "lon": lon, "acc": 3.0, "batt": 88, "boot": 1, "n": i}
                yield f"fix/{trackers[car]}", fix

    def _reached(self, car: str, control: str, at: datetime) -> bool:
        order = list(self.schedule.minutes)
        last = RETIRED_AFTER.get(car)
        gone = last is not None and order.index(control) > order.index(last)
        return not gone and at < datetime.fromisoformat(RALLY_NOW)

    def _publish(self, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        where = urlsplit(str(self.told["fleet"]))
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="scene")
        client.username_pw_set(where.username, where.password)
        client.connect(str(where.hostname), int(where.port or 1883))
        client.loop_start()
        try:
            for topic, message in messages:
                sent = client.publish(f"rally/{self.told['rally']}/{topic}", json.dumps(message), qos=1)
                sent.wait_for_publish(10)
        finally:
            client.disconnect()
            client.loop_stop()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

"""What 70 cars and their timers say on a road, 500 readings a second, the same each time it is asked for."""

import itertools
import json
from bisect import bisect_right
from collections.abc import Iterable
from math import cos, hypot, radians

from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, SECOND, Instant, format_instant

TICK = SECOND // 50
#: So many readings of each kind in a tick, with the repetitions about 550 a second.
FIXES = 8
_SPEED_M_S = 25.0
#: Every tenth message is sent once more, this many ticks later.
_AGAIN_AFTER = 40
_QUEUE = 5

Message = tuple[str, bytes]


class Traffic:
    """The readings of an event's first leg from `began` on; `tick(i)` is a pure function of its number.

    Every seventh tracker is a phone that sends its positions in arrays. Stamps come from the event's
    timers, some by themselves, some as lines a gateway read. `records` and `fixes` collect what must be
    in the journal once, by what identifies it for the sender. `cars` are (number, tracker), `lines` the
    (timer, channel) that stand somewhere on the leg.
    """

    def __init__(self, event: Event, began: Instant) -> None:
        self._event = event
        self._began = began
        entries = [entry for entry in event.entries.by_number.values() if entry.tracker]
        self.cars = [(entry.car_number, entry.tracker) for entry in entries[:70]]
        self._points = list(event.routes[1])
        self._along = [0.0, *itertools.accumulate(_metres(a, b) for a, b in itertools.pairwise(self._points))]
        self.lines = sorted(
            (device.id, assignment.channel)
            for device in event.devices.values()
            for assignment in device.assignments
            if (assignment.since or began) <= began < (assignment.until or began + HOUR)
        )
        self.fixes: set[tuple[str, Instant]] = set()
        self.records: set[str] = set()
        self.sent: list[list[Message]] = []

    def tick(self) -> list[Message]:
        """Return the next tick's messages, with the repetitions that fall into it."""
        i = len(self.sent)
        now = self._began + i * TICK
        own = [*self._fixes_of(i, now), self._stamp(i, now)]
        if i % 2 == 0:
            own.append(self._heartbeat(i, now))
        if i % 100 == 7:
            own.append(self._alert(i, now))
        earlier = self.sent[i - _AGAIN_AFTER] if i >= _AGAIN_AFTER else []
        self.sent.append(own)
        return own + [message for n, message in enumerate(earlier) if (i + n) % 10 == 0]

    def _fixes_of(self, i: int, now: Instant) -> Iterable[Message]:
        for n in range(i * FIXES, (i + 1) * FIXES):
            turn, k = divmod(n, len(self.cars))
            _, tracker = self.cars[k]
            is_phone = k % 7 == 0
            if is_phone and turn % _QUEUE != _QUEUE - 1:
                continue
            step = len(self.cars) * TICK // FIXES
            turns = range(turn - _QUEUE + 1, turn + 1) if is_phone else (turn,)
            instants = [now - (turn - t) * step for t in turns]
            self.fixes.update((tracker, at) for at in instants)
            fixes = [self._fix(k, t, at) for t, at in zip(turns, instants, strict=True)]
            yield self._message("fix", tracker, fixes if is_phone else fixes[0])

    def _fix(self, k: int, turn: int, at: Instant) -> dict[str, object]:
        driven = 300.0 + k * 1_400.0 + _SPEED_M_S * (at - self._began) / SECOND
        lat, lon = self.place(driven)
        return {
            "at": format_instant(at), "lat": round(lat, 7), "lon": round(lon, 7), "speed": _SPEED_M_S,
            "batt": 90, "boot": 1, "n": turn,
        }  # fmt: skip

    def place(self, driven: float) -> tuple[float, float]:
        """Return where the road is so many metres behind its start."""
        at = min(bisect_right(self._along, driven), len(self._points) - 1)
        (lat1, lon1), (lat2, lon2) = self._points[at - 1], self._points[at]
        part = (driven - self._along[at - 1]) / max(self._along[at] - self._along[at - 1], 0.1)
        return lat1 + (lat2 - lat1) * part, lon1 + (lon2 - lon1) * part

    def _stamp(self, i: int, now: Instant) -> Message:
        device, channel = self.lines[i % len(self.lines)]
        car, _ = self.cars[i // len(self.lines) % len(self.cars)]
        if i % 5 == 0:
            return self._line_of_a_timer(i, now, device, channel, car)
        self.records.add(f"S/{device}/1/{i}")
        at = now + i % 7 * 100
        return self._message(
            "stamp", device, {"at": format_instant(at), "channel": channel, "car": car, "boot": 1, "n": i}
        )

    def _line_of_a_timer(self, i: int, now: Instant, device: str, channel: str, car: str) -> Message:
        clock = (now + self._event.time.offset) % (24 * HOUR)
        at = now - now % 100
        text = (
            f" {int(car):04d} {channel}  {clock // HOUR:02d}:{clock % HOUR // MINUTE:02d}"
            f":{clock % MINUTE // SECOND:02d}.{clock % SECOND // 100:04d} 00\r"
        )
        self.records.add(f"S/{device}/{channel}/{at}/{int(car) or ''}")
        told = {"boot": 2, "n": i, "read_at": format_instant(now), "hex": text.encode().hex()}
        return self._message("raw", device, told)

    def _heartbeat(self, i: int, now: Instant) -> Message:
        _, tracker = self.cars[i // 2 % len(self.cars)]
        self.records.add(f"H/{tracker}/1/{i}")
        told = {"at": format_instant(now), "batt": 90, "link": "lte", "spool": 0, "boot": 1, "n": i}
        return self._message("heartbeat", tracker, told)

    def _alert(self, i: int, now: Instant) -> Message:
        car, tracker = self.cars[i % len(self.cars)]
        self.records.add(f"A/{tracker}/1/{i}")
        told = {"at": format_instant(now), "kind": "OK", "car": car, "boot": 1, "n": i}
        return self._message("alert", tracker, told)

    def _message(self, kind: str, device: str, told: object) -> Message:
        return f"rally/{self._event.id}/{kind}/{device}", json.dumps(told).encode()


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = (other[0] - one[0]) * 111_195.0
    east = (other[1] - one[1]) * 111_195.0 * cos(radians(one[0]))
    return hypot(north, east)

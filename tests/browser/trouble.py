"""Six cars on the first tests of the example event, and what goes wrong there on a usual morning.

- the beam at PC1.1 answers a dog, five seconds behind car 2
- car 3's number is typed as 8, a car that has not started
- the observer's button at PC2.1 is 1.2 s away from the beam for car 4
- the beam at PC3.1 misses car 5
- car 6 is written down twice at TC2, three minutes apart
"""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.browser.conftest import Service

START = datetime.fromisoformat("2024-04-21T08:00:00-07:00")
TO_TC2, TO_TEST, TO_TC3 = timedelta(minutes=65), timedelta(minutes=85), timedelta(minutes=129)
#: Each test's own time after the line before it, in ms, by car.
DRIVEN = {
    "1": (18_020, 22_690, 15_900),
    "2": (17_960, 22_720, 15_880),
    "3": (18_110, 22_650, 16_000),
    "4": (18_000, 22_810, 15_930),
    "5": (18_340, 22_500, 15_700),
    "6": (17_870, 22_770, 15_960),
}
DOG_BEHIND = timedelta(seconds=5)


def at_test(car: str) -> datetime:
    """Return when a car crosses the first test line."""
    return START + timedelta(minutes=int(car) - 1) + TO_TEST


def trouble(service: Service, misread: str = "8") -> None:
    """Send the morning into a running service; return when it is all recorded.

    `misread` is the number that the timer sends for car 3 at PC1.1.
    """
    _check_ins(service)
    _send(service, _passings(misread))
    with service.signed_in("timekeeper") as desk:
        at = at_test("4") + timedelta(milliseconds=sum(DRIVEN["4"][:2]) + 1_200)
        hand = {"idempotency_key": "hand-button-4", "at": utc(at), "car": "4", "kind": "H"}
        desk.post("/api/controls/PC2.1/stamps", json=hand).raise_for_status()


def _check_ins(service: Service) -> None:
    with service.signed_in("marshal") as marshal:
        for car in DRIVEN:
            leave = START + timedelta(minutes=int(car) - 1)
            for control, at in (("TC1", leave), ("TC2", leave + TO_TC2), ("TC3", leave + TO_TC3)):
                _written(marshal, control, car, at + timedelta(seconds=20), "1")
        late = START + timedelta(minutes=5) + TO_TC2 + timedelta(minutes=3, seconds=10)
        _written(marshal, "TC2", "6", late, "2")


def _written(marshal: Any, control: str, car: str, at: datetime, which: str) -> None:
    body = {"idempotency_key": f"trouble-{control}-{car}-{which}", "at": utc(at), "car": car}
    marshal.post(f"/api/controls/{control}/stamps", json=body).raise_for_status()


def _passings(misread: str) -> list[dict[str, Any]]:
    numbers = itertools.count(50_001)
    sent: list[dict[str, Any]] = []
    for car, times in DRIVEN.items():
        at = at_test(car)
        for channel, took in zip(("C0", "C1", "C2", "C3"), (0, *times), strict=True):
            at += timedelta(milliseconds=took)
            number = misread if (car, channel) == ("3", "C1") else car
            if (car, channel) != ("5", "C3"):
                sent.append(_stamp(channel, at, next(numbers), number))
            if (car, channel) == ("2", "C1"):
                sent.append(_stamp(channel, at + DOG_BEHIND, next(numbers), None))
    return sent


def _stamp(channel: str, at: datetime, n: int, car: str | None) -> dict[str, Any]:
    stamp = {"at": utc(at), "channel": channel, "boot": 9, "n": n, "resolution": 0.0001}
    return stamp if car is None else {**stamp, "car": car}


def _send(service: Service, stamps: list[dict[str, Any]]) -> None:
    where = urlsplit(str(service.told["fleet"]))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="trouble")
    client.username_pw_set(where.username, where.password)
    client.connect(str(where.hostname), int(where.port or 1883))
    client.loop_start()
    try:
        for stamp in stamps:
            topic = f"rally/{service.told['rally']}/stamp/timy-1"
            client.publish(topic, json.dumps(stamp), qos=1).wait_for_publish(10)
    finally:
        client.disconnect()
        client.loop_stop()


def utc(at: datetime) -> str:
    """Return an instant as the service reads it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

"""The first stage of the night: two cars in, one between split and finish, one fined, one late, one out."""

import itertools
from datetime import UTC, datetime, timedelta

from tests.browser.conftest import Service

NOW = "2026-10-24T22:26:00+02:00"
FIRST = datetime.fromisoformat("2026-10-24T22:00:00+02:00")
#: Each car's seconds at the split and at the finish; a car without a finish is on the stage.
DRIVEN = {"1": (190.0, 430.0), "2": (193.0, 432.3), "3": (196.4, None)}
CHECK_IN, START = timedelta(minutes=8, seconds=10), timedelta(minutes=11)
INTERVAL = timedelta(minutes=2)


def play(service: Service) -> None:
    """Send the times of the marshals, and rule on the cars that are late or out."""
    numbers = itertools.count()
    with service.signed_in("marshal") as marshal:

        def stamp(control: str, car: str, at: datetime) -> None:
            body = {"idempotency_key": f"night-{next(numbers):04}", "at": utc(at), "car": car}
            marshal.post(f"/api/controls/{control}/stamps", json=body).raise_for_status()

        for place, (car, (split, finish)) in enumerate(DRIVEN.items()):
            due = FIRST + place * INTERVAL
            stamp("TC0", car, due)
            stamp("TC1", car, due + CHECK_IN + (timedelta(minutes=2) if car == "2" else timedelta()))
            stamp("SS1.START", car, due + START)
            stamp("SS1.SPLIT", car, due + START + timedelta(seconds=split))
            if finish is not None:
                stamp("SS1.FF", car, due + START + timedelta(seconds=finish))
        stamp("TC0", "5", FIRST + 4 * INTERVAL)
    with service.signed_in("clerk") as clerk:
        for act, text in (
            ({"type": "Retire", "car": "5", "control": "TC1", "cause": "gearbox"}, "told by the crew"),
            ({"type": "Penalise", "car": "1", "rule": "Baulking", "time": "0:10"}, "car 2 was held up"),
        ):
            clerk.post("/api/decisions", json={"act": act, "text": text}).raise_for_status()


def utc(at: datetime) -> str:
    """Return an instant as the interfaces take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

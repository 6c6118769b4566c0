"""What the people of a simulated rally send, and when they rule: against a page that only listens."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from simulators.marshal import Entered, Entry, GivenUp
from simulators.officials import Officials
from simulators.timers import Impulse
from timing.clock import SteppedClock
from timing.core.instant import MINUTE, SECOND, format_instant
from timing.event_folder import load_event

EVENT = Path(__file__).resolve().parents[2] / "simulators" / "events" / "night-stages"
NOON = 1_792_872_000 * SECOND


class Pages:
    """A service's pages as far as officials need them: remembers what was posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []
        self.live: dict[str, Any] = {"state": {"controls": {}}}
        self.records: list[dict[str, Any]] = []
        self.busy = 0


@contextmanager
def pages() -> Iterator[tuple[Pages, dict[str, str]]]:
    told = Pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, body: object) -> None:
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.send_header("Set-Cookie", "rallykeeper_session=s; Path=/; HttpOnly")
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            answer = told.live
            if self.path.startswith("/api/journal"):
                after = int(self.path.partition("after=")[2].partition("&")[0])
                answer = {"records": told.records[after:], "next": len(told.records)}
            self._answer(200, answer)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/api/session":
                if told.busy > 0:
                    told.busy -= 1
                    self._answer(503, {"title": "later"})
                    return
                told.posted.append((self.path, body))
            self._answer(200 if self.path == "/api/session" else 201, {})

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    url = f"http://127.0.0.1:{server.server_port}/l/token"
    try:
        yield told, dict.fromkeys(("marshal", "clerk", "timekeeper"), url)
    finally:
        server.shutdown()
        server.server_close()


def people(links: dict[str, str], clock: SteppedClock) -> Officials:
    event = load_event(EVENT).event
    assert event is not None
    return Officials(links, clock, event)


def impulse(at: int, car: str | None, number: int = 0) -> Impulse:
    return Impulse(
        sent_at=at, device="finish-1a", control="SS1.FF", channel="C1", at=at, car=car, number=number
    )


def row(at: int, car: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {"device": "finish-1a", "at": format_instant(at), "disposition": "RAW"}
    return said if car is None else {**said, "car": car}


async def test_an_entry_is_sent_again_until_the_service_takes_it() -> None:
    clock = SteppedClock(NOON)
    sent: list[Entry] = [
        Entered(sent_at=NOON, control="TC1", car="7", at=NOON - SECOND),
        GivenUp(sent_at=NOON, car="9", control="SS1.FF"),
    ]
    with pages() as (told, links):
        told.busy = 1
        officials = people(links, clock)
        await officials.enter(sent)
        officials.close()
    assert sorted(path for path, _ in told.posted) == ["/api/controls/TC1/stamps", "/api/decisions"]
    assert not officials.refused


async def test_a_stamp_without_a_car_gets_its_car_and_a_foot_is_called_spurious_but_not_at_once() -> None:
    clock = SteppedClock(NOON)
    truth = {("finish-1a", NOON): impulse(NOON, "7"), ("finish-1a", NOON + SECOND): impulse(NOON, None)}
    with pages() as (told, links):
        told.live["state"]["controls"]["SS1.FF"] = {
            "stamps": {"k1": row(NOON, None), "k2": row(NOON + SECOND, "12")}
        }
        officials = people(links, clock)
        assert await officials.look(truth) == 0
        clock.advance(3 * MINUTE)
        assert await officials.look(truth) == 2
        assert await officials.look(truth) == 0
        officials.close()
    acts = [body["act"] for _, body in told.posted]
    assert {"type": "AssignCar", "stamp": "k1", "car": "7"} in acts
    assert {"type": "MarkSpurious", "stamp": "k2"} in acts


async def test_a_wrong_number_is_put_right_even_when_its_stamp_is_shown_no_more() -> None:
    clock = SteppedClock(NOON + 3 * MINUTE)
    truth = {("finish-1a", NOON): impulse(NOON, "7", number=8)}
    with pages() as (told, links):
        told.records.append(
            {
                "key": "k1",
                "origin": "serial:ports/finish-1a",
                "body": {"kind": "stamp", "body": {"device": "finish-1a", "at": NOON}},
            }
        )
        officials = people(links, clock)
        assert await officials.look(truth) == 1
        assert await officials.look(truth) == 0
        officials.close()
    assert told.posted[0][1]["act"] == {"type": "AssignCar", "stamp": "k1", "car": "7"}
    assert told.posted[0][1]["reason"] == "WRONG_NUMBER"

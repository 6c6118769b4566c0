"""What the pages may cost a phone, measured by Chromium itself and printed: `pytest -s` shows the figures.

The machine that measures may have others to serve: a measurement over its budget is taken once more, and says
nothing of the page where more programs want a processor than there are.
"""

import json
import os
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, WebSocketRoute, expect

from tests.browser.conftest import Service
from tests.browser.marshal_phone import PHONE, Contexts

ROWS = "table.standings tbody tr"
FIRST_VIEW_S, FIRST_VIEW_BYTES = 2.0, 150_000
BUSY_AT_MOST = 0.30
CARS = 400
#: A phone on a bad day: 400 ms there and back, 1.6 Mbit/s, a quarter of this processor.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
#: When the rows in sight were painted, in ms after the page was asked for: by the browser's own record of the
#: fourth (Element Timing), which is the last that this screen shows whole.
PAINTED = """(() => {
  globalThis.painted = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) globalThis.painted ||= one.renderTime;
  }).observe({ type: "element", buffered: true });
  new MutationObserver(() => {
    const cell = document.querySelector("table.standings tbody tr:nth-child(4) .driver");
    if (cell !== null && !cell.hasAttribute("elementtiming")) cell.setAttribute("elementtiming", "row");
  }).observe(document, { childList: true, subtree: true });
})()"""


def twice(measure: Callable[[], tuple[bool, str]]) -> None:
    """Take a measurement, once more where it is over its budget, and print it."""
    for _ in range(2):
        kept, said = measure()
        print(f"\n  {said}", end="")
        if kept:
            return
    waiting, processors = os.getloadavg()[0], os.cpu_count() or 1
    if waiting > 1.5 * processors:
        pytest.skip(f"{said}; measured while {waiting:.0f} programs wanted {processors} processors")
    pytest.fail(said)


def test_the_first_rows_are_there_within_two_seconds_on_a_slow_phone(
    service: Service, contexts: Contexts
) -> None:
    def measure() -> tuple[bool, str]:
        context = contexts(**PHONE)
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        sent: dict[str, float] = {}
        cdp.send("Network.enable")
        cdp.on(
            "Network.loadingFinished", lambda one: sent.update({one["requestId"]: one["encodedDataLength"]})
        )
        cdp.on("Network.webSocketFrameReceived", lambda one: sent.update(_frame(one)))
        cdp.send("Network.emulateNetworkConditions", SLOW)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.add_init_script(PAINTED)
        page.goto(service.url, wait_until="commit")
        # Not by `expect`: each of its looks describes the whole page to itself, a tenth of a second of the
        # very processor that is measured.
        page.wait_for_function("() => globalThis.painted > 0", timeout=20_000)
        expect(page.locator(ROWS).nth(4)).to_be_visible()
        page.wait_for_timeout(500)
        seconds, total = page.evaluate("globalThis.painted") / 1000, sum(sent.values())
        context.close()
        said = f"first view on a slow phone: {seconds:.2f} s, {total / 1000:.0f} kB in {len(sent)} answers"
        assert total <= FIRST_VIEW_BYTES, said  # whatever else the machine does
        return 0 < seconds <= FIRST_VIEW_S, said

    twice(measure)


def _frame(one: dict[str, Any]) -> dict[str, float]:
    return {
        f"frame {one['timestamp']}": len(one["response"]["payloadData"]) / 4
    }  # JSON deflates to a quarter


class Crowd:
    """Puts a board of four hundred cars before a page, and moves all of them with each tick."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = crowded(state)
        self.seq = 1
        self.route: WebSocketRoute | None = None

    def join(self, page: Page) -> None:
        page.route_web_socket(re.compile("/live"), self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self.route = route
        route.on_message(lambda _: None)
        now = self.state["rally"].get("now", "2024-04-21T17:40:00Z")
        route.send(json.dumps({"type": "snapshot", "seq": self.seq, "at": now, "state": self.state}))

    def tick(self) -> None:
        """All cars move on, as a stream of 1 Hz tells it; one total changes."""
        assert self.route is not None
        self.seq += 1
        cars = {
            car: {
                "km": round(10 + (self.seq * 0.02 + i * 0.11) % 300, 3),
                "lat": 33 + self.seq * 1e-5,
                "lon": -117 - i * 1e-3,
            }
            for i, car in enumerate(self.state["cars"])
        }
        at = f"2024-04-21T{17 + self.seq // 3600 % 6:02}:{self.seq // 60 % 60:02}:{self.seq % 60:02}Z"
        self.route.send(json.dumps({"type": "patch", "seq": self.seq, "at": at, "patch": {"cars": cars}}))


def crowded(state: dict[str, Any]) -> dict[str, Any]:
    """Return a live state with four hundred cars, made of the seventy that there are."""
    cars, rows = state["cars"], state["standings"]["overall"]
    models = [car for car in cars if car in rows]
    for i in range(CARS - len(models)):
        model, number = models[i % len(models)], str(200 + i)
        cars[number] = {**cars[model], "order": 1000 + i, "lat": 33.0, "lon": -117.0, "km": 10.0}
        rows[number] = {**rows[model], "order": 1000 + i}
    return state


def busy(cdp: CDPSession) -> float:
    """Return how many seconds the page's own thread has worked."""
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def heap(cdp: CDPSession) -> float:
    """Return the page's live memory in MB, garbage taken out."""
    cdp.send("HeapProfiler.collectGarbage")
    return float(cdp.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def crowd_before(service: Service, contexts: Contexts) -> tuple[Page, CDPSession, Crowd]:
    context = contexts(**PHONE)
    page = context.new_page()
    with service.signed_in("clerk") as clerk:
        crowd = Crowd(clerk.get("/api/live?audience=public").json()["state"])
    crowd.join(page)
    page.route("**/api/live", lambda route: route.abort())  # the first document comes by the stream
    page.goto(service.url)
    expect(page.locator(ROWS).nth(len(crowd.state["standings"]["overall"]) - 1)).to_be_attached(
        timeout=20_000
    )
    cdp = context.new_cdp_session(page)
    cdp.send("Performance.enable")
    return page, cdp, crowd


def test_four_hundred_cars_at_one_hertz_leave_the_phone_its_processor(
    service: Service, contexts: Contexts
) -> None:
    def measure() -> tuple[bool, str]:
        page, cdp, crowd = crowd_before(service, contexts)
        for _ in range(3):
            crowd.tick()
            page.wait_for_timeout(1_000)
        before, began = busy(cdp), time.monotonic()
        for _ in range(60):
            crowd.tick()
            page.wait_for_timeout(980)
        share = (busy(cdp) - before) / (time.monotonic() - began)
        page.context.close()
        return share <= BUSY_AT_MOST, f"{CARS} cars at 1 Hz for a minute: {share:.1%} of one core"

    twice(measure)


def _grows(service: Service, contexts: Contexts, ticks: int) -> None:
    page, cdp, crowd = crowd_before(service, contexts)
    seen: list[float] = []
    for part in range(4):
        for _ in range(ticks // 4):
            crowd.tick()
            page.wait_for_timeout(25)
        page.wait_for_timeout(500)
        if part > 0:  # the first quarter fills what is kept anyway
            seen.append(heap(cdp))
    said = f"{ticks} ticks of {CARS} cars: memory {', '.join(f'{one:.1f}' for one in seen)} MB"
    print(f"\n  {said}", end="")
    assert seen[-1] - seen[0] < max(1.5, 0.1 * seen[0]), said
    assert page.evaluate("window.rallykeeper.held().seq") == crowd.seq, "the page has followed all of it"


def test_memory_stays_flat_for_minutes(service: Service, contexts: Contexts) -> None:
    _grows(service, contexts, 400)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_memory_stays_flat_for_an_hour(service: Service, contexts: Contexts) -> None:
    _grows(service, contexts, 3_600)

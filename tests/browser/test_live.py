"""A board that loses the service says so, stands still, and afterwards holds what a fresh one holds."""

import json
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Open, Service

STALE_WITHIN_MS = 3_000
BACK_WITHIN_MS = 20_000


def held(page: Page) -> dict[str, Any]:
    """Return what a page holds of the live stream: number, instant, state."""
    return dict(page.evaluate("window.rallykeeper.held()"))


def expect_equal_to_fresh(page: Page, fresh: Page) -> None:
    """Compare two pages' states in canonical form once both hold the same number."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        old, new = held(page), held(fresh)
        if old["seq"] == new["seq"]:
            assert json.dumps(old["state"], sort_keys=True) == json.dumps(new["state"], sort_keys=True)
            return
        page.wait_for_timeout(20)
    raise AssertionError("the two pages never held the same number")


def penalise(service: Service, car: str, points: str) -> None:
    """Make something happen that every board shows."""
    act = {"type": "Penalise", "car": car, "rule": "CLERK", "points": points}
    with service.signed_in("clerk") as clerk:
        clerk.post("/api/decisions", json={"act": act, "text": "test"}).raise_for_status()


def penalty_of(page: Page, car: str) -> int:
    """Return the penalties that the board shows for a car."""
    return int(Decimal(page.locator(f'tr[data-car="{car}"] td.pen').inner_text() or 0))


def expect_penalty(page: Page, car: str, points: int, within_ms: float = BACK_WITHIN_MS) -> None:
    """Wait until the board shows that many points."""
    expect(page.locator(f'tr[data-car="{car}"] td.pen')).to_have_text(f"{points}.00", timeout=within_ms)


def start(service: Service, *cars: str) -> None:
    """Check cars in at the first control, so that they have a total."""
    with service.signed_in("marshal") as marshal:
        for car in cars:
            body = {"idempotency_key": f"start-{car}", "at": "2024-04-21T15:20:00Z", "car": car}
            marshal.post("/api/controls/TC1/stamps", json=body).raise_for_status()


def test_a_stopped_service_shows_at_once_and_the_board_recovers_by_itself(
    own_service: Service, open_page: Open
) -> None:
    start(own_service, "10", "11")
    page = open_page(own_service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    own_service.stop()
    expect(page.locator(".banner")).to_contain_text("Connection lost", timeout=STALE_WITHIN_MS)
    expect(page.locator("html")).to_have_class(re.compile(r"\bstale\b"))
    expect(page.locator('tr[data-car="10"] .age')).to_contain_text("old")
    stood = page.locator(".clock-time").inner_text()
    page.wait_for_timeout(1_500)  # the clock must not move in a time in which it would have
    assert page.locator(".clock-time").inner_text() == stood

    own_service.start()
    expect(page.locator(".link")).to_contain_text("Live", timeout=BACK_WITHIN_MS)
    expect(page.locator(".banner")).to_have_count(0)
    before = penalty_of(page, "10")
    penalise(own_service, "10", "7")
    expect_penalty(page, "10", before + 7, 3_000)
    expect_equal_to_fresh(page, open_page(own_service.url))


def test_a_silent_service_is_noticed_though_the_connection_stands(
    own_service: Service, open_page: Open
) -> None:
    silent: list[bool] = []

    def pass_on(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if silent else route.send(message))

    page = open_page("about:blank")
    page.route_web_socket(re.compile("/live"), pass_on)
    page.goto(own_service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    silent.append(True)
    # Nothing moves in this rally: the service speaks every 5 s, so that 7 s of silence are too long.
    expect(page.locator(".banner")).to_be_visible(timeout=9_000)


def test_a_page_cut_off_resumes_where_it_was_and_equals_a_fresh_one(
    own_service: Service, open_page: Open
) -> None:
    start(own_service, "10", "11", "12")
    addresses: list[str] = []
    cut: list[Callable[[], None]] = []

    def pass_on(route: WebSocketRoute) -> None:
        addresses.append(route.url)
        route.connect_to_server()
        cut.append(route.close)

    page = open_page("about:blank")
    page.route_web_socket(re.compile("/live"), pass_on)
    page.goto(own_service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    before, eleven, twelve = held(page)["seq"], penalty_of(page, "11"), penalty_of(page, "12")
    for points in ("1", "2", "3"):
        penalise(own_service, "11", points)
    expect_penalty(page, "11", eleven + 6)
    seen = held(page)["seq"]
    assert seen > before
    cut[-1]()
    penalise(own_service, "12", "9")
    expect_penalty(page, "12", twelve + 9)
    since = [int(found[1]) for url in addresses[1:] if (found := re.search(r"since=(\d+)", url))]
    assert since
    assert since[0] >= seen
    expect_equal_to_fresh(page, open_page(own_service.url))


def test_a_lost_message_is_found_by_its_number_and_made_good(own_service: Service, open_page: Open) -> None:
    start(own_service, "10", "11")
    lost: list[str | bytes] = []

    def lose_one_patch(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def deliver(message: str | bytes) -> None:
            if not lost and b'"type":"patch"' in _bytes(message) and b'"10"' in _bytes(message):
                lost.append(message)
            else:
                route.send(message)

        server.on_message(deliver)

    page = open_page("about:blank")
    page.route_web_socket(re.compile("/live"), lose_one_patch)
    page.goto(own_service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    ten, eleven = penalty_of(page, "10"), penalty_of(page, "11")
    penalise(own_service, "10", "5")
    penalise(own_service, "11", "6")
    expect_penalty(page, "11", eleven + 6)
    expect_penalty(page, "10", ten + 5)
    assert len(lost) == 1
    expect_equal_to_fresh(page, open_page(own_service.url))


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def test_what_a_page_holds_is_what_the_service_tells_over_http(service: Service, open_page: Open) -> None:
    page = open_page(service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        told, mine = httpx.get(service.url + "/api/live").json(), held(page)
        if told["seq"] == mine["seq"]:
            assert told["state"] == mine["state"]
            return
    raise AssertionError("page and service never had the same number")

"""The page of the devices in front of a running service: what needs a look, a gateway's day, a gate moved."""

import json
import re
import time
from typing import Any

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched

BOOT = 1_780_758_000
#: The scene's morning, by which the service's clock goes.
DAY = "2024-04-22"


def publish(service: Service, *messages: tuple[str, dict[str, Any]]) -> None:
    """Send messages as devices do, and wait until the service has taken them."""
    place = re.fullmatch(r"mqtt://([^:]+):([^@]+)@([^:]+):(\d+)", service.told["fleet"])
    assert place is not None
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="devices-test")
    client.username_pw_set(place[1], place[2])
    client.connect(place[3], int(place[4]))
    client.loop_start()
    sent = [
        client.publish(f"rally/{service.told['rally']}/{topic}", json.dumps(body), qos=1)
        for topic, body in messages
    ]
    for one in sent:
        one.wait_for_publish(10)
    client.loop_stop()
    client.disconnect()


def gateway_day(service: Service, device: str, now: str) -> None:
    happened = [
        {"boot": BOOT, "n": n, "at": f"{DAY}T{clock}Z", "kind": kind, "detail": detail}
        for n, (clock, kind, detail) in enumerate(
            (
                ("13:02:11", "started", ""),
                ("14:20:40", "network_out", "connection lost"),
                ("14:31:05", "cable_out", "device reports readiness to read but returned no data"),
                ("14:31:52", "cable_in", ""),
                ("15:05:00", "power_cut", ""),
                ("15:06:30", "clock_set", "+10800.012 s"),
                ("15:20:00", "network_in", ""),
            )
        )
    ]
    lines = [
        (f"raw/{device}", {"boot": BOOT, "n": n, "line": n, "read_at": now, "hex": "6e303031300d"})
        for n in (1, 2, 3, 7, 8)
    ]
    beat = {"at": now, "link": "line up", "spool": 12, "lines": 8, "boot": BOOT, "n": 30, "batt": 14}
    publish(service, *lines, (f"heartbeat/{device}", {**beat, "happened": happened}))


def until(service: Service, holds: Any) -> Any:
    with service.signed_in("timekeeper") as client:
        for _ in range(200):
            told = client.get("/api/devices").json()
            if holds(told):
                return told
            time.sleep(0.05)
    raise AssertionError("did not come to that")


def a_timer(service: Service) -> tuple[str, str]:
    """A timing device of the event, and the service's time."""
    # Its wired timers are nowhere here; all else is ready.
    told = until(service, lambda told: all(one.startswith("serial:") for one in told["lacking"]))
    device = next(name for name, row in told["devices"].items() if row["lines"])
    return device, told["at"]


def test_what_needs_a_look_is_first_and_a_gateways_day_is_told_in_full(
    own_service: Service, open_page: Open, watched: Watched
) -> None:
    device, now = a_timer(own_service)
    gateway_day(own_service, device, now)
    until(
        own_service,
        lambda told: told["devices"][device]["missing_count"] == 0 and told["devices"][device]["happened"],
    )
    page = open_page(f"{own_service.url}/devices", own_service.told["links"]["timekeeper"])
    expect(page.locator(".device-warning").first).to_contain_text("not ready", timeout=10_000)
    item = page.locator(f'[data-device="{device}"]')
    expect(item).to_contain_text("no test pass yet")
    expect(item).to_contain_text("battery low")
    item.locator(".device-row").click()
    for words in ("power cut, or killed", "cable out", "cable in again", "its clock was set", "+10800.012 s"):
        expect(item.locator(".device-happened")).to_contain_text(words)
    expect(item).to_contain_text("12 lines wait at its gateway")
    expect(item).to_contain_text("Last heard: heartbeat ")
    assert watched.complaints == []


def test_the_timekeeper_moves_a_gate_and_the_page_shows_it_there(
    own_service: Service, open_page: Open, watched: Watched
) -> None:
    device, _ = a_timer(own_service)
    page: Page = open_page(
        f"{own_service.url}/devices?show=timing&device={device}", own_service.told["links"]["timekeeper"]
    )
    form = page.locator(f'[data-device="{device}"] .device-move')
    expect(form).to_be_visible(timeout=10_000)
    target = form.locator('select[name="control"] option').last.get_attribute("value")
    assert target
    form.locator('select[name="control"]').select_option(target)
    form.locator('button[type="submit"]').click()
    record = page.locator(".draft button.primary")
    page.locator(".draft select").first.select_option(index=1) if page.locator(
        ".draft select"
    ).count() else None
    expect(record).to_be_enabled(timeout=10_000)
    record.click()
    expect(page.locator(f'[data-device="{device}"] .device-where')).to_contain_text(target, timeout=10_000)
    told = until(own_service, lambda told: told["devices"][device]["lines"][0]["control"] == target)
    assert told["devices"][device]["lines"][0]["tested"] is None, (
        "a gate that was moved has shown nothing yet"
    )
    assert watched.complaints == []


def test_spectators_and_marshals_are_told_whose_page_it_is(own_service: Service, open_page: Open) -> None:
    page = open_page(f"{own_service.url}/devices")
    expect(page.locator("main")).to_contain_text("for the clerk of the course")
    assert httpx.get(f"{own_service.url}/api/devices").status_code == 401


def test_the_page_fits_a_telephone(own_service: Service, open_page: Open) -> None:
    device, now = a_timer(own_service)
    gateway_day(own_service, device, now)
    link = own_service.told["links"]["clerk"]
    page = open_page(
        f"{own_service.url}/devices?device={device}", link, viewport={"width": 390, "height": 844}
    )
    expect(page.locator(".device-list")).to_be_visible(timeout=10_000)
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')]"
        ".filter((e) => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`)"
    )
    assert wide == [], "wider than the screen"

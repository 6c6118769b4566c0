"""The people of `official_day` at their screens: each in a browser and with a personal link of their own."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, Open, Service
from tests.scenarios.official_day import write_event, written_down
from timing.core.instant import parse_instant

#: A preview, a decision or a restart on a machine that has others to serve as well.
PATIENCE_MS = 20_000


@dataclass
class Day:
    """The service of the day, and everybody's page."""

    service: Service
    open_page: Open
    pages: dict[str, Page] = field(default_factory=dict)

    def sit_down(self, who: str, path: str, link: str | None = None) -> Page:
        """Open somebody's page in a browser of its own; it stays open all day."""
        self.pages[who] = self.open_page(f"{self.service.url}{path}", link)
        return self.pages[who]

    def at(self, clock: str) -> None:
        """Stop the service and start it again at this time of day; the pages stay open and find it again."""
        self.service.stop()
        set_clock(self.service.clock, clock)
        self.service.start()
        for page in self.pages.values():
            expect(page.locator(".link-live")).to_be_visible(timeout=PATIENCE_MS)

    def send(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish what timers say; return when the broker has it all."""
        where = urlsplit(str(self.service.told["fleet"]))
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="timers")
        client.username_pw_set(where.username, where.password)
        client.connect(str(where.hostname), int(where.port or 1883))
        client.loop_start()
        try:
            for topic, payload in messages:
                client.publish(topic, payload, qos=1).wait_for_publish(10)
        finally:
            client.disconnect()
            client.loop_stop()

    def enter_cards(self, link: str) -> None:
        """Send what the marshals have written down, under a marshal's own link."""
        with httpx.Client(base_url=self.service.url, timeout=20) as marshal:
            marshal.get(link)
            for control, entry in written_down():
                marshal.post(f"/api/controls/{control}/stamps", json=entry).raise_for_status()

    def link_beside(self, name: str, role: str) -> str:
        """Give a link by `rallykeeper access`, while the service runs."""
        folders = [str(self.service.folder), "--data", str(self.service.data)]
        status, said = rallykeeper("access", *folders, "--name", name, "--role", role, "--json")
        assert status == 0, said
        return str(json.loads(said)["link"])

    def times(self, who: str, wanted: Mapping[str, str]) -> None:
        """Wait until somebody's page of a stage shows these times with their marks."""
        for car, text in wanted.items():
            cell = self.pages[who].locator(f'tr[data-car="{car}"] td.time')
            expect(cell).to_contain_text(text, timeout=PATIENCE_MS)

    def order(self, who: str, cars: Iterable[str]) -> None:
        """Wait until somebody's board shows these cars in this order."""
        rows = self.pages[who].locator("table.sheet tr[data-car]:not(.unranked) td.no")
        expect(rows).to_have_text([*cars], timeout=PATIENCE_MS)

    def published(self, who: str, said: str) -> None:
        """Wait until somebody's board says how far it is published."""
        expect(self.pages[who].locator(".publication").first).to_contain_text(said, timeout=PATIENCE_MS)


def prepared_day(base: Path, clock: str) -> Service:
    """Make the folders and the clock of the day's service; it is not started."""
    folder, data, table = write_event(base / "event"), base / "data", base / "clock.json"
    data.mkdir()
    set_clock(table, clock)
    return Service(folder, data, table, simulated=False)


def set_clock(table: Path, clock: str) -> None:
    """Let the rally's clock show a time of day now, and go on from it."""
    rally = parse_instant(f"2026-06-06T{clock}+02:00")
    table.write_text(json.dumps([[time.time_ns() // 1000, rally, 1]]))  # noqa: TID251 - the wall's own side


def take_up(page: Page, item: str) -> None:
    """Go down the queue by keyboard until a matter is open."""
    wanted = page.locator(f'.matter[data-item^="{item}"]')
    expect(wanted).to_have_count(1, timeout=PATIENCE_MS)
    for key in ("k", "j"):
        for _ in range(page.locator(".matter").count()):
            if "open" in (wanted.get_attribute("class") or "").split():
                return
            page.keyboard.press(key)
    expect(wanted).to_have_class(re.compile(r"\bopen\b"))


def settled(page: Page, item: str) -> None:
    """Wait until a matter is no longer in somebody's queue."""
    expect(page.locator(f'.matter[data-item^="{item}"]')).to_have_count(0, timeout=PATIENCE_MS)


def shown(page: Page) -> Locator:
    """Wait until what would change is worked out; return it."""
    expect(page.locator(".draft button.primary")).to_be_enabled(timeout=PATIENCE_MS)
    return page.locator(".effect")


def record(page: Page, text: str = "") -> None:
    """Put the reason in words, and record what is shown."""
    shown(page)
    seq = page.locator(".told span").first
    before = seq.text_content() if seq.count() else ""
    if text:
        page.keyboard.press("Escape") if page.locator(".draft-note").evaluate(
            "one => one === document.activeElement"
        ) else None
        page.keyboard.press("t")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(".draft")).to_have_count(0, timeout=PATIENCE_MS)
    expect(seq).to_contain_text("Recorded as #")
    expect(seq).not_to_have_text(before or "")


def answer(page: Page, item: str, key: str, text: str = "") -> None:
    """Settle a matter by one of the answers offered, all by keyboard."""
    take_up(page, item)
    # What stands before a paper is read when it is taken up.
    offered = page.locator(".choices button, .desk-work .paper-acts button").first
    expect(offered).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press(key)
    record(page, text)


def write(page: Page, title: str, values: Mapping[str, str], text: str = "") -> None:
    """Write a decision by its form: chosen by its first letters, its fields in order with the Tab key."""
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".form-select")).to_be_focused()
    page.locator(".form-select").select_option(label=title)
    form = page.locator(".act-form")
    for name, value in values.items():
        asked = form.locator(f"[name={name}]")
        asked.focus()
        page.keyboard.type(value)
    page.keyboard.press("Enter") if form.locator(":focus").evaluate("one => one.tagName") == "INPUT" else (
        form.get_by_role("button").press("Enter")
    )
    record(page, text)


def rallykeeper(*arguments: str) -> tuple[int, str]:
    """Run `rallykeeper` as a program of its own; return its exit status and what it said."""
    command: list[Any] = [sys.executable, "-m", "dashboard.serve", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr

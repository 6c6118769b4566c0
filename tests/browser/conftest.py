"""The real service as a process of its own, a rally of 70 cars in it, and a real Chromium in front of it."""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need Playwright for Python")
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

from tests.browser.scene import NAME_WITH_HTML, RALLY_NOW, Scene  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EVENT = ROOT / "simulators" / "events" / "california-mille"
NIGHT = ROOT / "simulators" / "events" / "night-stages"
PAGES = ROOT / "dashboard" / "static" / "index.html"
START_WITHIN, STOP_WITHIN = 30.0, 20.0
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader"]
#: Performance advice of the software renderer, which says nothing about the pages.
DRIVER_ADVICE = re.compile(r"GL Driver Message|GPU stall")


@dataclass
class Service:
    """`rallykeeper serve` as a subprocess; stopped and started again on the same port and data."""

    folder: Path
    data: Path
    clock: Path
    port: int = 0
    simulated: bool = True
    root: Path = ROOT
    """Whose code and pages run: a copy where a test changes them."""
    options: tuple[str, ...] = ()
    """Further words of the command line."""
    trusted: ssl.SSLContext | bool = True
    """What a client of this service trusts."""
    told: dict[str, Any] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None
    _log: "IO[str] | None" = None

    @property
    def url(self) -> str:
        return str(self.told["url"])

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "dashboard.serve",
            "serve",
            str(self.folder),
            "--data",
            str(self.data),
        ]
        command += ["--port", str(self.port), "--json", "--clock-table", str(self.clock)]
        command += [*(["--simulated"] if self.simulated else []), *self.options]
        self._log = (self.data.parent / "serve.log").open("a")
        self.process = subprocess.Popen(
            command, cwd=self.root, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline() or "{}")
        assert self.told, f"the service did not start:\n{(self.data.parent / 'serve.log').read_text()}"
        self.port = int(self.url.rpartition(":")[2])
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + "/healthz", timeout=2, verify=self.trusted).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the service did not answer in time")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()
            if self._log is not None:
                self._log.close()
            self.process = None

    @contextmanager
    def signed_in(self, role: str) -> Iterator[httpx.Client]:
        """Give a client that has opened this office's personal link."""
        with httpx.Client(base_url=self.url, timeout=20, verify=self.trusted) as client:
            client.get(self.told["links"][role])
            yield client


def prepared(base: Path, event: Path = EVENT, now: str = RALLY_NOW) -> Service:
    """Make a folder and a clock for a service; it is not started."""
    folder = base / "event"
    shutil.copytree(event, folder)
    entries = folder / "entries.csv"
    text = entries.read_text(encoding="utf-8")
    entries.write_text(re.sub(r"(?m)^13,[^,]*,", f"13,{NAME_WITH_HTML},", text), encoding="utf-8")
    clock = base / "clock.json"
    rally_us = int(datetime.fromisoformat(now).astimezone(UTC).timestamp()) * 1_000_000
    clock.write_text(json.dumps([[time.time_ns() // 1000, rally_us, 1]]))  # noqa: TID251 - the wall's own side
    data = base / "data"
    data.mkdir()
    return Service(folder, data, clock)


def _started(base: Path, event: Path = EVENT, now: str = RALLY_NOW, **options: Any) -> Iterator[Service]:
    yield from running(replace(prepared(base, event, now), **options))


def running(service: Service) -> Iterator[Service]:
    """Start a service, give it, and stop it."""
    if not PAGES.is_file():
        pytest.skip("the dashboard is not built: run `make dashboard`")
    try:
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the scene of 70 cars in it, shared by the tests that let it run."""
    for running in _started(tmp_path_factory.mktemp("rally")):
        with running.signed_in("marshal") as marshal:
            Scene(running.folder, running.told, marshal).play()
        yield running


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own, empty, to be stopped and started."""
    yield from _started(tmp_path)


@pytest.fixture
def real_service(tmp_path: Path) -> Iterator[Service]:
    """The same, as a real rally: a phone's clock is compared with it."""
    yield from _started(tmp_path, simulated=False)


@pytest.fixture
def stage_service(tmp_path: Path) -> Iterator[Service]:
    """A night of special stages, shortly before a car's start at the first one."""
    yield from _started(tmp_path, NIGHT, "2026-10-24T22:11:30+02:00")


@pytest.fixture
def copied_service(tmp_path: Path) -> Iterator[Service]:
    """The same from a copy of the program, whose files a test may change."""
    root = tmp_path / "program"
    for package in ("dashboard", "devices", "timing"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("web", "__pycache__"))
    yield from _started(tmp_path, root=root)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine, else Playwright's own where it has been installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and "PLAYWRIGHT_BROWSERS_PATH" not in os.environ:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield running
        running.close()


@dataclass
class Watched:
    """What a page has said and asked for while it was open."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def on(self, page: Page) -> Page:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("response", lambda answer: self._refused(answer.status, answer.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: self._console(said.type, said.text))
        return page

    def _refused(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{status} {url}")

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not DRIVER_ADVICE.search(text):
            self.complaints.append(f"{kind}: {text}")


Open = Callable[..., Page]


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts (each a person at a screen of their own) that are closed after the test."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        chosen = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        made.append(browser.new_context(**chosen))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def watched() -> Watched:
    """The requests and complaints of the pages opened by `open_page`."""
    return Watched()


@pytest.fixture
def open_page(contexts: Callable[..., BrowserContext], watched: Watched) -> Open:
    """Open an address in a context of its own, signed in where a personal link is given."""

    def opened(url: str, link: str | None = None, **options: Any) -> Page:
        page = watched.on(contexts(**options).new_page())
        if link is not None:
            page.goto(link)
        page.goto(url)
        return page

    return opened


@pytest.fixture
def phone(own_service: Service, contexts: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """A marshal's phone with the page of a control open, able to live without network."""
    from tests.browser.marshal_phone import opened  # it needs this module's Service

    def make(control: str = "TC1", role: str = "marshal") -> Page:
        return opened(own_service, contexts, control, role)

    return make

"""Entries from phone to phone by QR codes, without any network: one screen shows, another camera reads."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM_ARGUMENTS, Service
from tests.browser.marshal_phone import (
    PHONE,
    STAMP,
    Contexts,
    eventually,
    no_network,
    opened,
    ready,
    stamps_of,
    type_number,
    unsent,
)

CARS = ("1", "2", "3", "17", "20", "21", "34", "55")
#: Frames a second of Chromium's camera out of a file, and for how many of them each code is seen.
FPS, HELD = 30, 12
FRAME = (640, 480)


def film(path: Path, codes: list[bytes]) -> None:
    """Write what a camera sees of a phone that shows these codes: not straight, not sharp, not bright."""
    with path.open("wb") as out:
        for picture in codes:
            code = Image.open(io.BytesIO(picture)).convert("RGB").resize((400, 400), Image.Resampling.BICUBIC)
            seen = Image.new("RGB", FRAME, (96, 92, 88))
            turned = code.rotate(4, expand=True, fillcolor=(96, 92, 88), resample=Image.Resampling.BICUBIC)
            seen.paste(turned, ((FRAME[0] - turned.width) // 2, (FRAME[1] - turned.height) // 2))
            jpeg = io.BytesIO()
            seen.save(jpeg, "JPEG", quality=70)
            out.write(jpeg.getvalue() * HELD)


def codes_of(page: Page) -> list[bytes]:
    """Look at each code that the dialog shows, one after the other."""
    label = page.locator(".handover-code figcaption")
    expect(label).to_contain_text("Code 1 of")
    count = int(label.inner_text().rpartition(" ")[2])
    pictures = []
    for i in range(1, count + 1):
        expect(label).to_have_text(f"Code {i} of {count}")
        pictures.append(page.locator(".handover-code canvas").screenshot())
        if count > 1:
            page.get_by_role("button", name="Next").tap()
    return pictures


@contextmanager
def with_camera(browser: Browser, scene: Path | None) -> Iterator[Browser]:
    camera = [] if scene is None else [f"--use-file-for-fake-video-capture={scene}"]
    running = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[
            *CHROMIUM_ARGUMENTS,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            *camera,
        ],
    )
    try:
        yield running
    finally:
        running.close()


def another_marshal(service: Service) -> str:
    """The link of a second person at the same control."""
    with service.signed_in("clerk") as clerk:
        body = {"name": "Second marshal", "roles": ["marshal"], "controls": ["TC1"]}
        answer = clerk.post("/api/access", json=body)
        answer.raise_for_status()
        return str(answer.json()["link"])


def taken_over(browser: Browser, scene: Path, service: Service, link: str) -> Any:
    """A phone that opens its page, loses the network, and reads the other phone's codes."""

    @contextmanager
    def phone() -> Iterator[Page]:
        with with_camera(browser, scene) as running:
            page = running.new_context(**PHONE).new_page()
            page.goto(link)
            page.goto(f"{service.url}/control/TC1")
            ready(page)
            with no_network(page):
                page.get_by_text("This phone", exact=True).tap()
                page.get_by_role("button", name="Take over from another phone").tap()
                yield page

    return phone()


def test_a_day_without_network_goes_from_phone_to_phone_and_counts_once(
    own_service: Service, contexts: Contexts, browser: Browser, tmp_path: Path
) -> None:
    giver = opened(own_service, contexts)
    link = another_marshal(own_service)
    giver.context.set_offline(True)
    for car in CARS:
        giver.locator(".stamp-now").tap()
        type_number(giver, car)
    unsent(giver, 2 * len(CARS))
    times = giver.locator(f"{STAMP} .stamp-time").all_inner_texts()
    giver.locator(".outbox summary").tap()
    giver.get_by_role("button", name="Hand over by QR code").first.tap()
    expect(giver.get_by_role("dialog")).to_contain_text(f"Hand over {2 * len(CARS)} entries")
    pictures = codes_of(giver)
    assert len(pictures) > 1
    film(tmp_path / "codes.mjpeg", pictures)
    with taken_over(browser, tmp_path / "codes.mjpeg", own_service, link) as taker:
        accept = taker.get_by_role("button", name=f"Take over {2 * len(CARS)} entries")
        expect(accept).to_be_visible(timeout=60_000)
        accept.tap()
        expect(taker.get_by_role("dialog")).to_contain_text("entries taken over")
        taker.get_by_role("button", name="Close").tap()
        unsent(taker, 2 * len(CARS))
        expect(taker.locator(f"{STAMP} .stamp-car").first).to_have_text(CARS[-1])
        shown = [text for text in taker.locator(f"{STAMP} .stamp-time").all_inner_texts() if text]
        assert shown == times[: len(shown)]
        # What is on the phone outlives the page.
        taker.reload()
        unsent(taker, 2 * len(CARS))
        taker.context.set_offline(False)
        unsent(taker, 0)
    recorded = eventually(lambda: stamps_of(own_service, "TC1"))
    assert sorted(one["car"] for one in recorded.values()) == sorted(CARS)
    # The giver kept all of it, and sends it too: nothing is recorded twice.
    giver.get_by_role("button", name="Close").tap()
    unsent(giver, 2 * len(CARS))
    giver.context.set_offline(False)
    unsent(giver, 0)
    after = stamps_of(own_service, "TC1")
    assert after.keys() == recorded.keys()
    with own_service.signed_in("timekeeper") as desk:
        journal = desk.get("/api/journal").text
        device = giver.evaluate("fetch('/api/session').then((r) => r.json()).then((s) => s.device)")
    assert {one["device"] for one in after.values()} == {device}, "they stay the giver's"
    assert journal.count("brought by Second marshal") == 2 * len(CARS)
    expect(giver.locator(STAMP)).to_have_count(len(CARS))


def test_what_is_taken_over_twice_is_known(
    own_service: Service, contexts: Contexts, browser: Browser, tmp_path: Path
) -> None:
    giver = opened(own_service, contexts)
    giver.context.set_offline(True)
    giver.locator(".stamp-now").tap()
    giver.locator(".outbox summary").tap()
    giver.get_by_role("button", name="Hand over by QR code").first.tap()
    film(tmp_path / "codes.mjpeg", codes_of(giver))
    link = own_service.told["links"]["timekeeper"]
    with taken_over(browser, tmp_path / "codes.mjpeg", own_service, link) as taker:
        for again in (False, True):
            if again:
                taker.get_by_role("button", name="Take over from another phone").tap()
                expect(taker.get_by_role("dialog")).to_contain_text("on this phone already", timeout=30_000)
                expect(taker.get_by_role("button", name="Take over 1 entries")).to_have_count(0)
            else:
                taker.get_by_role("button", name="Take over 1 entries").tap(timeout=30_000)
            taker.get_by_role("button", name="Close").tap()
        unsent(taker, 1)
        taker.locator(f"{STAMP} .stamp-main").tap()
        expect(taker.get_by_role("button", name="Take back")).to_have_count(0)


def test_the_codes_follow_each_other_by_themselves_and_stop_when_asked(
    own_service: Service, browser: Browser
) -> None:
    context = browser.new_context(**PHONE, reduced_motion="no-preference")
    page = context.new_page()
    page.goto(own_service.told["links"]["marshal"])
    page.goto(f"{own_service.url}/control/TC1")
    ready(page)
    with no_network(page):
        for car in CARS:
            type_number(page, car)
        page.locator(".outbox summary").tap()
        page.get_by_role("button", name="Hand over by QR code").first.tap()
        label = page.locator(".handover-code figcaption")
        expect(label).to_contain_text("Code 2 of")
        page.get_by_role("button", name="Pause").tap()
        stood = label.inner_text()
        page.wait_for_timeout(1_000)
        assert label.inner_text() == stood
        # The codes must not flash: at most three changes a second.
        page.get_by_role("button", name="Play").tap()
        changes = page.evaluate(
            """() => new Promise((resolve) => {
              let n = 0;
              const watch = new MutationObserver(() => { n += 1; });
              const label = document.querySelector(".handover-code figcaption");
              watch.observe(label, { characterData: true, childList: true, subtree: true });
              setTimeout(() => resolve(n), 3000);
            })"""
        )
        assert 4 <= changes <= 9
    context.close()


def test_a_phone_without_a_camera_says_so(own_service: Service, phone: Callable[..., Page]) -> None:
    page = phone()
    page.get_by_text("This phone", exact=True).tap()
    page.get_by_role("button", name="Take over from another phone").tap()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("camera cannot be used")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

"""What a marshal's phone does besides showing: the screen stays on, a press is felt and heard if wanted."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.marshal_phone import PHONE, Contexts, ready

#: Notes what the page asks of the phone; the phone's own answers stay as they are.
NOTED = """(() => {
  globalThis.asked = { locks: 0, released: 0, shakes: [], tones: 0 };
  const request = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (kind) => {
    asked.locks += 1;
    const lock = await request(kind);
    lock.addEventListener("release", () => { asked.released += 1; });
    return lock;
  };
  navigator.vibrate = (pattern) => { asked.shakes.push(pattern); return true; };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) { asked.tones += 1; return start.apply(this, given); };
})()"""


def opened(service: Service, contexts: Contexts) -> Page:
    page = contexts(**PHONE).new_page()
    page.add_init_script(NOTED)
    page.goto(service.told["links"]["marshal"])
    page.goto(f"{service.url}/control/TC1")
    ready(page)
    return page


def test_the_screen_is_kept_on_until_it_is_switched_off(own_service: Service, contexts: Contexts) -> None:
    page = opened(own_service, contexts)
    page.locator(".stamp-now").tap()
    page.wait_for_timeout(300)
    assert page.evaluate("asked.locks") >= 1
    assert page.evaluate("asked.released") == 0, "Chromium gave the lock, and it holds"
    page.get_by_text("This phone", exact=True).tap()
    page.get_by_role("button", name="Keep the screen on").tap()
    page.wait_for_timeout(300)
    assert page.evaluate("asked.released") == 1


def test_a_press_is_felt_and_heard_where_it_is_wanted_and_not_elsewhere(
    own_service: Service, contexts: Contexts
) -> None:
    page = opened(own_service, contexts)
    page.locator(".stamp-now").tap()
    assert page.evaluate("[asked.shakes.length, asked.tones]") == [0, 0]
    page.get_by_text("This phone", exact=True).tap()
    for name in ("Sound", "Vibration"):
        page.get_by_role("button", name=name).tap()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    before = page.evaluate("[asked.shakes.length, asked.tones]")
    page.locator(".stamp-now").tap()
    shakes, tones = page.evaluate("[asked.shakes.length, asked.tones]")
    assert (shakes - before[0], tones - before[1]) == (1, 1)
    page.reload()
    ready(page)
    page.locator(".stamp-now").tap()
    assert page.evaluate("[asked.shakes.length, asked.tones]") == [1, 1], "the choice is kept"

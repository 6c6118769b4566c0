"""What spectators do besides reading: follow cars, hand on a moment, and watch a gap grow on the stage."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import BrowserContext, Page, expect

from simulators.scenario import draw
from simulators.tracker import Habits, Tracker
from tests.browser.conftest import NIGHT, Open, Service, Watched, prepared, running
from tests.browser.test_board import ROWS, shown
from timing.core.instant import MINUTE, Instant, format_instant
from timing.event_folder import load_event

Contexts = Callable[..., BrowserContext]

#: Car 1 has finished the first stage by then; 2 and 3 are on it.
ON_STAGE = "2026-10-24T22:18:00+02:00"
PHONE = {"viewport": {"width": 390, "height": 844}}
PICTURES = os.environ.get("SPECTATOR_PICTURES")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def star(page: Page, car: str) -> None:
    page.get_by_role("button", name=f"Follow car {car}", exact=True).first.click()


def test_a_followed_car_stays_followed_on_this_phone_and_can_be_listed_alone(
    service: Service, contexts: Contexts, watched: Watched
) -> None:
    context = contexts(**PHONE)
    page = watched.on(context.new_page())
    page.goto(service.url)
    expect(page.locator(ROWS)).to_have_count(70)
    picture(page, "board-phone")
    for car in ("12", "44"):
        star(page, car)
    page.get_by_label("Followed").check()
    expect(page.locator(ROWS)).to_have_count(2)
    assert "followed=1" in page.url
    assert set(shown(page)) == {"12", "44"}
    # The other lists keep the filter, and a later visit the cars.
    page.get_by_role("link", name="Leg 1", exact=True).click()
    expect(page.locator(ROWS)).to_have_count(2)
    again = watched.on(context.new_page())
    again.goto(service.url)
    expect(again.get_by_role("button", name="Follow car 12", exact=True).first).to_have_attribute(
        "aria-pressed", "true"
    )
    star(again, "12")
    # The other tab hears of it.
    expect(page.locator(ROWS)).to_have_count(1)
    picture(page, "followed-phone")
    assert watched.complaints == []


def test_who_follows_nobody_is_told_how(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/?followed=1")
    expect(page.locator(".nothing").first).to_contain_text("the star beside a number")


def test_a_moment_is_handed_on_and_shows_the_same_board_to_who_opens_it_later(
    own_service: Service, contexts: Contexts, open_page: Open
) -> None:
    page = open_page(own_service.url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.locator(".clock-time")).to_be_visible()
    assert page.evaluate("typeof navigator.share") in ("undefined", "function")
    page.evaluate("delete Navigator.prototype.share")
    page.get_by_role("button", name="Share").click()
    picture(page, "share")
    page.get_by_role("button", name=re.compile(r"^This view as of \d\d:\d\d:\d\d$")).click()
    expect(page.locator(".share p")).to_have_text("Link copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    moment = parse_qs(urlsplit(link).query)["as_of"][0]
    assert abs(datetime.fromisoformat(moment).timestamp() - rally_time(own_service)) < 10
    with own_service.signed_in("clerk") as clerk:
        retire(clerk, "5")
    expect(page.locator('tr[data-car="5"]').first).to_contain_text("Did not start", timeout=10_000)
    later = open_page(link)
    expect(later.locator(".banner.moment")).to_contain_text(re.compile(r"As of .*\d\d:\d\d:\d\d, not live"))
    expect(later.locator('tr[data-car="5"]').first).not_to_contain_text("Did not start")
    expect(later.locator(".link")).to_contain_text("Not live")
    assert not later.evaluate("document.documentElement.classList.contains('stale')")
    picture(later, "moment")
    # Links within the page stay in the moment.
    later.get_by_role("link", name="Leg 1", exact=True).click()
    expect(later.locator(".banner.moment")).to_be_visible()
    assert "as_of=" in later.url
    later.locator('tr[data-car="5"] td.crew a').click()
    expect(later.locator(".car-status")).not_to_contain_text("Did not start")
    assert "as_of=" in later.url
    later.get_by_role("link", name="Back to live").click()
    expect(later.locator(".car-status")).to_contain_text("Did not start", timeout=10_000)
    expect(later.locator(".link")).to_contain_text("Live")
    assert "as_of" not in later.url


def test_a_moment_by_the_number_of_a_record_and_one_that_is_none(
    own_service: Service, open_page: Open
) -> None:
    with own_service.signed_in("clerk") as clerk:
        retire(clerk, "5")
        retire(clerk, "6")
    page = open_page(own_service.url + "/?as_of=1")
    expect(page.locator(".banner.moment")).to_contain_text("As of record 1")
    expect(page.locator('tr[data-car="5"]').first).to_contain_text("Did not start")
    expect(page.locator('tr[data-car="6"]').first).not_to_contain_text("Did not start")
    wrong = open_page(own_service.url + "/?as_of=yesterday")
    expect(wrong.locator(".banner.moment")).to_contain_text("This moment cannot be shown")
    expect(wrong.locator(".link")).to_contain_text("Live")
    wrong.get_by_role("link", name="Back to live").click()
    expect(wrong.locator(".banner")).to_have_count(0)


def test_a_link_is_shown_to_be_copied_by_hand_where_there_is_no_clipboard(
    service: Service, open_page: Open
) -> None:
    page = open_page(service.url + "/?q=12")
    page.evaluate("delete Navigator.prototype.share; delete Navigator.prototype.clipboard")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="This view, live").click()
    expect(page.get_by_label("Link to this view")).to_have_value(service.url + "/?q=12")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Link to this view")).to_have_count(0)
    expect(page.get_by_role("button", name="Share")).to_be_focused()


@pytest.mark.parametrize("hours", [-30, 3])
def test_a_phone_with_a_wrong_clock_shows_rally_time_and_true_ages(
    service: Service, contexts: Contexts, hours: int
) -> None:
    context = contexts()
    context.add_init_script(
        f"const now = Date.now; Date.now = () => now() + {hours} * 3600e3;"
        f"globalThis.Date = class extends Date {{ constructor(...a) {{ a.length ? super(...a) :"
        f" super(now() + {hours} * 3600e3); }} }};"
    )
    page = context.new_page()
    page.goto(service.url)
    expect(page.locator(".clock-time")).to_have_text(re.compile(r"^1[01]:\d\d:\d\d$"))
    expect(page.locator(".banner")).to_have_count(0)
    ages = " ".join(page.locator(".sheet .age").all_inner_texts())
    assert not re.search(r"\d+ (h|hours|d)\b", ages), ages


def test_a_tab_that_slept_is_up_to_date_soon_after_it_wakes_and_says_so_meanwhile(
    own_service: Service, contexts: Contexts
) -> None:
    context = contexts()
    page = context.new_page()
    page.goto(own_service.url)
    expect(page.locator(".link")).to_contain_text("Live")
    asleep = context.new_cdp_session(page)
    asleep.send("Page.setWebLifecycleState", {"state": "frozen"})
    with own_service.signed_in("clerk") as clerk:
        retire(clerk, "5")
    asleep.send("Page.setWebLifecycleState", {"state": "active"})
    expect(page.locator('tr[data-car="5"]').first).to_contain_text("Did not start", timeout=8_000)
    expect(page.locator(".link")).to_contain_text("Live")
    fresh = httpx.get(own_service.url + "/api/live").json()
    held = page.evaluate("rallykeeper.held().state.standings.overall")
    assert held == fresh["state"]["standings"]["overall"]


def rally_time(service: Service) -> float:
    at = httpx.get(service.url + "/api/time").json()["at"]
    return datetime.fromisoformat(at).timestamp()


def retire(client: httpx.Client, car: str) -> None:
    act = {"type": "Retire", "car": car, "cause": "engine"}
    answer = client.post("/api/decisions", json={"act": act})
    assert answer.status_code in (200, 201), answer.text


@pytest.fixture
def stage_night(tmp_path: Path) -> Iterator[Service]:
    """The first stage of the night with three cars on it, seen by their trackers."""
    for service in running(prepared(tmp_path, NIGHT, ON_STAGE)):
        drive(service)
        yield service


def drive(service: Service) -> None:
    event = load_event(NIGHT).event
    assert event is not None
    scenario = draw(event, 7, frozenset({1}))
    now: Instant = int(datetime.fromisoformat(ON_STAGE).astimezone(UTC).timestamp()) * 1_000_000
    where = urlsplit(str(service.told["fleet"]))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="spectators")
    client.username_pw_set(where.username, where.password)
    client.connect(str(where.hostname), int(where.port or 1883))
    client.loop_start()
    with service.signed_in("timekeeper") as timekeeper:
        for car in ("1", "2", "3"):
            truth = scenario.truth[car]
            for control, at in (
                ("SS1.START", truth.starts["SS1"]),
                ("SS1.FF", truth.crossings["SS1.FF"]),
            ):
                if at <= now:
                    body = {"idempotency_key": f"{control}-{car}", "at": format_instant(at), "car": car}
                    answer = timekeeper.post(f"/api/controls/{control}/stamps", json=body)
                    assert answer.status_code == 201, answer.text
            device = event.entries.by_number[car].tracker
            assert device is not None
            sent = Tracker(
                device, scenario.drives[car, 1], sorted(truth.crossings.values()), 7, Habits(gaps=0.0)
            )
            sent.skip(truth.starts["SS1"] - 2 * MINUTE)
            for message in sent.take(now):
                topic = f"rally/{service.told['rally']}/fix/{device}"
                client.publish(topic, message, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_gap_on_a_stage_is_a_chart_a_number_with_its_error_and_a_table(
    stage_night: Service, contexts: Contexts, watched: Watched, theme: str
) -> None:
    for name, size in (("desk", (1440, 900)), ("phone", (390, 844))):
        context = contexts(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
        page = watched.on(context.new_page())
        page.goto(stage_night.url + "/cars/3")
        panel = page.locator(".gap-panel")
        expect(panel.locator(".gap-now b")).to_have_text(re.compile(r"^[+-][\d:]+\.\d$"), timeout=10_000)
        expect(panel.locator(".gap-now .gap-error")).to_have_text(re.compile(r"^±[\d:]+\.\d$"))
        expect(panel.locator(".gap-now")).to_contain_text("to car 1")
        expect(panel).to_contain_text("Never an official time")
        expect(panel.locator("canvas")).to_be_visible()
        expect(panel.get_by_role("img")).to_have_attribute(
            "aria-label", re.compile(r"Running gap of car 3 on SS1 to car 1: .* ±")
        )
        place = panel.get_by_role("slider", name="Place on the stage")
        before = place.get_attribute("aria-valuetext")
        place.focus()
        for _ in range(20):
            page.keyboard.press("ArrowLeft")
        expect(place).not_to_have_attribute("aria-valuetext", str(before))
        expect(panel.locator("output")).to_have_text(str(place.get_attribute("aria-valuetext")))
        panel.get_by_text("As a table").click()
        assert 6 <= panel.locator("tbody tr").count() <= 12
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        picture(page, f"gap-{name}-{theme}")
        page.goto(stage_night.url + "/stages/SS1")
        on = page.locator(".gap-cars li")
        expect(on).to_have_count(2, timeout=10_000)
        expect(on.first).to_contain_text("±")
        expect(page.locator(".gap-chosen")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        picture(page, f"stage-{name}-{theme}")
    # What is drawn is what the service tells.
    curve = httpx.get(stage_night.url + "/api/gaps/SS1/3").json()
    assert curve["against"] == "1"
    assert len(curve["metres"]) > 50
    assert watched.complaints == []

"""A marshal's work: early cars, half-seen numbers, undo, two phones, lights, read-back, reports."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.marshal_phone import (
    STAMP,
    Contexts,
    eventually,
    no_network,
    opened,
    stamps_of,
    type_number,
    unsent,
)


def test_two_phones_that_give_a_car_two_minutes_both_show_it_and_lose_neither(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    first, second = phone(), phone(role="timekeeper")
    with no_network(first):
        first.locator(".stamp-now").tap()
        type_number(first, "5")
        assert second.evaluate(STAMP_AGO, {"ago": 70_000, "car": "5"}) == 201
    unsent(first, 0)
    for page in (first, second):
        card = page.locator('.card-conflict[data-car="5"]')
        expect(card).to_contain_text("Car 5 has two times")
        expect(card.locator("li")).to_have_count(2)
        expect(card).to_contain_text("another phone")
    expect(first.locator(".card-conflict")).to_contain_text("this phone")
    first.locator(".card-conflict").get_by_role("button", name=re.compile("^Take .* back")).tap()
    for page in (first, second):
        expect(page.locator(".card-conflict")).to_have_count(0)
    unsent(first, 0)
    states = [one["disposition"] for one in stamps_of(own_service, "TC1").values()]
    assert len(states) == 2
    assert states.count("WITHDRAWN") == 1


#: A stamp from this person's phone, some time ago.
STAMP_AGO = """async ({ ago, car }) => {
  const { at } = await (await fetch("/api/time")).json();
  const then = new Date(Date.parse(at) - ago).toISOString();
  const body = JSON.stringify({ idempotency_key: "from-the-other-phone", at: then, car });
  const headers = { "Content-Type": "application/json" };
  return (await fetch("/api/controls/TC1/stamps", { method: "POST", headers, body })).status;
}"""


def test_an_early_car_is_asked_for_its_minute_and_never_blocked(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone("TC5")
    page.locator(".stamp-now").tap()
    page.locator(".due button").first.tap()
    card = page.locator(".card-early")
    expect(card).to_contain_text("EARLY")
    expect(page.locator(".through li")).to_have_count(1)
    card.get_by_role("button", name=re.compile("as stamped")).tap()
    expect(card).to_have_count(0)
    unsent(page, 0)
    expect(page.locator(".through li")).to_have_count(1)


def test_the_crews_own_minute_is_recorded_when_it_comes_and_the_early_stamp_is_taken_back(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone("TC5")
    page.locator(".stamp-now").tap()
    page.locator(".due button").first.tap()
    page.locator(".card-early").get_by_role("button", name=re.compile("its due minute")).tap()
    expect(page.locator(f"{STAMP}.dead")).to_have_count(1)
    expect(page.locator(".outbox")).to_contain_text("1 unsent")
    unsent(page, 1)
    page.locator(".outbox summary").tap()
    expect(page.locator(".outbox li")).to_contain_text("goes at")
    assert eventually(
        lambda: [one["disposition"] for one in stamps_of(own_service, "TC5").values()] == ["WITHDRAWN"]
    )


def test_a_number_half_seen_offers_the_cars_that_it_may_be(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    page.locator(".stamp-now").tap()
    keys = page.locator(".pad-keys")
    keys.get_by_role("button", name="1", exact=True).tap()
    keys.get_by_role("button", name="Any figure").tap()
    offered = page.locator(".matches button")
    expect(offered.first).to_have_attribute("data-car", "10")
    numbers = [button.get_attribute("data-car") or "" for button in offered.all()]
    assert all(re.fullmatch(r"1\d", number) for number in numbers)
    page.locator('.matches button[data-car="14"]').tap()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("14")


def test_undo_takes_back_what_was_just_pressed(own_service: Service, phone: Callable[..., Page]) -> None:
    page = phone()
    page.locator(".stamp-now").tap()
    type_number(page, "8")
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")
    unsent(page, 0)
    page.locator(".stamp-now").tap()
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(page.locator(f"{STAMP}.dead")).to_have_count(1)
    unsent(page, 0)


def test_notes_counts_sos_and_the_sign_off_of_a_day_without_network_arrive(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    reports = page.locator(".reports")
    with no_network(page):
        reports.get_by_text("Note", exact=True).first.tap()
        reports.locator("textarea").fill("a dog in the zone")
        reports.get_by_role("button", name="Note", exact=True).tap()
        reports.get_by_text("SOS, OK").tap()
        reports.locator(".alerts input").first.fill("4")
        reports.get_by_role("button", name="SOS: send help").tap()
        reports.get_by_role("button", name="Press again to send SOS").tap()
        reports.get_by_text("Count of cars").tap()
        reports.get_by_role("button", name="In +1").tap()
        reports.get_by_role("button", name="Keep and send").tap()
        reports.get_by_text("Sign off", exact=True).tap()
        reports.get_by_role("button", name="Sign the control off").tap()
        unsent(page, 4)
    unsent(page, 0)
    expect(page.locator(".written")).to_contain_text("a dog in the zone")
    expect(page.locator(".control-head")).to_contain_text("Signed off")
    with own_service.signed_in("clerk") as clerk:
        notices = clerk.get("/api/live").json()["state"]["notices"]
    assert any("SOS car 4" in notice["text"] for notice in notices.values())


def test_an_arrival_control_shows_provisional_starts_that_keep_their_distance(
    stage_service: Service, contexts: Contexts
) -> None:
    page = opened(stage_service, contexts, "TC1")
    for car in ("1", "2"):
        page.locator(f'.due[data-car="{car}"] button').tap()
        expect(page.locator(f'.due[data-car="{car}"]')).to_have_count(0)
    unsent(page, 0)
    starts = page.locator(".provisional li time")
    expect(starts).to_have_count(2)
    later, first = (text.split(":") for text in starts.all_inner_texts())
    assert int(later[1]) - int(first[1]) in (2, -58), "two minutes apart, although checked in together"


def test_the_lights_of_a_start_go_out_and_the_assigned_instant_is_recorded(
    stage_service: Service, contexts: Contexts
) -> None:
    page = opened(stage_service, contexts, "SS1.START")
    lights = page.locator(".lights")
    note = lights.locator("h2 .note")
    expect(note).to_contain_text("starts at")
    found = re.search(r"Car (\S+) starts at (\d\d:\d\d:\d\d)", note.inner_text())
    assert found is not None
    car, start = found.groups()
    expect(lights.locator(".red-on").first).to_be_visible(timeout=40_000)
    expect(lights.locator(".green-on").first).to_be_visible(timeout=40_000)
    lights.get_by_role("button", name=f"Started {car}").tap()
    unsent(page, 0)
    recorded = eventually(lambda: stamps_of(stage_service, "SS1.START"))
    (stamp,) = recorded.values()
    assert stamp["car"] == car
    assert stamp["text"].startswith(start)
    lights.get_by_role("button", name=f"False start {car}").tap()
    expect(page.locator(".written")).to_contain_text(f"False start {car}")


def test_a_finish_time_is_read_to_the_stop_and_read_back(stage_service: Service, contexts: Contexts) -> None:
    finish, stop = opened(stage_service, contexts, "SS1.FF"), opened(stage_service, contexts, "SS1.STOP")
    finish.locator(".stamp-now").tap()
    type_number(finish, "3")
    for page in (finish, stop):
        expect(page.locator(".read-back li .plate")).to_have_text("3")
    assert finish.locator(".read-time").inner_text() == stop.locator(".read-time").inner_text()
    stop.locator(".read-back").get_by_role("button", name="Read back").tap()
    expect(stop.locator(".read-back .done")).to_be_visible()

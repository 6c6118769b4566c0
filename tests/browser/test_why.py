"""The page that says why a result is what it is: short for everybody, with every byte for officials."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched
from tests.browser.trouble import trouble

PATIENCE_MS = 10_000


@pytest.fixture
def troubled(own_service: Service) -> Service:
    """A service in which six cars have been through the first tests, not without trouble."""
    trouble(own_service)
    return own_service


def why(service: Service, open_page: Open, stage: str, car: str, role: str | None = "timekeeper") -> Page:
    link = None if role is None else service.told["links"][role]
    page = open_page(f"{service.url}/why/{stage}/{car}", link)
    expect(page.locator(".why-line")).to_be_visible(timeout=PATIENCE_MS)
    return page


def test_a_spectator_sees_the_line_and_the_sources_but_no_bytes(troubled: Service, open_page: Open) -> None:
    page = why(troubled, open_page, "PC1", "2", None)
    line = page.locator(".why-line")
    expect(line).to_contain_text("09:26:00.00 → 09:26:17.96 = 17.96 − 18.00 = -0.04 → 4 points")
    expect(page.locator(".short")).to_contain_text("time at PC1.1 by source A, car by device")
    expect(page.locator(".bytes")).to_have_count(0)
    expect(page.locator(".rulings")).to_have_count(0)


def test_every_result_of_a_test_leads_to_its_reasons(troubled: Service, open_page: Open) -> None:
    page = open_page(f"{troubled.url}/stages/PC1")
    page.locator('tr[data-car="1"] .why-link').click()
    expect(page).to_have_url(f"{troubled.url}/why/PC1/1")
    expect(page.locator(".why-line")).to_contain_text("18.02 − 18.00 = +0.02 → 2 points")


def test_officials_see_the_bytes_what_was_read_and_what_was_set_aside(
    troubled: Service, open_page: Open
) -> None:
    page = why(troubled, open_page, "PC2", "4")
    finish = page.locator('.line[data-control="PC2.1"]')
    used = finish.locator(".reading.used")
    expect(used).to_have_count(1)
    expect(used).to_contain_text("09:28:40.8100")
    expect(used.locator("code")).to_contain_text('"channel": "C2"')
    expect(used).to_contain_text("C2 is line A of PC2.1")
    hand = finish.locator(".reading:not(.used)").filter(has_text="09:28:42.010")
    expect(hand).to_contain_text("+1.200")
    expect(hand).to_contain_text("A goes before it here")
    expect(finish.locator(".line-review")).to_contain_text("H and A differ by 1.200 s")


def test_the_sum_is_shown_step_by_step_with_the_records_it_rests_on(
    troubled: Service, open_page: Open
) -> None:
    page = why(troubled, open_page, "PC1", "1")
    arithmetic = page.locator(".arithmetic")
    deviation = arithmetic.locator("tr").filter(has=page.locator("th").get_by_text("deviation", exact=True))
    expect(deviation).to_contain_text("18.02 − 18.00")
    expect(deviation.locator(".num")).to_have_text("0.02")
    for name in ("start", "finish"):
        given = arithmetic.locator(".given div").filter(has_text=name)
        number = (given.locator(".seq").text_content() or "").removeprefix("#")
        assert page.locator(".reading.used .seq").get_by_text(f"#{number}", exact=True).count() == 1


def test_a_line_without_a_time_shows_whose_stamps_were_near(troubled: Service, open_page: Open) -> None:
    page = why(troubled, open_page, "PC1", "3")
    finish = page.locator('.line[data-control="PC1.1"]')
    expect(finish.locator(".line-time")).to_have_text("No time")
    near = finish.locator(".near .reading")
    expect(near.filter(has_text="09:27:18.1100")).to_contain_text("sent 8")


def test_a_corrected_result_carries_its_mark_and_its_decision_also_while_the_page_is_open(
    troubled: Service, open_page: Open
) -> None:
    page = why(troubled, open_page, "PC3", "5")
    expect(page.locator(".rulings")).to_have_count(0)
    act = {"type": "CorrectTime", "control": "PC3.1", "car": "5", "at": "2024-04-21T16:29:56.540Z"}
    told = "observer's <b>sheet</b>, line 5"
    with troubled.signed_in("timekeeper") as desk:
        body = {"act": act, "reason": "MISSED_TRIGGER", "text": told}
        first = desk.post("/api/decisions", json=body).raise_for_status().json()
    expect(page.locator(".why-result .mark")).to_have_text("*", timeout=PATIENCE_MS)
    expect(page.locator(".why-line")).to_contain_text("→ 20 points")
    ruling = page.locator(".rulings li")
    expect(ruling).to_contain_text("Time of car 5 at PC3.1: 09:29:56.54")
    expect(ruling).to_contain_text(told)
    expect(page.locator('.line[data-control="PC3.1"] .line-time .mark')).to_have_text("*")
    with troubled.signed_in("timekeeper") as desk:
        desk.post(
            "/api/decisions", json={"act": {"type": "Withdraw", "decision": first["id"]}}
        ).raise_for_status()
    expect(page.locator(".rulings li.taken-back")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator(".rulings li")).to_have_count(2)
    expect(page.locator(".why-result .mark")).to_have_count(0)


def test_what_there_is_no_result_for_is_said_in_words(own_service: Service, open_page: Open) -> None:
    page = open_page(f"{own_service.url}/why/PC1/1")
    expect(page.get_by_role("alert")).to_contain_text("There is no result yet.")


def test_the_page_needs_nothing_from_elsewhere_and_fits_a_telephone(
    troubled: Service, open_page: Open, watched: Watched
) -> None:
    page = open_page(
        f"{troubled.url}/why/PC2/4",
        troubled.told["links"]["timekeeper"],
        viewport={"width": 390, "height": 844},
    )
    expect(page.locator(".reading").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert watched.complaints == []
    assert [url for url in watched.requests if "127.0.0.1" not in url] == []

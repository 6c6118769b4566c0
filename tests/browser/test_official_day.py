"""A rally day in the browsers of its officials: from a wrong number to the official classification.

The times are those of `tests/scenarios/official_day.py`, worked out by hand beside it. Each decision is taken
by keyboard at the desk of the office that may take it, and the pages of the others are looked at after it.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PAGES, Open, running
from tests.browser.official_people import (
    PATIENCE_MS,
    Day,
    answer,
    prepared_day,
    rallykeeper,
    record,
    settled,
    shown,
    take_up,
    write,
)
from tests.scenarios.official_day import spooled, timers
from tests.scenarios.official_papers import FIRST_TOTALS, PAPERS, SECOND_TOTALS

STATES = re.compile(r"(?:LIVE|CERTIFIED|PROVISIONAL|SUSPENDED|OFFICIAL) v\d")


@pytest.fixture
def day(tmp_path: Path, open_page: Open) -> Iterator[Day]:
    for service in running(prepared_day(tmp_path, "11:00:00")):
        yield Day(service, open_page)


@pytest.mark.timeout(300)
def test_a_rally_day_becomes_official_at_the_screens_of_its_officials(day: Day, tmp_path: Path) -> None:
    everybody_sits_down(day)
    the_wrong_number_and_the_failed_beam(day)
    the_red_flag_and_the_clock(day)
    certified_and_issued(day)
    day.at("11:20:00")
    a_protest_and_a_late_impulse(day)
    day.at("11:53:00")
    it_is_official(day)
    the_papers_prove_themselves(day, tmp_path / "papers")


def everybody_sits_down(day: Day) -> None:
    """The clerk gives the marshal a link at the desk; the cars have driven; the public watches."""
    assert PAGES.is_file()
    links = day.service.told["links"]
    clerk = day.sit_down("clerk", "/desk/people", links["clerk"])
    form = clerk.locator(".person-form")
    form.locator("[name=name]").fill("Marta")
    form.locator("[name=role][value=marshal]").check()
    for post in form.locator("[name=control]").all():
        post.check()
    form.get_by_role("button", name="Make the link").press("Enter")
    marta = clerk.locator(".link-text")
    expect(marta).to_contain_text("/l/")
    day.send(timers())
    day.enter_cards(marta.inner_text())
    day.sit_down("marshal", "/control/SS1.FF", marta.inner_text())
    day.sit_down("timekeeper", "/desk", links["timekeeper"])
    day.sit_down("steward", "/desk", day.link_beside("Stella", "steward"))
    day.sit_down("first stage", "/stages/SS1")
    day.sit_down("second stage", "/stages/SS2")
    day.sit_down("board", "/")
    day.times("first stage", {"7": "5:48.0", "8": "5:49.3?"})
    day.published("board", "Unofficial")
    clerk.keyboard.press("Escape")
    clerk.keyboard.press("g")
    clerk.keyboard.press("q")
    expect(clerk.locator(".matter").first).to_be_visible(timeout=PATIENCE_MS)


def the_wrong_number_and_the_failed_beam(day: Day) -> None:
    timekeeper, clerk, steward = (day.pages[who] for who in ("timekeeper", "clerk", "steward"))
    # What the operator typed as a second car 5 was car 6.
    take_up(timekeeper, "missing-SS2-6")
    expect(timekeeper.locator(".choices li").first).to_contain_text("read as car 5")
    timekeeper.keyboard.press("1")
    expect(shown(timekeeper)).to_contain_text("6:06.7")
    record(timekeeper, "the starter's list has 6 here")
    day.times("second stage", {"6": "6:06.7?"})
    settled(clerk, "missing-SS2-6")
    # The beam missed car 8: by hand, corrected by its ten neighbours. The clerk cannot, the Timekeeper does.
    take_up(clerk, "review-SS1.FF-8")
    expect(clerk.locator(".choices button").first).to_be_disabled()
    answer(timekeeper, "review-SS1.FF-8", "1", "beam blocked by a spectator")
    day.times("first stage", {"8": "5:49.1E"})
    settled(clerk, "review-SS1.FF-8")
    settled(steward, "review-SS1.FF-8")


def the_red_flag_and_the_clock(day: Day) -> None:
    timekeeper, clerk = day.pages["timekeeper"], day.pages["clerk"]
    write(
        clerk, "Retirement", {"car": "11", "control": "SS2.FF", "cause": "accident"}, "report of the doctor"
    )
    flag = {"stage": "SS2", "at": "10:01:00", "caused_by": "11", "restarted_at": "10:12:00"}
    write(clerk, "Red flag: a stage was stopped", flag, "report of the stage commander")
    write(
        clerk, "Assign a start", {"control": "SS2.START", "car": "14", "at": "10:12:00"}, "after the red flag"
    )
    day.times("second stage", {"14": "6:08.0?"})
    for car in ("12", "13"):
        # By the crews that were through before the flag: the fastest of them, the clerk's first offer.
        take_up(clerk, f"proposal-notional-SS2-{car}")
        clerk.keyboard.press("1")
        expect(shown(clerk)).to_contain_text("5:56.3")
        record(clerk, "met the red flag")
        day.times("second stage", {car: "5:56.3N"})
    # A clock that gained 2 ms in a minute: all its times in one decision.
    take_up(timekeeper, "clock-beam-2")
    timekeeper.keyboard.press("1")
    expect(shown(timekeeper)).to_contain_text("6:04.1")
    record(timekeeper, "by the checks of 9:00 and 10:30")
    day.times("second stage", {"1": "6:04.0*", "3": "6:07.9*", "13": "5:56.3N"})
    # What the notional times rest on has moved with it.
    for car in ("12", "13"):
        answer(clerk, f"proposal-notional-SS2-{car}", "1", "the clock was put right")
        day.times("second stage", {car: "5:56.2N"})
    day.order("board", FIRST_TOTALS)


def certified_and_issued(day: Day) -> None:
    timekeeper, clerk = day.pages["timekeeper"], day.pages["clerk"]
    for stage, page in (("SS1", "first stage"), ("SS2", "second stage")):
        take_up(timekeeper, f"certify-{stage}")
        expect(timekeeper.locator(f'[data-checklist="{stage}"]')).to_contain_text("Nothing is open.")
        answer(timekeeper, f"certify-{stage}", "1")
        expect(day.pages[page].locator(".publication")).to_contain_text("ertified", timeout=PATIENCE_MS)
    answer(clerk, "issue-overall", "1")
    day.published("board", "Provisional")


def a_protest_and_a_late_impulse(day: Day) -> None:
    """Car 10 protests against car 3, which by the beam's memory was faster still: a next version of both."""
    timekeeper, clerk, steward = (day.pages[who] for who in ("timekeeper", "clerk", "steward"))
    protest = {"scope": "Overall", "car": "10", "against": "3", "text": "the time on SS1"}
    write(clerk, "Enter a protest", protest, "handed in at 11:20")
    expect(day.pages["board"].locator(".publication").first).to_contain_text("1", timeout=PATIENCE_MS)
    take_up(steward, "protest-")
    day.send([spooled()])
    take_up(timekeeper, "amendment-SS1")
    expect(timekeeper.locator('[data-checklist="SS1"] .changes')).to_contain_text("5:43.5")
    # What is certified stands until it is decided.
    day.times("first stage", {"3": "5:43.6"})
    day.order("board", FIRST_TOTALS)
    timekeeper.locator("[data-act=AcceptAmendment]").press("Enter")
    record(timekeeper, "read out of the beam's memory")
    day.times("first stage", {"3": "5:43.5"})
    day.order("board", FIRST_TOTALS)
    answer(clerk, "issue-overall", "1")
    day.order("board", SECOND_TOTALS)
    take_up(steward, "protest-")
    steward.keyboard.press("2")
    record(steward, "the beam's record was read out")
    settled(clerk, "protest-")


def it_is_official(day: Day) -> None:
    answer(day.pages["steward"], "finalise-overall-v2", "1")
    day.published("board", "Official")
    day.order("board", SECOND_TOTALS)
    settled(day.pages["clerk"], "finalise-overall-v2")


def the_papers_prove_themselves(day: Day, folder: Path) -> None:
    """Each version is taken from the desk on paper and as a file, and proves itself from the journal."""
    folder.mkdir()
    page = day.pages["timekeeper"]
    page.keyboard.press("g")
    page.keyboard.press("s")
    for ident, state, said in PAPERS:
        files = page.locator(f'[data-document="{ident}"] a')
        expect(files).to_have_count(3, timeout=PATIENCE_MS)
        got = {}
        for link in files.all():
            fetched = page.request.get(f"{day.service.url}{link.get_attribute('href')}")
            assert fetched.ok, f"{ident}: {fetched.status}"
            got[link.inner_text().lower()] = fetched.body()
        pages = pypdf.PdfReader(io.BytesIO(got["pdf"])).pages
        text = re.sub(r"\s+", " ", " ".join(each.extract_text() for each in pages))
        assert set(STATES.findall(text)) == {state}, text
        assert all(words in text for words in said), text
        assert said[0] in got["csv"].decode()
        (folder / f"{ident}.json").write_bytes(got["json"])
    whole = ("--journal", str(day.service.data), "--event", str(day.service.folder))
    for ident, _, _ in PAPERS:
        status, told = rallykeeper("verify", str(folder / f"{ident}.json"), *whole)
        assert status == 0, told
        assert "signed with the Official Timekeeper's key" in told
        assert f"the journal gives {ident} again, byte for byte" in told

"""Every decision of every office can be written at the desk, and is shown before it is recorded."""

import json
import re
import subprocess
import sys
from typing import get_args

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Open, Service
from tests.browser.test_desk import at_desk, change, recorded, results, shown, take_up
from tests.browser.trouble import trouble
from timing.core.decisions import Act, Role
from timing.core.publication_acts import AcceptAmendment, Certify, Finalise, Issue, RefuseAmendment
from timing.core.roles import may

#: Taken from the checklist of a paper, or from the log: they name what was seen there.
ELSEWHERE = {each.__name__ for each in (Certify, AcceptAmendment, RefuseAmendment, Issue, Finalise)} | {
    "Withdraw"
}


@pytest.fixture
def troubled(own_service: Service) -> Service:
    trouble(own_service)
    return own_service


def link_of(service: Service, name: str, *roles: str) -> str:
    """Give somebody a link beside the running service, with several offices in it."""
    command: list[str] = [sys.executable, "-m", "dashboard.serve", "access", str(service.folder)]
    command += [
        "--data",
        str(service.data),
        "--name",
        name,
        "--json",
        *(word for role in roles for word in ("--role", role)),
    ]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return str(json.loads(said.stdout)["link"])


@pytest.mark.parametrize("role", ["timekeeper", "clerk", "steward"])
def test_there_is_a_form_for_every_decision_that_an_office_may_take_and_for_no_other(
    own_service: Service, open_page: Open, role: str
) -> None:
    page = at_desk(own_service, open_page, role)
    offered = page.locator(".form-select option").evaluate_all("all => all.map(one => one.value)")
    taken = {act.__name__ for act in get_args(Act) if may(Role(role), act)}
    assert set(offered) - {""} == taken - ELSEWHERE


def test_a_red_flag_and_longer_limits_are_written_and_shown_by_keyboard(
    troubled: Service, open_page: Open
) -> None:
    page = at_desk(troubled, open_page, "clerk")
    page.keyboard.press("n")
    page.keyboard.type("Extend")
    page.keyboard.press("Tab")
    page.keyboard.type("TC3")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("45x")
    page.keyboard.press("Enter")
    expect(page.locator(".act-form [role=alert]")).to_have_text("In total (min): write a whole number")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    shown(page)
    expect(page.locator(".draft .facts").first).to_have_text(
        "Extend lateness: effective from TC3, max late total 45"
    )
    expect(page.locator(".draft-note")).to_be_focused()
    page.keyboard.type("fog on the pass")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_be_visible(timeout=10_000)
    (decision,) = recorded(troubled)
    assert decision["act"] == {"type": "ExtendLateness", "effective_from": "TC3", "max_late_total": 45}
    assert (decision["role"], decision["text"]) == ("clerk", "fog on the pass")


def test_a_time_allowance_is_granted_exactly_as_the_marshal_saw_it(
    troubled: Service, open_page: Open
) -> None:
    page = at_desk(troubled, open_page, "clerk")
    page.locator(".form-select").select_option("AllowTime")
    form = page.locator(".act-form")
    form.locator("[name=stage]").select_option("PC1")
    form.locator("[name=car]").fill("5")
    form.locator("[name=time]").fill("0:20")
    form.locator("[name=exact]").select_option("true")
    form.locator("button").click()
    shown(page)
    page.locator(".draft-note").fill("a cow, seen by the marshal")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_be_visible(timeout=10_000)
    assert recorded(troubled)[0]["act"] == {
        "type": "AllowTime", "stage": "PC1", "car": "5", "time": 20_000_000, "exact": True,
    }  # fmt: skip


def test_a_stamp_is_chosen_at_its_control_and_given_to_its_car(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    page.locator(".form-select").select_option("AssignCar")
    form = page.locator(".act-form")
    form.locator("[name=control]").select_option("PC1.1")
    stamps = form.locator("[name=stamp] option").all_text_contents()
    misread = next(text for text in stamps if "car 8" in text)
    form.locator("[name=stamp]").select_option(label=misread)
    form.locator("[name=car]").fill("3")
    form.locator("button").click()
    shown(page)
    expect(change(page, "PC1", "3", "time")).to_have_text(re.compile(r"–→0:18\.11"))
    page.locator(".draft-note").press("Enter")
    expect(page.locator(".told")).to_be_visible(timeout=10_000)
    assert results(troubled, "PC1")["3"]["time"]["text"] == "0:18.11"


def test_who_holds_several_offices_says_in_which_one_they_act(own_service: Service, open_page: Open) -> None:
    # A small rally: one person is clerk of the course and keeps the stewards' papers.
    link = link_of(own_service, "Carla", "clerk", "steward")
    page = open_page(f"{own_service.url}/desk", link)
    page.locator(".form-select").select_option("Protest")
    form = page.locator(".act-form")
    form.locator("[name=scope]").select_option("overall")
    form.locator("[name=car]").fill("2")
    form.locator("[name=text]").fill("the start order")
    form.locator("button").click()
    office = page.locator(".draft-office select")
    expect(office).to_be_visible()
    assert office.locator("option").all_text_contents() == ["clerk of the course", "steward"]


def test_a_person_sees_what_somebody_else_ruled_meanwhile_in_full(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    take_up(page, "review-PC2.1-4")
    page.keyboard.press("1")
    shown(page)
    act = {"type": "CorrectTime", "control": "PC2.1", "car": "4", "at": "2024-04-21T16:28:41.000Z"}
    with troubled.signed_in("timekeeper") as other:
        sent = {"act": act, "reason": "DEVICE_FAULT", "text": "the second loop"}
        other.post("/api/decisions", json=sent).raise_for_status()
    page.keyboard.press("Enter")
    expect(page.locator(".draft-fault li")).to_contain_text(
        re.compile(r"Time of car 4 at PC2\.1: 09:28:41, by .*: the second loop"), timeout=10_000
    )

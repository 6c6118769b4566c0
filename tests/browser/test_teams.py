"""The list of teams on the board."""

import csv

from playwright.sync_api import expect

from tests.browser.conftest import Open, Service

#: Of the first crews; all others drive for themselves.
TEAMS = {"1": "Rossa", "2": "Azure", "3": "Rossa", "4": "Azure", "5": "Verde"}


def in_teams(service: Service) -> None:
    """Start the service again with teams in its event folder."""
    service.stop()
    entries = service.folder / "entries.csv"
    with entries.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with entries.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0] | {"team": ""}))
        writer.writeheader()
        writer.writerows(row | {"team": TEAMS.get(row["car_number"], "")} for row in rows)
    with (service.folder / "rally.toml").open("a", encoding="utf-8") as file:
        file.write("\n[teams]\ncount = 2\n")
    service.start()


def test_teams_are_listed_by_the_sum_of_their_best_crews(own_service: Service, open_page: Open) -> None:
    in_teams(own_service)
    page = open_page(own_service.url)
    page.get_by_role("link", name="Teams").click()
    rows = page.locator("table.teams tbody tr")
    expect(rows).to_have_count(3)
    with own_service.signed_in("clerk") as clerk:
        for car, time in (("1", "18.30"), ("3", "18.05"), ("2", "18.10"), ("4", "18.00"), ("5", "18.00")):
            act = {"type": "SetNotional", "stage": "PC1", "car": car, "time": time}
            clerk.post("/api/decisions", json={"act": act, "text": "test"}).raise_for_status()
    # The 10 points of car 2 at its coefficient of 1.27, and none for car 4.
    expect(rows.nth(2)).to_contain_text("1 of 2", timeout=5_000)
    expect(rows.nth(0).locator("td.total")).to_contain_text("12.70", timeout=5_000)
    cells = [
        [cell.strip() for cell in row.all_inner_texts()] for row in (r.locator("td") for r in rows.all())
    ]
    assert [(place, team, crews) for place, team, crews, *_ in cells] == [
        ("1", "Azure", "4, 2"),
        ("2", "Rossa", "3, 1"),
        ("–", "Verde", "1 of 2 crews have a place"),
    ]

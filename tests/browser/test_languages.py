"""The languages of the pages: whose they are, that they stay, and that official times are the same in all."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched

SAID = {
    "it": ("Non ufficiale", "Distacco", "Penalità", "ritardo al controllo orario", "330,6 km"),
    "fr": ("Non officiel", "Écart", "Pénalités", "retard au contrôle horaire", "330,6 km"),
    "de": ("Inoffiziell", "Rückstand", "Strafen", "zu spät an der Zeit\u00adkontrolle", "330,6 km"),
    "es": ("No oficial", "Diferencia", "Penalizaciones", "retraso en el control horario", "330,6 km"),
}


def live(page: Page) -> Page:
    """Wait until the page holds the board."""
    expect(page.locator("table.standings tbody tr").first).to_be_visible()
    return page


@pytest.mark.parametrize("language", SAID)
def test_a_browser_is_met_in_its_own_language(
    service: Service, open_page: Open, watched: Watched, language: str
) -> None:
    unofficial, gap, penalties, late, distance = SAID[language]
    page = live(open_page(service.url, locale=language))
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".state strong")).to_have_text(unofficial)
    assert gap.upper() in [head.upper() for head in page.locator("thead th").all_inner_texts()]
    expect(page.locator(".strip")).to_contain_text(distance)
    page.get_by_role("link", name=penalties).click()
    expect(page.locator("tr[data-car='9'] .penalty-rule")).to_contain_text(late)
    assert page.title().startswith(penalties)
    assert watched.complaints == []


def test_official_times_and_points_read_the_same_in_every_language(service: Service, open_page: Open) -> None:
    rows = httpx.get(service.url + "/api/stages/PC2/results").json()["rows"]
    page = open_page(service.url + "/stages/PC2", locale="de-DE")
    row = page.locator("table.results tr[data-car='10']")
    expect(row.locator("td.time")).to_have_text(rows["10"]["time"]["text"])
    expect(row).to_contain_text(rows["10"]["deviation"]["text"])
    assert "." in rows["10"]["time"]["text"]


def test_a_language_nobody_has_translated_is_english(service: Service, open_page: Open) -> None:
    page = live(open_page(service.url, locale="fi-FI"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".state strong")).to_have_text("Unofficial")


def test_a_chosen_language_is_kept_and_redraws_every_row(service: Service, open_page: Open) -> None:
    page = live(open_page(service.url, locale="en-GB"))
    row = page.locator("table.standings tr[data-car='1'] .status-word")
    expect(row).to_have_text("On the road")
    choice = page.get_by_role("combobox", name="Language")
    choice.focus()
    choice.select_option("fr")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(row).to_have_text("Sur la route")
    expect(page.get_by_role("combobox", name="Langue")).to_be_focused()
    page.reload()
    live(page)
    expect(row).to_have_text("Sur la route")


def test_an_address_may_ask_for_a_language_without_keeping_it(service: Service, open_page: Open) -> None:
    page = live(open_page(service.url + "/?lang=es", locale="en-GB"))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.goto(service.url)
    live(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_only_the_catalogue_of_the_language_shown_is_fetched(
    service: Service, open_page: Open, watched: Watched
) -> None:
    live(open_page(service.url, locale="it-IT"))
    scripts = [url for url in watched.requests if url.endswith(".js")]
    named = [url.rpartition("/")[2].split("-")[0] for url in scripts]
    assert named.count("it") == 1
    assert not {"fr", "de", "es"} & set(named)


def test_a_catalogue_that_cannot_be_had_leaves_the_page_in_english(service: Service, open_page: Open) -> None:
    page = open_page("about:blank", locale="de-DE")
    page.route("**/static/de-*.js", lambda route: route.abort())
    page.goto(service.url)
    live(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".state strong")).to_have_text("Unofficial")


def test_a_marshal_works_in_the_own_language(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/control/PK2", service.told["links"]["marshal"], locale="it-IT")
    expect(page.get_by_text("Prima il tempo, poi il numero").first).to_be_visible()
    expect(page.get_by_text("Attesi").first).to_be_visible()

"""What was certified can be read back from its canonical form, to the last value."""

import json

import pytest

from tests.core.publishing import Book
from tests.core.rallies import Pen, regularity, stage_rally, told
from tests.core.stories import nameless_story, stage_story
from timing.core.canonical import canonical
from timing.core.kept_results import kept_sheet
from timing.core.official_results import list_sheet, stage_sheet
from timing.core.official_sheets import (
    ListSheet,
    StageSheet,
    list_difference,
    list_results_of,
    stage_difference,
    stage_results_of,
)
from timing.core.publication import Publications

STORIES = {
    "stages": lambda: (stage_rally(), stage_story(Pen())),
    "regularity": lambda: (regularity(), nameless_story(Pen())),
}


@pytest.mark.parametrize("story", STORIES)
def test_every_value_of_every_sheet_comes_back(story: str) -> None:
    event, records = STORIES[story]()
    rally, publications = told(event, records), Publications(event)
    for stage in event.itinerary.stages:
        made = stage_sheet(rally, stage, 1)
        text = canonical(stage_results_of(stage, made.rows))
        kept = kept_sheet(event, text)
        assert isinstance(kept, StageSheet)
        assert kept.digest == made.digest
        assert stage_difference(made.rows, kept.rows) == ()
        assert list(kept.rows) == list(made.rows)
        assert canonical(stage_results_of(stage, kept.rows)) == text
        assert [row.gap for row in kept.rows.values()] == [row.gap for row in made.rows.values()]
    for scope in rally.scopes():
        issued = list_sheet(rally, publications, scope, 1)
        text = canonical(list_results_of(issued.listed, issued.penalties))
        back = kept_sheet(event, text)
        assert isinstance(back, ListSheet)
        assert back.digest == issued.digest
        assert list_difference(issued.listed, back.listed) == ()
        assert list(back.listed.rows) == list(issued.listed.rows)
        assert canonical(list_results_of(back.listed, back.penalties)) == text


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"kind":"stage","stage":"SS9","rows":[]}', b'{"kind":1}']
)
def test_what_are_no_results_of_this_event_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="no certified results"):
        kept_sheet(stage_rally(), text)


def test_a_text_changed_by_hand_has_another_digest() -> None:
    book = Book()
    book.drive(1)
    sheet = book.stage("SS1")
    values = json.loads(canonical(stage_results_of("SS1", sheet.rows)))
    values["rows"][0]["time"] -= 100_000
    assert kept_sheet(book.fold.event, canonical(values)).digest != sheet.digest

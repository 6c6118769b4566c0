"""What the documents tell an organizer to write is what the loader takes."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.timing.folders import SPECIAL_STAGES, event, make, said
from timing.core.itinerary import ControlKind
from timing.folder_entries import ENTRY_COLUMNS
from timing.folder_itinerary import ITINERARY_COLUMNS
from timing.presets import preset_names
from timing.presets.tables import SECTION_KINDS

ROOT = Path(__file__).resolve().parents[2]
FOLDER_PAGE = (ROOT / "docs" / "event-folder.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def blocks(page: str, holding: str) -> list[str]:
    found = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    return [block for block in found if holding in block]


@pytest.mark.parametrize("page", [FOLDER_PAGE, README], ids=["event folder", "README"])
@pytest.mark.parametrize("holding", ["[scoring]", "[[bulletins]]"])
def test_the_examples_are_taken_as_they_stand(tmp_path: Path, page: str, holding: str) -> None:
    (block,) = blocks(page, holding)
    rules = block.replace('preset = "FIA_STAGE"', "").replace('"TC14"', '"TC2"')
    folder = make(tmp_path, "FIA_STAGE", *SPECIAL_STAGES, rules=rules)
    errors = [line for line in said(folder).splitlines() if ": warning: " not in line]
    assert errors == []
    written = tomllib.loads(block)
    assert (len(event(folder).rules_from) == 1) is ("bulletins" in written)


def test_each_column_kind_and_preset_is_in_the_documents() -> None:
    for word in (*ITINERARY_COLUMNS, *ENTRY_COLUMNS, *SECTION_KINDS, *ControlKind):
        assert re.search(rf"\b{word}\b", FOLDER_PAGE), word
    for name in preset_names():
        assert f"`{name}`" in README

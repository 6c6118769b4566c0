"""docs/rules.md: made from the presets and the code, and never behind them."""

import re
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from timing.core import preset as preset_module
from timing.core.preset import Preset
from timing.presets import load_preset, preset_names
from timing.presets.meanings import field_meanings, words
from timing.presets.rulebook import first_line, rulebook
from timing.presets.where import places

ROOT = Path(__file__).resolve().parents[2]
ABOUT = {"name", "version", "title", "source", "sources", "unverified"}


def test_the_page_says_what_the_presets_and_the_code_say() -> None:
    written = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert written == rulebook(), "run `make docs`"


def test_every_field_has_its_place_in_the_code() -> None:
    assert set(places()) == {f.name for f in fields(Preset)} - ABOUT


def test_every_field_and_every_word_says_what_it_means() -> None:
    assert set(field_meanings()) >= set(places())
    kinds = [kind for kind in vars(preset_module).values() if isinstance(kind, type)]
    own = [kind for kind in kinds if issubclass(kind, StrEnum) and kind is not StrEnum]
    assert len(own) > 10
    for kind in own:
        _, meanings = words()[kind.__name__]
        assert set(meanings) == {str(word) for word in kind}


@pytest.mark.parametrize("field", places())
def test_the_functions_that_compute_a_field_exist_and_say_what_they_do(field: str) -> None:
    for function in places()[field].functions:
        assert len(first_line(function)) > 10


def test_a_field_is_computed_with_where_the_page_says_so_and_nowhere_else() -> None:
    folders = [ROOT / "timing", ROOT / "dashboard"]
    texts = [
        path.read_text("utf-8")
        for folder in folders
        for path in folder.rglob("*.py")
        if "presets" not in path.parts and path.name != "preset.py"
    ]
    read = {field for field in places() if any(re.search(rf"\.{field}\b", text) for text in texts)}
    assert read == {field for field, place in places().items() if place.functions}


def test_the_page_has_each_source_and_each_doubt() -> None:
    page = rulebook()
    for name in preset_names():
        preset = load_preset(name)
        assert f"## {name}: {preset.title}" in page
        for field, source in preset.sources.items():
            assert re.search(rf"\| `{field}` \|.*\| {re.escape(source)} \|\n", page), (name, field)
        for field, doubt in preset.unverified.items():
            wanted = rf"\| `{field}` \|.*\| \*\*not verified\*\*: {re.escape(doubt)} \|\n"
            assert re.search(wanted, page), (name, field)

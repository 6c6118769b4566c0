"""docs/devices.md: made from the catalogue and the decoders, and never behind them."""

import re
from pathlib import Path

import pytest

from devices.catalogue import DECODERS
from devices.decoder_kind import Part, Tried
from devices.device_book import device_book, documentation

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_says_what_the_catalogue_and_the_decoders_say() -> None:
    written = (ROOT / "docs" / "devices.md").read_text("utf-8")
    assert written == device_book(), "run `make docs`"


@pytest.mark.parametrize("name", DECODERS)
def test_every_protocol_says_what_it_is_in_a_rally_and_where_that_was_read(name: str) -> None:
    kind = DECODERS[name]
    text = documentation(kind)
    assert "In a rally: " in text
    assert name == "native" or "Source" in text
    assert kind.parts
    assert kind.transport
    assert f"[`{name}`](#" in device_book()


def test_every_row_of_a_table_has_the_columns_of_its_heading() -> None:
    columns = 0
    for line in device_book().splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        own = len(re.findall(r"(?<!\\)\|", line))
        assert own == (columns or own), line
        columns = own
    assert "==" not in device_book().replace("0x", "")


def test_every_word_of_the_catalogue_is_explained() -> None:
    page = device_book()
    assert all(f"- *{word}*: " in page for word in Tried)
    assert all(part in page for part in Part)

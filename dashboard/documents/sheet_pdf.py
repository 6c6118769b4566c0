"""Sheets set in type. The one file that knows the typesetter.

Typst comes as one wheel without system libraries, sets Unicode with embedded fonts and repeats the heads of
tables; the layout is `sheet.typ`, which gets the sheet as data and never as markup. Fonts come from
packages and never from the system, and the file's date from the sheet: the same sheet gives the same bytes.
"""

import importlib.resources
import json
import re
import threading
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from pathlib import Path

import typst

from dashboard.documents.qr import qr_svg
from dashboard.documents.sheet import Sheet
from timing.core.instant import SECOND

#: The typesetter keeps what it has set in a store that all share; one sheet at a time bounds it.
_ONE_AT_A_TIME = threading.Lock()
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")


#: Packages of fonts (SIL Open Font License): Latin, Greek and Cyrillic, with figures of one width.
_FONTS = ("fontpkg_fira_sans", "fontpkg_fira_sans_condensed")


class Paper(StrEnum):
    """The sizes of paper."""

    A4 = "a4"
    LETTER = "us-letter"


def sheet_pdf(sheet: Sheet, paper: Paper = Paper.A4) -> bytes:
    """Return a sheet as PDF; the same sheet gives the same bytes."""
    said = asdict(sheet) | {"state_text": sheet.state_text}
    inputs = {
        "sheet": json.dumps(_printable(said), ensure_ascii=False, sort_keys=True),
        "paper": paper.value,
        "qr": qr_svg(sheet.link) if sheet.link else "",
    }
    with _ONE_AT_A_TIME:
        made = typst.compile(
            _layout(),
            font_paths=_fonts(),
            format="pdf",
            sys_inputs=inputs,
            timestamp=sheet.at // SECOND,
        )
    assert isinstance(made, bytes)
    return made


@cache
def _layout() -> bytes:
    return importlib.resources.files("dashboard.documents").joinpath("sheet.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    folders = [Path(str(importlib.resources.files(package))) / "files" for package in _FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _printable(value: object) -> object:
    """The same data without control characters; names come from strangers."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(" ", value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value

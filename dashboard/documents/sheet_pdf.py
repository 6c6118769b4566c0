"""Sheets as PDF.

The layout (`sheet.typ`) gets a sheet as data and never as markup. Fonts come from packages and never from
the system, and the file's date from the sheet: the same sheet gives the same bytes.
"""

import importlib.resources
import json
import re
import subprocess
import sys
import threading
from dataclasses import asdict
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from dashboard.documents.qr import qr_svg
from dashboard.documents.sheet import Sheet
from timing.core.instant import SECOND

#: Packages of fonts (SIL Open Font License): Latin, Greek and Cyrillic, with figures of one width.
_FONTS = ("fontpkg_fira_sans", "fontpkg_fira_sans_condensed")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")
_PROGRAM = Path(__file__).with_name("typeset.py")
#: 400 lines take about a second.
_PATIENCE = 60.0
#: One sheet at a time leaves the rest of the machine to the rally; the same sheet is set once.
_ONE_AT_A_TIME = threading.Lock()
_KEPT = 16


class Paper(StrEnum):
    """The sizes of paper."""

    A4 = "a4"
    LETTER = "letter"


_SIZES = {Paper.A4: "a4", Paper.LETTER: "us-letter"}


class TypesetError(Exception):
    """A sheet that could not be set; the text is the typesetter's."""


def sheet_pdf(sheet: Sheet, paper: Paper = Paper.A4) -> bytes:
    """Return a sheet as PDF; the same sheet gives the same bytes.

    Raises:
        TypesetError: the typesetter failed, or took more than a minute.
    """
    with _ONE_AT_A_TIME:
        return _set(sheet, paper)


@lru_cache(maxsize=_KEPT)
def _set(sheet: Sheet, paper: Paper) -> bytes:
    said = asdict(sheet) | {"state_text": sheet.state_text}
    asked = {
        "inputs": {
            "sheet": json.dumps(_printable(said), ensure_ascii=False, sort_keys=True),
            "paper": _SIZES[paper],
            "qr": qr_svg(sheet.link) if sheet.link else "",
        },
        "fonts": [str(Path(str(importlib.resources.files(package))) / "files") for package in _FONTS],
        "timestamp": sheet.at // SECOND,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TypesetError(f"the typesetter took more than {_PATIENCE:.0f} s") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise TypesetError(done.stderr.decode("utf-8", "replace").strip() or f"status {done.returncode}")
    return done.stdout


def _printable(value: object) -> object:
    """The same data without control characters and lone surrogates; names come from strangers."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(" ", value).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value

"""Texts in a CSV file that a spreadsheet would run as formulas (CWE-1236): shown as text, and taken back.

An apostrophe in front makes a text of what would be a formula. `bare` undoes `guard` for every text, so that
a list that was exported and brought back is the same list.
"""

import re

_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_SIGNED_NUMBER = re.compile(r"[+-]\d[\d:.]*")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would compute the text; signed numbers and times such as +1:30 are none."""
    return _FORMULA.match(text) is not None and _SIGNED_NUMBER.fullmatch(text) is None


def guard(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + text if looks_like_formula(text) or _GUARDED.match(text) else text


def bare(text: str) -> str:
    """Take away the apostrophe that `guard` (or a spreadsheet's user) put before a text."""
    return text[1:] if _GUARDED.match(text) else text

"""Text tables of any separator and the usual encodings."""

import csv
import io
from collections.abc import Callable

from timing.folder_text import Severity
from timing.imports.grid import Finding, Line, Sheet, UnreadableError
from timing.imports.safe_text import bare

_SEPARATORS = (",", ";", "\t", "|", "^", "~")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LINES_AT_MOST = 5_000


def read_delimited(
    raw: bytes, name: str, matches: Callable[[Sheet], int]
) -> tuple[Sheet, tuple[Finding, ...]]:
    """Read a text table; `matches` counts the column titles that are understood, for the separator.

    UTF-8 and UTF-16 by their marks, UTF-8 without one, and else Windows-1252, which is noted. A first line
    `sep=;` decides.

    Raises:
        UnreadableError: the bytes are no text, or hold no table.
    """
    text, findings = decode_text(raw, name)
    if not text.strip():
        raise UnreadableError(f"{name}: found an empty file, expected a list with column titles")
    if "\0" in text:
        raise UnreadableError(f"{name}: found bytes that are no text, expected CSV, XLSX or GPX")
    first, _, rest = text.partition("\n")
    skipped = 0
    separators: tuple[str, ...] = _SEPARATORS
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        text, skipped, separators = rest, 1, (first.strip()[4],)
    tries = [_table(text, name, separator, skipped) for separator in separators]
    sheet, faults = max(tries, key=lambda found: (matches(found[0]), _width(found[0])))
    return sheet, (*findings, *faults)


def decode_text(raw: bytes, name: str) -> tuple[str, tuple[Finding, ...]]:
    """Return the text of a file of unknown encoding, with a warning where it was guessed.

    Raises:
        UnreadableError: no encoding fits.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding), ()
            except UnicodeDecodeError as error:
                raise UnreadableError(f"{name}: found a broken {encoding} text ({error.reason})") from error
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError as other:
            raise UnreadableError(
                f"{name}:{line}: found the byte 0x{raw[other.start]:02x}, expected UTF-8 or Windows-1252"
            ) from other
        # One byte is one letter in there, so that the place of the byte is that of the letter.
        first, last = text.rfind("\n", 0, error.start) + 1, text.find("\n", error.start)
        word = text[
            max(first, error.start - 20) : min(last if last >= 0 else len(text), error.start + 20)
        ].strip()
        note = Finding(
            f"{name}:{line}",
            f"a text that is not UTF-8, read as Windows-1252: {word!r}",
            "UTF-8 (look whether the letters are right)",
            Severity.WARNING,
        )
        return text, (note,)


def _table(text: str, name: str, separator: str, skipped: int) -> tuple[Sheet, tuple[Finding, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    findings: list[Finding] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if len(lines) == _LINES_AT_MOST:
                findings.append(
                    Finding(f"{name}:{line + skipped}", "more lines", f"at most {_LINES_AT_MOST}")
                )
                break
            lines.append(Line(line + skipped, tuple(bare(cell) for cell in cells)))
    except csv.Error as error:
        place = f"{name}:{reader.line_num + skipped}"
        findings.append(Finding(place, f"a broken line ({error})", "cells in matching quotes"))
    return Sheet(name=name, lines=tuple(lines)), tuple(findings)


def _width(sheet: Sheet) -> int:
    return max((len(line.cells) for line in sheet.lines), default=0)

"""`rallykeeper import` and `rallykeeper export`: lists of others into an event folder, and its lists out.

Importing shows first and writes only when asked to. Exit status: 0 fine, 1 problems, 2 misused.
"""

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

from dashboard.commands import FINE, MISUSED, WRONG
from dashboard.tables import text_table
from timing.folder_text import Severity
from timing.imports.difference import Difference
from timing.imports.finish import Preview
from timing.imports.grid import ListKind, MisuseError, UnreadableError
from timing.imports.preview import Wish, preview
from timing.imports.safe_text import guard
from timing.imports.target import read_list, read_target
from timing.imports.workbook import write_workbook
from timing.imports.write import replace_file

_ROWS_SHOWN = 10
_CHANGES_SHOWN = 200


def import_list(options: argparse.Namespace) -> int:
    """Show what a file would become in the event folder; with `--write`, write it if nothing is wrong."""
    folder, file = Path(options.folder), Path(options.file)
    if not folder.is_dir():
        return _refused(f"found no folder {folder}, expected an event folder (rallykeeper init makes one)")
    wish = Wish(
        kind=ListKind(options.kind) if options.kind else None,
        sheet=options.sheet,
        maps=tuple(options.map or ()),
        leg=options.leg,
        first_car=options.first_car,
    )
    try:
        found = preview(file.read_bytes(), file.name, wish, read_target(folder))
        written = _write(folder, found) if options.write and found.sound else []
    except MisuseError as error:
        return _refused(str(error))
    except UnreadableError as error:
        if options.json:
            print(json.dumps({"ok": False, "unreadable": str(error)}, ensure_ascii=False, indent=1))
        else:
            print(error, file=sys.stderr)
        return WRONG
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}")
    if options.json:
        print(json.dumps(_as_json(found, written), ensure_ascii=False, indent=1))
    else:
        _show(found)
        _show_end(found, written, asked=options.write)
    return FINE if found.sound else WRONG


def _refused(text: str) -> int:
    print(text, file=sys.stderr)
    return MISUSED


def _write(folder: Path, found: Preview) -> list[tuple[str, str]]:
    """Write the files of a preview; return each name with that of the old file kept, if there was one."""
    written = []
    for name, content in found.files.items():
        kept = replace_file(folder / name, content)
        written.append((name, kept.name if kept is not None else ""))
    return written


def _show(found: Preview) -> None:
    print(f"{found.source}: read as {found.kind}")
    if found.sheets:
        print(f"other sheets: {', '.join(found.sheets)}")
    width = max((len(" ".join(title.split())) for title, _ in found.understood), default=0)
    for title, ours in found.understood:
        print(f"  {' '.join(title.split()).ljust(width)}  ->  {ours}")
    if found.left_over:
        print(f"left over: {', '.join(' '.join(title.split()) for title in found.left_over)}")
    for line in found.passed_over:
        print(f"passed over {line.place}: {line.text!r} ({line.why})")
    for finding in found.findings:
        print(finding)
    shown = [[row.get(column, "") for column in found.columns] for row in found.rows[:_ROWS_SHOWN]]
    if shown:
        print(text_table(found.columns, [[" ".join(cell.split()) for cell in row] for row in shown]))
    if len(found.rows) > _ROWS_SHOWN:
        print(f"… and {len(found.rows) - _ROWS_SHOWN} more")


def _show_end(found: Preview, written: list[tuple[str, str]], *, asked: bool) -> None:
    difference = found.difference
    for line in _difference_lines(difference)[:_CHANGES_SHOWN]:
        print(f"  {line}")
    if found.kept:
        print(f"kept from the list there was: {', '.join(found.kept)}")
    errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    print(
        f"{len(found.rows)} rows: {len(difference.new)} new, {len(difference.changed)} changed, "
        f"{difference.same} as they were, {len(difference.gone)} gone; "
        f"{errors} errors, {len(found.findings) - errors} warnings"
    )
    for name, kept in written:
        print(f"written: {name}{f' (the old one is {kept})' if kept else ''}")
    if not written:
        names = ", ".join(found.files)
        why = "because of the errors" if errors and asked else f"--write puts it into {names}"
        print(f"nothing written: {'correct the errors first' if errors and not asked else why}")


def _difference_lines(difference: Difference) -> list[str]:
    lines = [
        f"changed {change.key}: "
        + ", ".join(f"{column} {old!r} -> {new!r}" for column, (old, new) in change.cells.items())
        for change in difference.changed
    ]
    if difference.new:
        lines.append(f"new: {', '.join(difference.new)}")
    if difference.gone:
        lines.append(f"gone: {', '.join(difference.gone)}")
    if difference.moved:
        lines.append("the order is another one")
    return lines


def _as_json(found: Preview, written: list[tuple[str, str]]) -> dict[str, Any]:
    difference = found.difference
    return {
        "ok": found.sound,
        "source": found.source,
        "other_sheets": list(found.sheets),
        "kind": found.kind.value,
        "understood": [{"title": title, "column": ours} for title, ours in found.understood],
        "left_over": list(found.left_over),
        "passed_over": [
            {"place": line.place, "text": line.text, "why": line.why} for line in found.passed_over
        ],
        "problems": [
            {
                "place": finding.place,
                "found": finding.found,
                "expected": finding.expected,
                "severity": finding.severity.value,
            }
            for finding in found.findings
        ],
        "columns": list(found.columns),
        "rows": [
            {"place": place, **{column: row.get(column, "") for column in found.columns}}
            for place, row in zip(found.places, found.rows, strict=True)
        ],
        "difference": {
            "new": list(difference.new),
            "changed": [
                {
                    "key": change.key,
                    "cells": {
                        column: {"old": old, "new": new} for column, (old, new) in change.cells.items()
                    },
                }
                for change in difference.changed
            ],
            "same": difference.same,
            "gone": list(difference.gone),
            "moved": difference.moved,
        },
        "kept": list(found.kept),
        "written": [{"file": name, "old": kept} for name, kept in written],
    }


def export_list(options: argparse.Namespace) -> int:
    """Write a list of the event folder as a workbook or a CSV file that a spreadsheet opens safely."""
    kind, out = ListKind(options.list), Path(options.out)
    table, problems = read_list(Path(options.folder), kind)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not table.rows:
        print(f"{options.folder}: found no {kind}, expected some", file=sys.stderr)
        return WRONG
    rows = [table.columns, *([row.get(column, "") for column in table.columns] for row in table.rows)]
    form = options.format or ("xlsx" if out.suffix.lower() == ".xlsx" else "csv")
    try:
        if form == "xlsx":
            content = write_workbook(kind.value.capitalize(), rows)
        else:
            text = io.StringIO(newline="")
            csv.writer(text).writerows([guard(cell) for cell in row] for row in rows)
            # The mark tells spreadsheets that this is UTF-8; without it they guess the local code page.
            content = text.getvalue().encode("utf-8-sig")
        replace_file(out, content)
    except ValueError as error:
        print(error, file=sys.stderr)
        return WRONG
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}")
    if options.json:
        print(json.dumps({"file": str(out), "rows": len(table.rows), "problems": len(problems)}))
    else:
        print(f"{len(table.rows)} rows of {kind} written to {out}")
    return WRONG if any(problem.severity is Severity.ERROR for problem in problems) else FINE

"""A score table in a file of the event folder: columns penalties and score, from 0 penalties on."""

from collections.abc import Callable
from decimal import Decimal

from timing.folder_text import Problems, Row, read_table
from timing.presets.values import decimal

SCORE_COLUMNS = ("penalties", "score")
#: Reads a file of the event folder by name: its text, or None with the problem noted, and its problems.
OpenFile = Callable[[str], tuple[str | None, Problems]]


def score_table_reader(open_file: OpenFile) -> Callable[[str], tuple[Decimal, ...]]:
    """Return a reader of score tables by file name; faults inside a file are noted with its lines."""

    def read(name: str) -> tuple[Decimal, ...]:
        if not name.endswith(".csv") or "/" in name or "\\" in name:
            raise ValueError('a CSV file of the event folder such as "score_table.csv"')
        text, problems = open_file(name)
        return read_scores(text, problems) if text is not None else ()

    return read


def read_scores(text: str, problems: Problems) -> tuple[Decimal, ...]:
    """Read the scores for 0, 1, 2, ... penalties, one a line, none left out and none rising.

    The last line holds for all further penalties. Every fault is noted.
    """
    scores: list[Decimal] = []
    for row in read_table(text, SCORE_COLUMNS, SCORE_COLUMNS, problems):
        score = _score(row, problems)
        if score is None:
            continue
        if row["penalties"] != str(len(scores)):
            problems.error(
                row.line, f"penalties {row['penalties']!r}", f"{len(scores)}: every step, from 0 on"
            )
            return ()
        if scores and score > scores[-1]:
            problems.error(row.line, f"a score of {score} behind {scores[-1]}", "scores that never rise")
        scores.append(score)
    if not scores and not problems.found:
        problems.error(1, "no score", "a line for each number of penalties, from 0 on")
    return tuple(scores)


def _score(row: Row, problems: Problems) -> Decimal | None:
    try:
        return decimal(row["score"].replace(",", "."))
    except ValueError as error:
        problems.error(row.line, f"score {row['score']!r}", str(error))
        return None

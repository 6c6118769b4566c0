"""What a sheet of paper says, as plain data: the same for print, CSV and JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from timing.core.instant import Instant


class State(StrEnum):
    """How far what a sheet says is published."""

    LIVE = "LIVE"
    """Unofficial: as the records are now."""
    CERTIFIED = "CERTIFIED"
    PROVISIONAL = "PROVISIONAL"
    SUSPENDED = "SUSPENDED"
    OFFICIAL = "OFFICIAL"


class Align(StrEnum):
    """Where the text of a column stands."""

    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `key` for programs, `head` for people.

    `share` is its part of the width that is left over (0: as wide as its texts); a column is `strong`
    where the reader looks first and `weak` where last.
    """

    key: str
    head: str
    align: Align = Align.LEFT
    share: int = 0
    strong: bool = False
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A table with a title; each line has one cell for each column."""

    title: str
    columns: tuple[Column, ...]
    lines: tuple[tuple[str, ...], ...]
    empty: str = ""
    """What is said where there is no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who stands for a sheet, with room for a signature."""

    role: str
    name: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an issued document can be held against: the short forms of digest, key and signature."""

    digest: str
    key: str
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One document.

    `at` is the instant of issue (of a live sheet: as of when it is) and `at_text` the same in rally time;
    `facts` are short statements (name, value) under the title; `link` leads to what is online.
    """

    id: str
    event: str
    edition: str
    title: str
    state: State
    at: Instant
    at_text: str
    timekeeper: str
    version: int | None = None
    simulated: bool = False
    wide: bool = False
    """Whether it is read across: sheets with many words."""
    facts: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    signatories: tuple[Signatory, ...] = ()
    proof: Proof | None = None
    link: str = ""

    @property
    def state_text(self) -> str:
        """The state as it is printed."""
        if self.state is State.LIVE:
            return "LIVE · UNOFFICIAL"
        return self.state.value if self.version is None else f"{self.state.value} v{self.version}"


def table(
    title: str, columns: Sequence[Column], lines: Iterable[Sequence[str]], *, empty: str = "", keep: str = ""
) -> Block:
    """Return a table without the columns in which nothing is said; those named in `keep` always stay."""
    rows = [tuple(line) for line in lines]
    shown = [
        index
        for index, column in enumerate(columns)
        if column.key in keep.split() or any(row[index] for row in rows)
    ]
    return Block(
        title=title,
        columns=tuple(columns[index] for index in shown),
        lines=tuple(tuple(row[index] for index in shown) for row in rows),
        empty=empty,
    )


def linked(sheet: Sheet, link: str) -> Sheet:
    """Return the sheet with the address of what is online."""
    return replace(sheet, link=link)

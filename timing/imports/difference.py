"""What a list would change in the event folder, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from timing.core.instant import parse_clock, parse_duration
from timing.imports.cells import DECIMALS, TIMES
from timing.imports.grid import ListKind

KEYS: Mapping[ListKind, str] = {ListKind.ENTRIES: "car_number", ListKind.ITINERARY: "control"}


@dataclass(frozen=True, slots=True)
class Change:
    """A row that both lists have: the texts before and after, by column, where they differ in value."""

    key: str
    cells: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The keys that are new, changed, the same and gone; `moved` where the order of the same keys differs."""

    new: tuple[str, ...]
    changed: tuple[Change, ...]
    same: int
    gone: tuple[str, ...]
    moved: bool


def compare(
    kind: ListKind, before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]
) -> Difference:
    """Compare two lists by car number or control id, by value: 08:00 is 8:00, 1.270 is 1.27."""
    key = KEYS[kind]
    old = {row.get(key, ""): row for row in before}
    new = {row.get(key, ""): row for row in after}
    changes = [
        change
        for ident, row in new.items()
        if ident in old and (change := _change(ident, old[ident], row)).cells
    ]
    kept = [ident for ident in new if ident in old]
    return Difference(
        new=tuple(ident for ident in new if ident not in old),
        changed=tuple(changes),
        same=len(kept) - len(changes),
        gone=tuple(ident for ident in old if ident not in new),
        moved=kept != [ident for ident in old if ident in new],
    )


def _change(ident: str, before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    columns = [*before, *(column for column in after if column not in before)]
    return Change(
        ident,
        {
            column: (before.get(column, ""), after.get(column, ""))
            for column in columns
            if not _same(column, before.get(column, ""), after.get(column, ""))
        },
    )


def _same(column: str, one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        if column in DECIMALS:
            return Decimal(one.replace(",", ".")) == Decimal(other.replace(",", "."))
        if column == "target":
            # 1:05 is 65 minutes at a time control and 65 seconds at a test: only like forms can be compared.
            return one.count(":") == other.count(":") and parse_duration(one) == parse_duration(other)
        if column in TIMES:
            return parse_clock(one) == parse_clock(other)
    except (ValueError, InvalidOperation):
        return False
    return False


def carried_over(
    kind: ListKind, before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """Fill columns that the new list does not have from the old rows of the same key.

    So an entry list that comes anew keeps the trackers that were given to the cars. In an itinerary the kind
    must be the same too, and the name if the new list has names: TC1 of another road stands somewhere else.

    Returns:
        The rows, and the columns of which something was kept.
    """
    key = KEYS[kind]
    old = {row.get(key, ""): row for row in before}
    rows: list[dict[str, str]] = []
    kept: set[str] = set()
    for row in after:
        found = old.get(row.get(key, ""), {})
        if kind is ListKind.ITINERARY and not _same_control(found, row):
            found = {}
        added = {column: text for column, text in found.items() if column not in row and text}
        kept.update(added)
        rows.append({**row, **added})
    return rows, tuple(sorted(kept))


def _same_control(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return all(column not in new or old.get(column, "") == new[column] for column in ("kind", "name"))

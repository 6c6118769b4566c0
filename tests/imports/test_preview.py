from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from timing.imports.finish import Preview
from timing.imports.grid import ListKind, UnreadableError
from timing.imports.preview import Wish, preview
from timing.imports.safe_text import guard
from timing.imports.target import LIST_COLUMNS, Table, Target
from timing.imports.workbook import write_workbook

EMPTY = Target(tables={kind: Table() for kind in ListKind}, days={})
CELL = st.sampled_from(
    ["", "1", "17.0", "1,27", "08:30", "0:18", "Leg 2", "TC 1", "=1+1", "a/b", "31.02"]
) | (st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6))


def tables(kind: ListKind) -> st.SearchStrategy[list[list[str]]]:
    titles = st.lists(st.sampled_from(LIST_COLUMNS[kind]), min_size=4, max_size=8, unique=True)
    return titles.flatmap(
        lambda chosen: st.lists(st.lists(CELL, max_size=len(chosen)), max_size=6).map(
            lambda rows: [chosen, *rows]
        )
    )


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_a_preview_or_said_to_be_unreadable(raw: bytes) -> None:
    for lead in (b"", b"PK\x03\x04", b"<gpx ", b"No;Driver\n1;"):
        with suppress(UnreadableError):
            preview(lead + raw, "list", Wish(), EMPTY)


@settings(deadline=None)
@given(st.sampled_from(list(ListKind)).flatmap(lambda kind: st.tuples(st.just(kind), tables(kind))))
def test_every_line_of_a_table_is_a_row_or_named_as_passed_over(
    case: tuple[ListKind, list[list[str]]],
) -> None:
    kind, table = case
    text = "\n".join(",".join('"' + guard(cell).replace('"', '""') + '"' for cell in row) for row in table)
    found = preview(text.encode(), "list", Wish(kind=kind), EMPTY)
    assert [ours for _, ours in found.understood] == table[0]
    assert len(found.rows) + len(found.passed_over) == sum(any(row) for row in table[1:])


def understood(raw: bytes) -> Preview | None:
    with suppress(UnreadableError):
        return preview(raw, "list", Wish(), EMPTY)
    return None


def test_a_workbook_of_our_own_columns_is_understood_whole() -> None:
    for kind in ListKind:
        titles = LIST_COLUMNS[kind]
        found = understood(write_workbook("List", [titles, ["1"] * len(titles)]))
        assert found is not None
        assert found.kind is kind
        assert [ours for _, ours in found.understood] == list(titles)
        assert found.left_over == ()

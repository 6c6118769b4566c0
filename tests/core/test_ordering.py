"""A list that stays sorted while single lines change."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from timing.core.ordering import Manner, Order, Placed, Rows, Spot
from timing.core.results import Amount

#: A line: its group (0: with a rank) and its value.
Line = tuple[int, int]
Row = tuple[str, Spot]


class Plain(Manner[tuple[str, Line], Row]):
    """Lines of a name and a number."""

    def gap(self, one: tuple[str, Line], ahead: tuple[str, Line], /) -> Amount | None:
        return one[1][1] - ahead[1][1]

    def row(self, item: tuple[str, Line], spot: Spot, /) -> Row:
        return item[0], spot


def placed(name: str, line: Line) -> Placed[tuple[str, Line]]:
    return Placed(line, int(name), name, (name, line))


def filled(lines: Iterable[tuple[str, Line]]) -> Order[tuple[str, Line], Row]:
    order: Order[tuple[str, Line], Row] = Order(Plain())
    order.fill([placed(name, line) for name, line in lines])
    return order


def put(order: Order[tuple[str, Line], Row], name: str, line: Line) -> None:
    new = placed(name, line)
    order.put(new.name, new.merit, new.start, new.item)


def spots(rows: Rows[tuple[str, Line], Row]) -> list[tuple[str, int | None, Amount | None, Amount | None]]:
    return [(name, spot.rank, spot.gap, spot.to_previous) for name, (_, spot) in rows.items()]


def test_equal_lines_share_a_rank_and_the_next_is_skipped() -> None:
    order = filled([("3", (0, 9)), ("1", (0, 5)), ("2", (0, 5)), ("4", (1, 1))])
    assert spots(order.rows()) == [
        ("1", 1, 0, None),
        ("2", 1, 0, 0),
        ("3", 3, 4, 4),
        ("4", None, None, None),
    ]


def test_rows_that_were_handed_out_do_not_change_with_the_list() -> None:
    order = filled([("1", (0, 5)), ("2", (0, 6))])
    early = order.rows()
    put(order, "2", (0, 4))
    order.drop("1")
    assert spots(order.rows()) == [("2", 1, 0, None)]
    assert spots(early) == [("1", 1, 0, None), ("2", 2, 1, 1)]


def test_a_row_of_which_nothing_is_new_is_the_very_same_object() -> None:
    order = filled([("1", (0, 5)), ("2", (0, 6)), ("3", (0, 7))])
    before = dict(order.rows().items())
    put(order, "3", (0, 8))
    after = order.rows()
    assert [after[name] is before[name] for name in "123"] == [True, True, False]


def test_a_line_that_is_not_there_is_missed_as_in_any_mapping() -> None:
    rows = filled([("1", (0, 5))]).rows()
    assert rows.get("2") is None
    assert ("1" in rows, "2" in rows, len(rows), list(rows)) == (True, False, 1, ["1"])


lines = st.tuples(st.integers(0, 2), st.integers(0, 4))
changes = st.lists(st.tuples(st.integers(0, 9).map(str), st.none() | lines, st.booleans()), max_size=30)


@settings(max_examples=300)
@given(changes)
def test_any_changes_give_the_list_that_sorting_from_nothing_gives(
    drawn: list[tuple[str, Line | None, bool]],
) -> None:
    order = filled([])
    known: dict[str, Line] = {}
    for name, line, ask in drawn:
        if line is None:
            known.pop(name, None)
            order.drop(name)
        else:
            known[name] = line
            put(order, name, line)
        if ask:
            # A list is as right when single rows are asked for as when all of them are.
            rows, fresh = order.rows(), filled(known.items()).rows()
            assert {name: rows[name] for name in known} == dict(fresh.items())
            assert list(order.rows().items()) == list(fresh.items())
            assert list(fresh.ranks().items()) == [(name, spot.rank) for name, (_, spot) in fresh.items()]

from timing.imports.difference import Change, carried_over, compare
from timing.imports.grid import ListKind

OLD = [
    {"car_number": "1", "driver": "Ada", "coefficient": "1.270", "start": "8:00", "tracker": "t1"},
    {"car_number": "2", "driver": "Bob", "coefficient": "1.3", "start": "", "tracker": "t2"},
    {"car_number": "3", "driver": "Cleo", "coefficient": "", "start": "", "tracker": ""},
]


def test_rows_are_told_new_changed_same_and_gone_by_value() -> None:
    found = compare(
        ListKind.ENTRIES,
        OLD,
        [
            {**OLD[0], "coefficient": "1.27", "start": "08:00"},
            {**OLD[1], "driver": "Bea"},
            {"car_number": "4", "driver": "Dan"},
        ],
    )
    assert (found.new, found.gone, found.same, found.moved) == (("4",), ("3",), 1, False)
    assert found.changed == (Change("2", {"driver": ("Bob", "Bea")}),)


def test_another_order_is_told() -> None:
    assert compare(ListKind.ENTRIES, OLD, [OLD[1], OLD[0], OLD[2]]).moved


def test_sixty_five_seconds_are_not_sixty_five_minutes() -> None:
    old, new = {"control": "TC1", "target": "1:05"}, {"control": "TC1", "target": "0:01:05"}
    assert compare(ListKind.ITINERARY, [old], [new]).changed == (
        Change("TC1", {"target": ("1:05", "0:01:05")}),
    )


def test_columns_the_new_list_lacks_keep_what_they_held_and_empty_cells_do_not() -> None:
    rows, kept = carried_over(ListKind.ENTRIES, OLD, [{"car_number": "1", "driver": "Ada", "start": ""}])
    assert rows == [
        {"car_number": "1", "driver": "Ada", "start": "", "coefficient": "1.270", "tracker": "t1"}
    ]
    assert kept == ("coefficient", "tracker")


def test_a_control_of_another_kind_or_place_inherits_nothing() -> None:
    old = [{"control": "TC1", "kind": "TC", "name": "Start", "target": "0:45"}]
    new = [{"control": "TC1", "kind": "PASSAGE", "name": "Start"}]
    assert carried_over(ListKind.ITINERARY, old, new) == (new, ())
    renamed = [{"control": "TC1", "kind": "TC", "name": "Lunch"}]
    assert carried_over(ListKind.ITINERARY, old, renamed) == (renamed, ())
    nameless = [{"control": "TC1", "kind": "TC"}]
    assert carried_over(ListKind.ITINERARY, old, nameless)[1] == ("name", "target")

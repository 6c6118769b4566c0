import pytest

from timing.core.entries import Entry, EntryList


def entries(*numbers: str) -> EntryList:
    return EntryList(
        {
            number: Entry(
                car_number=number, order=order, start_offset=order * 60_000_000, driver=f"Driver {number}"
            )
            for order, number in enumerate(numbers)
        }
    )


@pytest.mark.parametrize(
    ("typed", "car"),
    [
        ("12", "12"),
        (" 12 ", "12"),
        ("012", "12"),
        ("0012", "12"),
        ("T4", "T4"),
        ("t4", None),
        ("4", None),
        ("", None),
    ],
)
def test_a_typed_number_means_the_car_that_bears_it(typed: str, car: str | None) -> None:
    assert entries("1", "12", "T4").find(typed) == car


def test_the_exact_number_wins_over_one_with_other_zeros() -> None:
    both = entries("0", "00", "7")
    assert both.find("0") == "0"
    assert both.find("00") == "00"


def test_a_number_that_could_mean_two_cars_means_none() -> None:
    assert entries("0", "00").find("000") is None
    assert entries("0", "7").find("000") == "0"


def test_the_crew_is_printed_with_its_codriver_where_there_is_one() -> None:
    alone = Entry(car_number="1", order=0, start_offset=0, driver="M. Gatsonides")
    assert alone.crew == "M. Gatsonides"
    assert Entry(car_number="1", order=0, start_offset=0, driver="A", codriver="B").crew == "A / B"


@pytest.mark.parametrize("typed", ["²", "①", "٣", "9" * 5_000])
def test_what_only_looks_like_a_number_is_none(typed: str) -> None:
    assert entries("2", "1", "3").find(typed) is None

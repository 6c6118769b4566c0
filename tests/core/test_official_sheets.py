"""The exact values that are certified: canonical, exact, and blind to what is no result."""

from dataclasses import replace
from decimal import Decimal

import pytest
import rfc8785

from tests.core.publishing import Book, driven
from tests.core.rallies import Pen, stage_rally, told
from timing.core.canonical import Plain, canonical, digest
from timing.core.fact import copy_with
from timing.core.official_sheets import (
    Change,
    difference_digest,
    list_difference,
    stage_difference,
    stage_results_of,
    stage_values,
)
from timing.core.results import ResultStatus, StageResult


def test_the_canonical_form_is_that_of_the_standard() -> None:
    value: Plain = {"peach": "é", "péché": "x", "1": [True, None], "€": 333333333}
    assert canonical(value) == '{"1":[true,null],"peach":"é","péché":"x","€":333333333}'.encode()
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"n": 2**53})


def test_an_instant_of_this_century_is_exact_in_the_canonical_form() -> None:
    assert canonical({"at": 4_000_000_000_000_001}) == b'{"at":4000000000000001}'


def test_points_are_text_that_says_the_same_however_they_were_reckoned() -> None:
    one = StageResult(stage="T1", car="1", points=Decimal("1.10"), status=ResultStatus.DONE)
    other = copy_with(one, points=Decimal("1.1"))
    assert stage_values(one) == stage_values(other)
    assert stage_values(copy_with(one, points=Decimal("100")))["points"] == "100"
    assert stage_values(copy_with(one, points=Decimal(0)))["points"] == "0"


def test_zero_is_a_result_and_absent_is_none() -> None:
    assert stage_values(StageResult(stage="T1", car="0", time=0))["time"] == 0
    assert "time" not in stage_values(StageResult(stage="T1", car="0"))


def test_the_reason_in_words_and_the_gap_are_no_part_of_the_digest() -> None:
    rows = dict(told(stage_rally(), driven(Pen(), 1)).stage_results("SS1").items())
    same = {car: copy_with(row, reason="in other words", gap=1, order=9) for car, row in rows.items()}
    assert digest(stage_results_of("SS1", rows)) == digest(stage_results_of("SS1", same))
    slower = {**rows, "2": copy_with(rows["2"], time=(rows["2"].time or 0) + 10_000)}
    assert digest(stage_results_of("SS1", rows)) != digest(stage_results_of("SS1", slower))


def test_a_difference_names_each_value_and_has_a_name_itself() -> None:
    rows = dict(told(stage_rally(), driven(Pen(), 1)).stage_results("SS1").items())
    time = rows["2"].time
    assert time is not None
    marked = {**rows, "2": copy_with(rows["2"], time=time + 100_000, marks=("*",))}
    marked.pop("3")
    difference = stage_difference(rows, marked)
    assert difference[:2] == (Change("2", "marks", None, "*"), Change("2", "time", time, time + 100_000))
    assert {(change.field, change.after) for change in difference if change.car == "3"} >= {("status", None)}
    assert stage_difference(rows, dict(rows)) == ()
    assert difference_digest(difference) != difference_digest(difference[:2])


def test_lists_differ_by_totals_ranks_and_states_not_by_gaps() -> None:
    book = Book()
    book.drive(1)
    listed = book.list("overall").listed
    gaps = {car: replace(row, gap=None, order=5) for car, row in listed.rows.items()}
    assert list_difference(listed, replace(listed, rows=gaps)) == ()
    more = {**listed.rows, "2": replace(listed.rows["2"], total=1)}
    assert [change.field for change in list_difference(listed, replace(listed, rows=more))] == ["total"]

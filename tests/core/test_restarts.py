"""Restart after retirement: the time for each missed stage, road sections, the ladder of re-entries."""

import pytest

from tests.core.rallies import span
from timing.core.entries import Entry
from timing.core.preset import RestartReference, RestartRule
from timing.core.restarts import reentry_charge, restart_bill, same_reference

FASTEST = [span("7:42.3"), span("5:10.0"), span("9:01.7")]
WORLD = RestartRule(per_stage=420, last_of_leg=600)
ICELAND = RestartRule(reference=RestartReference.CLASS, per_stage=300, per_road=300, reentry=(600, 300))


def test_three_missed_stages_at_seven_minutes_come_to_42_54_0() -> None:
    bill = restart_bill(FASTEST, WORLD)
    assert bill.total == span("42:54.0")
    assert bill.stages == (span("14:42.3"), span("12:10.0"), span("16:01.7"))


def test_only_the_last_stage_of_the_day_missed_comes_to_17_42_3() -> None:
    assert restart_bill(FASTEST[:1], WORLD, only_last=True).total == span("17:42.3")


def test_iceland_with_two_road_sections_and_the_first_re_entry_comes_to_56_54_0() -> None:
    bill = restart_bill(FASTEST, ICELAND, road_sections=2, reentry=1)
    assert bill.total == span("56:54.0")
    assert sum(bill.stages) == span("36:54.0")
    assert bill.roads == (span("5:00"), span("5:00"))
    assert bill.reentry == span("10:00")


def test_a_further_re_entry_costs_the_last_step_of_the_ladder() -> None:
    assert [reentry_charge(ICELAND, n) for n in (1, 2, 3, 9)] == [
        span("10:00"), span("5:00"), span("5:00"), span("5:00"),
    ]  # fmt: skip
    assert reentry_charge(WORLD, 1) == 0


def test_where_no_special_charge_is_set_the_last_stage_costs_what_every_stage_costs() -> None:
    assert restart_bill(FASTEST[:1], ICELAND, only_last=True).stages == (span("12:42.3"),)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [(RestartReference.OVERALL, "abcd"), (RestartReference.CLASS, "ab"), (RestartReference.GROUP, "ac")],
)
def test_the_reference_is_all_crews_those_of_the_class_or_of_the_priority_group(
    reference: RestartReference, expected: str
) -> None:
    crews = {
        "a": Entry(car_number="a", order=0, start_offset=0, driver="A", class_="N", group="P1"),
        "b": Entry(car_number="b", order=1, start_offset=0, driver="B", class_="N", group="P2"),
        "c": Entry(car_number="c", order=2, start_offset=0, driver="C", class_="S", group="P1"),
        "d": Entry(car_number="d", order=3, start_offset=0, driver="D", class_="S", group="P2"),
    }
    same = [car for car, crew in crews.items() if same_reference(reference, crews["a"], crew)]
    assert "".join(same) == expected

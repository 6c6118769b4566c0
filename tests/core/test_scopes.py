"""The lists of an event: whom each one names and which part of the rally it sums."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import Pen, Road, crews, ranks, regularity, span, stage_rally, statuses, told
from tests.core.stories import stage_story
from timing.core.decisions import Disqualify, Penalise, Retire, Role, SetNotional
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind
from timing.core.preset import ChampionshipPoints, CoefficientMode
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import Standing
from timing.core.scopes import selections_of
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")


def with_values(event: Event, **columns: Iterable[object]) -> Event:
    """The event with columns of its entry list filled in, crew by crew."""
    entries = dict(event.entries.by_number)
    for name, values in columns.items():
        for car, value in zip(list(entries), values, strict=True):
            entries[car] = replace(entries[car], **{name: value})  # type: ignore[arg-type]
    return replace(event, entries=EntryList(entries))


def given_times(pen: Pen, times: dict[str, dict[str, str]]) -> list[Record]:
    return [
        pen.rule(SetNotional(stage, car, span(time)), f"{stage}-{car}")
        for car, stages in times.items()
        for stage, time in stages.items()
    ]


def rows(rally: Rally, scope: str = "overall") -> dict[str, Standing]:
    return dict(rally.classification(scope).rows.items())


def test_categories_and_groups_are_lists_of_their_own_with_their_own_gaps() -> None:
    event = with_values(
        stage_rally(crews("1", "2", "3", classes="AB")), category=("old", "new", "old"), group=("P1", "", "")
    )
    times = {"1": {"SS1": "5:00.0"}, "2": {"SS1": "5:01.0"}, "3": {"SS1": "5:04.5"}}
    rally = told(event, given_times(Pen(), times))
    assert rally.scopes()[:10] == (
        "overall",
        "leg-1",
        "leg-2",
        "final-leg",
        "class-A",
        "class-B",
        "class-missing",
        "category-old",
        "category-new",
        "group-P1",
    )
    assert [(car, row.rank, row.gap) for car, row in rows(rally, "category-old").items()] == [
        ("1", 1, 0),
        ("3", 2, 4_500_000),
    ]
    assert list(rows(rally, "group-P1")) == ["1"]


def sections() -> Event:
    """A morning and an afternoon, each with a special stage and a time control behind it."""
    road = Road()
    for part, (stage, control) in enumerate((("SS1", "TC1"), ("SS2", "TC2"))):
        road.special(stage, str(40 * part), split=False)
        road.put(control, ControlKind.TC, str(40 * part + 20))
    road.controls = {
        ident: replace(control, section="am" if control.order < 4 else "pm")
        for ident, control in road.controls.items()
    }
    return road.event(FIA, crews("1", "2"))


def test_a_section_sums_its_own_stages_and_penalties() -> None:
    pen = Pen()
    records = given_times(
        pen, {"1": {"SS1": "5:00.0", "SS2": "5:00.0"}, "2": {"SS1": "5:01.0", "SS2": "4:58.0"}}
    )
    records += [
        pen.rule(Penalise("2", "late", time=10 * SECOND, control="TC1"), "late", Role.CLERK),
        pen.rule(Penalise("2", "speeding", time=60 * SECOND), "road", Role.CLERK),
    ]
    rally = told(sections(), records)
    assert rows(rally, "section-am")["2"].total == span("5:11.0")
    assert rows(rally, "section-pm")["2"].total == span("4:58.0")
    # A penalty that belongs to no place counts in the whole only.
    assert rows(rally)["2"].total == span("11:09.0")
    assert (ranks(rally, "section-am"), ranks(rally, "section-pm")) == ({"1": 1, "2": 2}, {"2": 1, "1": 2})


def test_the_final_leg_runs_from_the_first_control_behind_the_overnight_halt() -> None:
    event = stage_rally(crews("1", "2"))
    controls = dict(event.itinerary.controls)
    controls["TC4"] = replace(controls["TC4"], kind=ControlKind.REGROUP_OUT)
    event = replace(event, itinerary=replace(event.itinerary, controls=controls))
    pen = Pen()
    records = given_times(
        pen, {"1": {"SS1": "9:00.0", "SS3": "5:00.0"}, "2": {"SS1": "1:00.0", "SS3": "5:01.0"}}
    )
    records += [
        pen.rule(Penalise("1", "late out", time=30 * SECOND, control="TC4"), "out", Role.CLERK),
        pen.rule(Penalise("2", "late", time=10 * SECOND, control="TC5"), "in", Role.CLERK),
    ]
    rally = told(event, records)
    assert {car: row.total for car, row in rows(rally, "final-leg").items()} == {
        "1": span("5:00.0"),
        "2": span("5:11.0"),
    }
    # The whole of the last leg has what was charged on leaving the halt in it.
    assert rows(rally, "leg-2")["1"].total == span("5:30.0")
    stages = selections_of(event, frozenset({"SS3"}))
    assert (stages["final-leg"].stages, stages["leg-2"].stages) == ((), ())


def test_a_rally_of_one_day_has_no_list_of_its_last_leg() -> None:
    assert "final-leg" not in Rally(regularity()).scopes()


def test_a_list_without_coefficients_stands_beside_the_one_with_them() -> None:
    event = with_values(
        regularity(crews("1", "2"), coefficient_mode=CoefficientMode.PENALTY_TIMES),
        coefficient=(Decimal("1.34"), Decimal("1.79")),
    )
    rally = told(event, given_times(Pen(), {"1": {"PC1": "15.37"}, "2": {"PC1": "15.30"}}))
    assert [(car, row.total) for car, row in rows(rally).items()] == [
        ("1", Decimal("49.58")),
        ("2", Decimal("53.70")),
    ]
    assert [(car, row.total) for car, row in rows(rally, "overall-raw").items()] == [
        ("2", Decimal(30)),
        ("1", Decimal(37)),
    ]
    assert "overall-raw" not in Rally(regularity()).scopes()


def retirement(control: str, *, then: Iterable[tuple[str, str]] = ()) -> Rally:
    """Car 1 does the first leg and gives up at a control; car 2 does all."""
    pen = Pen()
    records = given_times(
        pen,
        {"1": {"SS1": "5:00.0", "SS2": "5:00.0"}, "2": {"SS1": "5:10.0", "SS2": "5:10.0", "SS3": "5:10.0"}},
    )
    records += [
        pen.stamp("TC0", "09:40:10", "1"),
        pen.rule(Retire("1", control, "gearbox"), "out", Role.CLERK),
    ]
    records += [pen.stamp(place, clock, "1") for place, clock in then]
    return told(stage_rally(crews("1", "2"), restart=None), records)


def test_who_gives_up_later_keeps_the_place_of_the_legs_that_were_driven() -> None:
    for control in ("TC4", "TC3"):
        rally = retirement(control)
        assert rows(rally, "leg-1")["1"].rank == 1
        out = rows(rally)["1"]
        assert (out.rank, out.status, out.cause, out.stopped_at) == (None, "RETIRED", "gearbox", control)
        assert rows(rally, "leg-2")["1"].status == "RETIRED"


def test_who_gives_up_within_a_leg_has_no_place_in_it() -> None:
    rally = retirement("PK1")
    assert [rows(rally, scope)["1"].status for scope in ("leg-1", "leg-2")] == ["RETIRED", "RETIRED"]


def test_who_was_over_time_at_a_legs_last_control_is_out_of_that_leg() -> None:
    pen = Pen()
    records = given_times(pen, {car: {"SS1": "5:00.0", "SS2": "5:00.0"} for car in ("1", "2")})
    records += [
        pen.stamp("TC0", "09:40:10", "1"),
        pen.stamp("TC2", "11:00:00", "1"),
        pen.stamp("TC3", "13:30", "1"),
    ]
    rally = told(stage_rally(crews("1", "2"), restart=None), records)
    assert (rows(rally, "leg-1")["1"].status, rows(rally, "leg-1")["1"].stopped_at) == ("OTL", "TC3")


def test_a_crew_that_was_let_in_again_stands_in_its_place_with_its_mark() -> None:
    pen = Pen()
    records = given_times(
        pen,
        {
            "1": {"SS1": "5:00.0", "SS2": "15:00.0", "SS3": "5:00.0"},
            "2": {"SS1": "9:10.0", "SS2": "9:10.0", "SS3": "9:10.0"},
        },
    )
    records += [
        pen.stamp("TC0", "09:40:10", "1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.rule(Retire("1", "SS1.FF", "wheel"), "out", Role.CLERK),
        pen.stamp("TC4", "33:00:10", "1"),
        pen.stamp("SS3.START", "33:03:00", "1"),
    ]
    rally = told(stage_rally(crews("1", "2")), records)
    again = rows(rally)["1"]
    assert (again.rank, again.status, again.total, "R" in again.marks) == (
        1,
        "CLASSIFIED",
        span("25:00.0"),
        True,
    )
    assert (rows(rally, "leg-1")["1"].status, rows(rally, "leg-2")["1"].rank) == ("RETIRED", 1)


def test_a_disqualified_crew_is_out_of_every_list_and_stands_last() -> None:
    pen = Pen()
    records = given_times(pen, {car: {"SS1": f"5:0{car}.0", "SS3": "5:00.0"} for car in "123"})
    records.append(pen.rule(Disqualify("1"), "out", Role.STEWARD))
    rally = told(stage_rally(), records)
    for scope in ("overall", "leg-1", "leg-2", "final-leg"):
        assert list(rows(rally, scope))[-1] == "1"
        assert (rows(rally, scope)["1"].status, rows(rally, scope)["2"].rank) == ("DSQ", 1)


def with_power_stage(points: ChampionshipPoints) -> Event:
    event = stage_rally(crews("1", "2", "3", "4"), championship=points)
    stages = dict(event.itinerary.stages)
    stages["SS3"] = replace(stages["SS3"], power_stage=True)
    return replace(event, itinerary=replace(event.itinerary, stages=stages))


def test_whoever_has_no_points_stands_in_the_points_list_as_in_the_overall_list() -> None:
    event = with_power_stage(ChampionshipPoints(overall=(25,), power_stage=(5, 4, 3)))
    pen = Pen()
    times = {car: {"SS1": f"5:0{car}.0", "SS3": "6:00.0"} for car in "12"}
    records = given_times(pen, {**times, "3": {"SS1": "5:03.0"}})
    records += [pen.stamp("TC0", "09:42:10", "3"), pen.rule(Retire("3", cause="gearbox"), "gone", Role.CLERK)]
    rally = told(event, records)
    found = rows(rally, "championship")
    assert {car: (row.total, row.rank, row.status) for car, row in found.items()} == {
        "1": (30, 1, "CLASSIFIED"),
        "2": (5, 2, "CLASSIFIED"),
        "4": (0, None, "CLASSIFIED"),
        "3": (0, None, "RETIRED"),
    }
    # Points once won stay with a crew that retires, and go with one that is disqualified.
    rally.add(pen.rule(Retire("2", cause="engine"), "too", Role.CLERK))
    assert (rows(rally, "championship")["2"].total, rows(rally, "championship")["2"].status) == (
        5,
        "CLASSIFIED",
    )
    rally.add(pen.rule(Disqualify("2"), "out", Role.STEWARD, clock="18:05"))
    assert (rows(rally, "championship")["2"].total, rows(rally, "championship")["2"].status) == (0, "DSQ")


def test_points_for_places_on_the_whole_the_last_leg_and_the_power_stage() -> None:
    """Third overall, second on the last leg, no points on the power stage: 15 + 4 = 19."""
    points = ChampionshipPoints(
        overall=(25, 17, 15, 12, 10, 8, 6, 4, 2, 1), final_leg=(5, 4, 3, 2, 1), power_stage=(5,)
    )
    event = with_power_stage(points)
    pen = Pen()
    records = given_times(
        pen,
        {
            "1": {"SS1": "5:00.0", "SS3": "6:00.0"},
            "2": {"SS1": "5:10.0", "SS3": "6:30.0"},
            "3": {"SS1": "6:00.0", "SS3": "6:10.0"},
            "4": {"SS1": "6:20.0", "SS3": "6:40.0"},
        },
    )
    rally = told(event, records)
    found = rows(rally, "championship")
    assert {car: row.total for car, row in found.items()} == {"1": 35, "2": 20, "3": 19, "4": 14}
    assert [(row.rank, row.gap) for row in found.values()] == [(1, 0), (2, 15), (3, 16), (4, 21)]
    assert found["3"].cause == "15 + 4 + 0"
    rally.add(pen.rule(Penalise("1", "late", time=600 * SECOND, control="TC5"), "late", Role.CLERK))
    assert {car: row.total for car, row in rows(rally, "championship").items()} == {
        "2": 25 + 4,
        "3": 17 + 5,
        "4": 15 + 3,
        "1": 12 + 2 + 5,
    }


def test_an_unknown_list_is_an_error() -> None:
    with pytest.raises(KeyError):
        Rally(stage_rally()).classification("section-9")


def many_lists() -> Event:
    event = with_values(
        stage_rally(crews("1", "2", "3", classes="AB")),
        category=("old", "new", "old"),
        group=("P1", "", "P1"),
        team=("Reds", "Reds", "Blues"),
    )
    return event


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_lists_kept_in_order_say_the_same_as_lists_made_from_nothing(data: st.DataObject) -> None:
    """After each part of a rally, in any order, with some lists asked for in between and some not."""
    story = stage_story(Pen())
    records = data.draw(st.permutations(story))
    live = Rally(many_lists())
    cuts = data.draw(st.lists(st.integers(0, len(records)), min_size=3, max_size=6))
    before = 0
    for cut in [*sorted(cuts), len(records)]:
        for record in records[before:cut]:
            live.add(record)
            for scope in data.draw(st.sets(st.sampled_from(live.scopes()), max_size=2)):
                live.classification(scope)
        before = cut
        fresh = told(many_lists(), records[:cut])
        for scope in live.scopes():
            assert repr(live.classification(scope).rows) == repr(fresh.classification(scope).rows)
        for stage in live.event.itinerary.stages:
            assert repr(live.stage_results(stage)) == repr(fresh.stage_results(stage))


cars = st.sampled_from("123")
driven_stages = st.tuples(cars, st.sampled_from(("SS1", "SS2", "SS3")), st.integers(3000, 3009))


@settings(max_examples=25, deadline=None)
@given(st.lists(driven_stages, max_size=12), st.lists(st.tuples(cars, st.integers(0, 3)), max_size=4))
def test_totals_are_stage_times_and_penalties_and_gaps_of_a_class_are_overall_differences(
    driven: list[tuple[str, str, int]], penalties: list[tuple[str, int]]
) -> None:
    pen = Pen()
    last = {(car, stage): tenths for car, stage, tenths in driven}
    records = [
        pen.rule(SetNotional(stage, car, tenths * 100_000), f"{stage}{car}")
        for (car, stage), tenths in last.items()
    ]
    records += [
        pen.rule(Penalise(car, "x", time=seconds * SECOND, control="TC3"), f"p{n}", Role.CLERK)
        for n, (car, seconds) in enumerate(penalties)
    ]
    event = with_values(stage_rally(crews("1", "2", "3", classes="AAB")), category=("old", "new", "old"))
    rally = told(event, records)
    overall = rows(rally)
    for car, row in overall.items():
        times = sum(tenths * 100_000 for (who, _), tenths in last.items() if who == car)
        charged = sum(each.amount or 0 for each in rally.crew_state(car).penalties)
        assert row.total == (times + charged if times or charged else None)
    for scope in ("class-A", "category-old"):
        placed = [(car, row) for car, row in rows(rally, scope).items() if row.rank is not None]
        assert [car for car, _ in placed] == [car for car in overall if car in dict(placed)]
        for car, row in placed:
            leader = overall[placed[0][0]].total
            total = overall[car].total
            assert leader is not None
            assert total is not None
            assert row.gap in (None, total - leader)
    assert set(statuses(rally).values()) == {"CLASSIFIED"}

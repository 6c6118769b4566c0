"""Notional times: what each method gives after a red flag, and whom a stop concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import at, span
from timing.core.decisions import Interrupt, NotionalMethod
from timing.core.instant import MINUTE, SECOND, Duration
from timing.core.notional import (
    Run,
    fastest_at_stop,
    first_after_restart,
    notional,
    shown_red,
    slowest_before,
    sound,
    stop_that_met,
)


def driven(car: int, time: str | None = None, *, start: str = "", finish: str = "") -> Run:
    """Car n starts at 10:0n:00; its finish follows from its time."""
    begin = at(start or f"10:{car:02d}:00")
    took = span(time) if time else None
    end = at(finish) if finish else (None if took is None else begin + took)
    return Run(car=str(car), order=car, start=begin, finish=end, time=took, keys=(f"F{car}",))


#: Cars 1 to 4 were through when car 5 blocked the road; cars 6 to 10 were shown red.
THROUGH = [driven(1, "6:10.2"), driven(2, "6:12.0"), driven(3, "6:14.8"), driven(4, "6:40.5")]
STOPPED = Interrupt("SS1", at("10:11:00"), caused_by=("5",), last=at("10:10:00"))
FIELD = {run.car: run for run in (*THROUGH, driven(5, "9:55.0"), *(driven(n) for n in range(6, 11)))}
VALID = sound(FIELD, [STOPPED])


def given_by(found: object) -> tuple[Duration, list[str]]:
    assert found is not None
    return found.time, [run.car for run in found.runs]  # type: ignore[attr-defined]


def test_the_fastest_at_the_stop_is_6_10_2() -> None:
    assert given_by(fastest_at_stop(VALID, STOPPED.at)) == (span("6:10.2"), ["1"])


@pytest.mark.parametrize(("place", "time"), [(1, "6:10.2"), (2, "6:12.0"), (3, "6:14.8"), (4, "6:40.5")])
def test_where_the_fastest_is_an_anomaly_the_next_ones_may_be_taken(place: int, time: str) -> None:
    value, cars = given_by(fastest_at_stop(VALID, STOPPED.at, place))
    assert value == span(time)
    assert cars == ["1", "2", "3", "4"][:place]


def test_no_place_behind_the_fifth_and_none_that_nobody_holds_is_taken() -> None:
    assert fastest_at_stop(VALID, STOPPED.at, 5) is None
    many = [driven(n, f"6:1{n}.0") for n in range(1, 8)]
    assert fastest_at_stop(many, at("11:00"), 5) is not None
    assert fastest_at_stop(many, at("11:00"), 6) is None
    assert fastest_at_stop(many, at("11:00"), 0) is None


def test_the_slowest_before_the_stop_is_6_40_5() -> None:
    assert given_by(slowest_before(VALID, STOPPED.at)) == (span("6:40.5"), ["4"])


def test_a_time_set_after_the_red_signal_is_none_of_those_before_it() -> None:
    assert given_by(slowest_before(VALID, at("10:10:40.4"))) == (span("6:14.8"), ["3"])
    assert given_by(slowest_before(VALID, at("10:10:40.5"))) == (span("6:40.5"), ["4"])


def test_the_crew_that_caused_the_stop_keeps_its_own_time_even_when_worse() -> None:
    assert stop_that_met("5", FIELD, [STOPPED]) is None
    assert "5" not in [run.car for run in shown_red(FIELD.values(), STOPPED)]
    assert "5" not in [run.car for run in VALID]


def test_all_crews_that_were_shown_red_are_concerned_and_no_other() -> None:
    assert [run.car for run in shown_red(FIELD.values(), STOPPED)] == ["6", "7", "8", "9", "10"]


def test_crews_are_chosen_by_the_range_of_their_start_instants() -> None:
    stop = Interrupt("SS1", at("10:11:00"), ("5",), first=at("10:07:00"), last=at("10:09:00"))
    assert [run.car for run in shown_red(FIELD.values(), stop)] == ["7", "8", "9"]


def test_an_open_range_ends_at_the_restart_and_else_not_before_the_end_of_the_stage() -> None:
    resumed = Interrupt("SS1", at("10:11:00"), ("5",), restarted_at=at("10:09:00"))
    assert [run.car for run in shown_red(FIELD.values(), resumed)] == ["6", "7", "8"]
    for_good = Interrupt("SS1", at("10:11:00"), ("5",))
    assert [run.car for run in shown_red(FIELD.values(), for_good)] == ["6", "7", "8", "9", "10"]


def test_nobody_had_finished_so_the_first_after_the_restart_gives_the_time() -> None:
    stop = Interrupt("SS1", at("10:03:00"), ("1",), restarted_at=at("10:30:00"))
    after = [
        driven(6, "6:30.0", start="10:30:00"),
        driven(7, "6:05.5", start="10:31:00"),
        driven(8, "6:20.0", start="10:32:00"),
    ]
    field = {run.car: run for run in (driven(1, "15:00.0"), driven(2), driven(3), *after)}
    valid = sound(field, [stop])
    assert fastest_at_stop(valid, stop.at) is None
    assert given_by(first_after_restart(valid, stop.restarted_at)) == (span("6:30.0"), ["6"])
    # The second crew to complete, not the second fastest.
    assert given_by(first_after_restart(valid, stop.restarted_at, 2)) == (span("6:05.5"), ["6", "7"])
    assert first_after_restart(valid, stop.restarted_at, 4) is None
    assert first_after_restart(valid, None) is None


def test_of_several_interruptions_the_one_that_spoiled_the_run_counts() -> None:
    first = Interrupt("SS1", at("10:09:00"), ("3",), last=at("10:05:00"), restarted_at=at("10:30:00"))
    second = Interrupt("SS1", at("10:38:00"), ("8",), restarted_at=at("11:00:00"))
    field = {
        run.car: run
        for run in (
            driven(1, "6:10.0"),
            driven(2, "6:20.0"),
            driven(3, "12:00.0"),
            driven(4),
            driven(5, "14:00.0"),
            driven(6, "6:00.0", start="10:30:00"),
            driven(7, start="10:33:00"),
            driven(8, "9:00.0", start="10:32:00"),
            driven(9, "6:40.0", start="11:00:00"),
        )
    }
    stops = [second, first]
    met = {car: stop_that_met(car, field, stops) for car in field}
    assert met == {
        "1": None, "2": None, "3": None, "4": first, "5": first, "6": None, "7": second, "8": None, "9": None,
    }  # fmt: skip
    valid = sound(field, stops)
    assert sorted(run.car for run in valid) == ["1", "2", "6", "9"]
    # At the second stop the run of car 6 was there too, and it was the fastest.
    assert given_by(fastest_at_stop(valid, first.at)) == (span("6:10.0"), ["1"])
    assert given_by(fastest_at_stop(valid, second.at)) == (span("6:00.0"), ["6"])


def test_equal_times_go_by_start_order() -> None:
    equal = [driven(3, "6:10.2"), driven(2, "6:10.2")]
    assert given_by(fastest_at_stop(equal, at("11:00"), 1))[1] == ["2"]


def test_a_method_that_rests_on_no_other_crew_gives_nothing_here() -> None:
    assert notional(NotionalMethod.CLERK_VALUE, 1, VALID, STOPPED.at, None) is None
    assert notional(NotionalMethod.SLOWEST_BEFORE, 1, VALID, STOPPED.at, None) is not None


@given(
    times=st.lists(st.integers(5 * 60, 9 * 60), min_size=1, max_size=12),
    place=st.integers(1, 5),
)
def test_no_method_gives_a_time_that_nobody_drove(times: list[int], place: int) -> None:
    runs = [
        Run(car=str(n), order=n, start=0, finish=time * SECOND, time=time * SECOND)
        for n, time in enumerate(times)
    ]
    found = fastest_at_stop(runs, 10 * MINUTE, place)
    slowest = slowest_before(runs, 10 * MINUTE)
    assert slowest is not None
    assert slowest.time == max(times) * SECOND
    if place <= len(times):
        assert found is not None
        assert found.time == sorted(times)[place - 1] * SECOND
    else:
        assert found is None


def test_a_crew_whose_finish_is_the_instant_of_the_red_signal_was_through() -> None:
    stop = Interrupt("SS1", at("10:07:10.2"), caused_by=("9",))
    through, behind = driven(1, "6:10.2"), driven(2, "6:12.0")
    assert [run.car for run in shown_red([through, behind], stop)] == ["2"]
    assert fastest_at_stop([through, behind], stop.at) is not None


def test_who_completes_first_after_the_restart_counts_whatever_the_order_of_start() -> None:
    before = driven(1, "5:00.0")
    slow, quick = driven(6, "9:30.0", start="10:30:00"), driven(7, "6:05.5", start="10:31:00")
    valid = [before, slow, quick]
    assert given_by(first_after_restart(valid, at("10:30:00"), 1)) == (span("6:05.5"), ["7"])
    assert given_by(first_after_restart(valid, at("10:30:00"), 2)) == (span("9:30.0"), ["7", "6"])
    assert first_after_restart(valid, at("10:30:00"), 3) is None


def test_crews_shown_red_are_listed_as_they_started_on_the_stage() -> None:
    late = Run(car="3", order=2, start=at("10:40:00"))
    early = Run(car="8", order=7, start=at("10:10:00"))
    assert [run.car for run in shown_red([late, early], STOPPED)] == ["8"]
    for_good = Interrupt("SS1", at("10:11:00"))
    assert [run.car for run in shown_red([late, early], for_good)] == ["8", "3"]


def test_a_method_gives_what_its_own_rule_gives() -> None:
    restart = at("10:30:00")
    later = [driven(11, "6:20.0", start="10:31:00"), driven(12, "6:11.0", start="10:32:00")]
    valid = [*VALID, *later]
    ask = (valid, STOPPED.at, restart)
    for method, place, expected in (
        (NotionalMethod.SLOWEST_BEFORE, 1, slowest_before(valid, STOPPED.at)),
        (NotionalMethod.FASTEST_AT_STOP, 2, fastest_at_stop(valid, STOPPED.at, 2)),
        (NotionalMethod.FIRST_AFTER_RESTART, 2, first_after_restart(valid, restart, 2)),
        (NotionalMethod.CLERK_VALUE, 1, None),
        (NotionalMethod.DERIVED, 1, None),
    ):
        assert notional(method, place, *ask) == expected
    # The second to be through after the restart is car 12, though it was the faster of the two.
    assert given_by(notional(NotionalMethod.FIRST_AFTER_RESTART, 2, *ask)) == (span("6:11.0"), ["11", "12"])

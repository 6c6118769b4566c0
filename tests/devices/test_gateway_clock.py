from hypothesis import given
from hypothesis import strategies as st

from devices.gateway_clock import ServiceClock
from timing.core.instant import MILLISECOND, SECOND, parse_instant

TRUE = parse_instant("2026-06-06T15:00:00Z")


def exchange(
    clock: ServiceClock, n: int, mono: int, there: int, held: int, back: int, offset: int = TRUE
) -> bool:
    """One heartbeat: `there` µs on its way, `held` µs at the service, `back` µs for the answer."""
    clock.asked(n, mono)
    heard = mono + there + offset
    return clock.answered(n, heard, heard + held, mono + there + held + back)


def test_before_the_first_answer_nothing_is_known() -> None:
    clock = ServiceClock()
    clock.asked(1, 0)
    assert clock.at(5) is None
    assert clock.unsure(5) is None


def test_an_even_way_gives_the_services_time_exactly() -> None:
    clock = ServiceClock()
    assert exchange(clock, 1, 1000, 40 * MILLISECOND, 300 * MILLISECOND, 40 * MILLISECOND)
    assert clock.at(5 * SECOND) == TRUE + 5 * SECOND


@given(
    st.lists(st.tuples(st.integers(0, SECOND), st.integers(0, SECOND), st.integers(0, SECOND)), min_size=1)
)
def test_the_error_is_never_more_than_is_said(ways: list[tuple[int, int, int]]) -> None:
    clock = ServiceClock()
    mono = 0
    for n, (there, held, back) in enumerate(ways):
        exchange(clock, n, mono, there, held, back)
        mono += 15 * SECOND
    found, unsure = clock.at(mono), clock.unsure(mono)
    assert found is not None
    assert unsure is not None
    assert abs(found - (TRUE + mono)) <= unsure


def test_the_shortest_way_is_believed_and_an_old_one_less_and_less() -> None:
    clock = ServiceClock()
    exchange(clock, 1, 0, 5 * MILLISECOND, 0, 5 * MILLISECOND)
    exchange(clock, 2, SECOND, 900 * MILLISECOND, 0, 10 * MILLISECOND)
    assert clock.at(2 * SECOND) == TRUE + 2 * SECOND
    early, late = clock.unsure(2 * SECOND), clock.unsure(3600 * SECOND)
    assert early is not None
    assert late is not None
    assert early < 6 * MILLISECOND < 100 * MILLISECOND < late


def test_a_service_whose_clock_was_set_is_followed_at_once() -> None:
    clock = ServiceClock()
    exchange(clock, 1, 0, MILLISECOND, 0, MILLISECOND)
    exchange(clock, 2, SECOND, 30 * MILLISECOND, 0, 30 * MILLISECOND, offset=TRUE + 3600 * SECOND)
    assert clock.at(2 * SECOND) == TRUE + 3602 * SECOND


def test_an_answer_nobody_asked_for_or_that_cannot_be_true_is_not_taken() -> None:
    clock = ServiceClock()
    assert not clock.answered(7, TRUE, TRUE, 5)
    clock.asked(1, 0)
    assert not clock.answered(1, TRUE + 10, TRUE, 5), "answered before it was heard"
    clock.asked(2, 0)
    assert not clock.answered(2, TRUE, TRUE + 10, 5), "held longer than it was away"
    assert exchange(clock, 3, 0, 1, 1, 1)
    assert not clock.answered(3, TRUE, TRUE, 5), "an answer is worth one reading"


def test_heartbeats_without_an_answer_do_not_pile_up() -> None:
    clock = ServiceClock()
    for n in range(1000):
        clock.asked(n, n)
    assert not clock.answered(0, TRUE, TRUE, 2000)
    assert clock.answered(999, TRUE, TRUE, 2000)

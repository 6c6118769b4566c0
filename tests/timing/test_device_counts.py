"""The numbers of a device's own count: what is missing, and two devices under one name."""

import random

from hypothesis import given
from hypothesis import strategies as st

from timing.core.instant import SECOND, parse_instant
from timing.device_counts import Counts, Missing

T0 = parse_instant("2026-06-06T15:00:00Z")
LATER = T0 + 3600 * SECOND


def gaps(counts: Counts, now: int = LATER) -> list[tuple[int, int, int]]:
    return [(each.boot, each.first, each.last) for each in counts.missing(now)]


def test_a_gap_is_named_with_its_numbers_once_it_has_had_time_to_arrive() -> None:
    counts = Counts()
    for n in (1, 2, 3, 7, 8, 12):
        counts.heard(5, n, T0)
    assert gaps(counts, T0 + SECOND) == [], "may be on their way"
    assert gaps(counts) == [(5, 4, 6), (5, 9, 11)]
    assert Missing(boot=5, first=4, last=6).count == 3
    counts.heard(5, 5, LATER)
    assert gaps(counts, LATER + 60 * SECOND) == [(5, 4, 4), (5, 6, 6), (5, 9, 11)]


def test_what_a_device_says_it_has_counted_and_never_came_is_missing_at_the_end_too() -> None:
    counts = Counts()
    counts.heard(5, 1, T0)
    counts.told(5, 4, T0)
    assert gaps(counts) == [(5, 2, 4)]
    counts.heard(5, 2, T0)
    counts.heard(5, 3, T0)
    counts.heard(5, 4, T0)
    assert gaps(counts) == []


def test_a_new_start_counts_anew() -> None:
    counts = Counts()
    for boot in (1, 2):
        for n in (1, 2, 4):
            counts.heard(boot, n, T0)
    assert gaps(counts) == [(1, 3, 3), (2, 3, 3)]
    assert counts.starts == 2


@given(st.sets(st.integers(0, 60), min_size=1), st.randoms(use_true_random=False))
def test_whatever_the_order_of_arrival_exactly_what_did_not_come_is_missing(
    came: set[int], chance: random.Random
) -> None:
    counts = Counts()
    order = [*came, *came]  # each twice
    chance.shuffle(order)
    for n in order:
        counts.heard(1, n, T0)
    missing = {n for each in counts.missing(LATER) for n in range(each.first, each.last + 1)}
    assert missing == set(range(min(came), max(came) + 1)) - came


def test_two_senders_with_one_identity_speak_by_turns_and_are_found() -> None:
    counts = Counts()
    for i in range(4):
        at = T0 + i * 15 * SECOND
        counts.heard(100, i, at, at)
        counts.heard(200, i, at + 7 * SECOND, at + 7 * SECOND)
    assert "starts 100 and 200 speak by turns" in counts.double()


def test_a_restart_and_the_backlog_of_the_start_before_are_one_device() -> None:
    counts = Counts()
    for i in range(4):
        counts.heard(100, i, T0 + i * SECOND, T0 + i * SECOND)
    back = T0 + 600 * SECOND
    for i in range(20):
        counts.heard(200, i, back + i * 15 * SECOND, back + i * 15 * SECOND)
        # What the first start kept comes in between, with instants from then.
        counts.heard(100, 4 + i, back + i * 15 * SECOND, T0 + (4 + i) * SECOND)
    assert counts.double() == ""


def test_a_device_that_loses_every_second_message_for_days_stays_small() -> None:
    counts = Counts()
    for n in range(0, 100_000, 2):
        counts.heard(1, n, T0)
    assert len(counts.missing(LATER)) <= 400
    assert counts.missing(LATER)[-1].last == 99_997

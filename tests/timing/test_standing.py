"""A tracker that stands, one that moves, one that is silent."""

import random

from timing.core.instant import MINUTE, SECOND, Instant, parse_instant
from timing.core.readings import Fix
from timing.standing import Standing

T0 = parse_instant("2026-06-06T15:00:00Z")
METRE = 1 / 111_195


def fix(at: Instant, north: float = 0.0) -> Fix:
    return Fix(device="t", at=at, lat=47.0 + north * METRE, lon=9.0)


def test_a_parked_car_whose_receiver_wanders_stands_since_it_stopped() -> None:
    chance, standing = random.Random(7), Standing()
    for i in range(20):
        standing.see(fix(T0 + i * SECOND, north=20.0 * i))
    stopped = T0 + 20 * SECOND
    for i in range(0, 1800, 10):
        standing.see(fix(stopped + i * SECOND, north=400 + chance.uniform(-20, 20)))
    now = stopped + 30 * MINUTE
    since = standing.since(now)
    assert since is not None
    assert abs(since - stopped) <= 10 * SECOND


def test_a_moving_car_and_one_at_a_light_do_not_stand() -> None:
    standing = Standing()
    for i in range(600):
        standing.see(fix(T0 + i * SECOND, north=10.0 * i))
        assert standing.since(T0 + i * SECOND) is None
    for i in range(120):
        standing.see(fix(T0 + (600 + i) * SECOND, north=6000.0))
    assert standing.since(T0 + 720 * SECOND) is None


def test_one_that_sends_nothing_is_silent_and_not_standing() -> None:
    standing = Standing()
    for i in range(0, 600, 10):
        standing.see(fix(T0 + i * SECOND))
    assert standing.since(T0 + 10 * MINUTE) == T0
    assert standing.since(T0 + 20 * MINUTE) is None


def test_late_fixes_of_a_queue_say_nothing_about_now() -> None:
    standing = Standing()
    for i in range(0, 600, 10):
        standing.see(fix(T0 + i * SECOND))
        standing.see(fix(T0 + i * SECOND - 3600 * SECOND, north=50_000.0))
    assert standing.since(T0 + 10 * MINUTE) == T0

"""The clocks: rally time at any pace, and sleeps that survive a clock set in between."""

import asyncio
import json
from fractions import Fraction
from pathlib import Path

import pytest

from timing.clock import Piece, ScaledClock, SteppedClock, SystemClock
from timing.core.instant import HOUR, MINUTE, SECOND

NOON = 1_713_700_800 * SECOND


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_stepped_clock_wakes_sleepers_when_their_time_has_come() -> None:
    clock = SteppedClock(NOON)
    woken: list[str] = []

    async def sleeper(name: str, until: int) -> None:
        await clock.sleep_until(until)
        woken.append(name)

    tasks = [asyncio.create_task(sleeper("late", NOON + 20)), asyncio.create_task(sleeper("soon", NOON + 10))]
    await settle()
    clock.advance(9)
    await settle()
    assert woken == []
    clock.advance(1)
    await settle()
    assert woken == ["soon"]
    clock.advance(100)
    await asyncio.gather(*tasks)
    assert woken == ["soon", "late"]


async def test_setting_the_date_fires_no_time_out() -> None:
    clock = SteppedClock(NOON)
    timeout = asyncio.create_task(clock.sleep(30 * SECOND))
    await settle()
    clock.set(NOON + 3 * HOUR)
    await settle()
    assert not timeout.done()
    assert clock.elapsed() == 0
    clock.advance(30 * SECOND)
    await asyncio.wait_for(timeout, 1)


async def test_a_sleep_until_a_past_instant_returns_at_once() -> None:
    await asyncio.wait_for(SteppedClock(NOON).sleep_until(NOON - 1), 1)
    await asyncio.wait_for(SystemClock().sleep_until(0), 1)


def test_a_scaled_clock_runs_sixty_times_and_skips_the_night() -> None:
    wall = SteppedClock(1_000 * SECOND)
    evening, morning = NOON, NOON + 14 * HOUR
    clock = ScaledClock(
        [Piece(1_000 * SECOND, evening, Fraction(60)), Piece(1_060 * SECOND, morning, Fraction(60))], wall
    )
    wall.advance(30 * SECOND)
    assert clock.now() == evening + 30 * MINUTE
    wall.advance(30 * SECOND)
    assert clock.now() == morning
    assert clock.elapsed() == HOUR
    wall.advance(1)
    assert clock.now() == morning + 60


def test_a_scaled_clock_stands_before_its_first_piece_and_in_a_pause() -> None:
    wall = SteppedClock(0)
    clock = ScaledClock([Piece(10, NOON, Fraction(1, 3)), Piece(16, NOON + 2, Fraction(0))], wall)
    assert clock.now() == NOON
    assert clock.rate == 0
    wall.set(15)
    assert clock.now() == NOON + 1
    wall.set(1_000)
    assert clock.now() == NOON + 2


async def test_sleeping_on_a_scaled_clock_takes_scaled_time() -> None:
    wall = SteppedClock(0)
    clock = ScaledClock([Piece(0, NOON, Fraction(60))], wall)
    slept = asyncio.create_task(clock.sleep_until(NOON + MINUTE))
    await settle()
    wall.advance(SECOND - 1)
    await settle()
    assert not slept.done()
    wall.advance(2 * SECOND)
    await asyncio.wait_for(slept, 1)


async def test_a_rally_clock_jump_over_the_night_ends_a_sleep_into_the_night() -> None:
    wall = SteppedClock(0)
    clock = ScaledClock([Piece(0, NOON, Fraction(1)), Piece(100, NOON + 9 * HOUR, Fraction(1))], wall)
    slept = asyncio.create_task(clock.sleep_until(NOON + HOUR))
    await settle()
    wall.advance(2_000)
    await asyncio.wait_for(slept, 1)


def test_a_clock_table_is_read_from_json(tmp_path: Path) -> None:
    table = tmp_path / "clock.json"
    table.write_text(json.dumps([[0, NOON, 60], [10, NOON + 700, "1/3"]]), encoding="utf-8")
    wall = SteppedClock(5)
    clock = ScaledClock.load(table, wall)
    assert clock.now() == NOON + 300
    wall.set(13)
    assert clock.now() == NOON + 701


@pytest.mark.parametrize(
    "table",
    [
        [],
        {},
        [[1, 2]],
        [[1.5, 2, 1]],
        [[0, 5, 1], [0, 9, 1]],
        [[0, 5, 1], [10, 14, 1]],
        [[0, 5, -1]],
        [[0, 5, "x"]],
    ],
)
def test_a_faulty_clock_table_is_refused(table: object, tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        ScaledClock.load(file)


def test_the_machine_clock_agrees_with_itself() -> None:
    clock = SystemClock()
    first, second = clock.elapsed(), clock.elapsed()
    assert second >= first
    assert clock.now() > NOON

import json
import math
from pathlib import Path
from typing import Any

import pytest

from simulators.motion import Drive
from simulators.scenario import Scenario, draw
from simulators.tracker import MOST_IN_MESSAGE, Habits, Tracker
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, parse_instant
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"
COVERED = Habits(gaps=0)


@pytest.fixture(scope="module")
def night() -> Scenario:
    loaded = load_event(EVENTS / "night-stages")
    assert loaded.event is not None
    return draw(loaded.event, 20, frozenset({1}))


def all_messages(tracker: Tracker, drive: Drive, step: Duration) -> list[tuple[int, list[dict[str, Any]]]]:
    """Everything a tracker sends when asked every `step` µs: the instant, and the fixes of each message."""
    found = []
    now = drive.begins
    while not tracker.done:
        now += step
        for message in tracker.take(now):
            read = json.loads(message)
            found.append((now, read if isinstance(read, list) else [read]))
    return found


def test_every_fix_is_near_the_truth_at_its_instant(night: Scenario) -> None:
    drive = night.drives["7", 1]
    tracker = Tracker("t", drive, [], 1, Habits(noise=3.0, gaps=2))
    errors = []
    for _, fixes in all_messages(tracker, drive, SECOND):
        for fix in fixes:
            true = drive.where(parse_instant(fix["at"]))
            north = (fix["lat"] - true.lat) * 111_320
            east = (fix["lon"] - true.lon) * 111_320 * math.cos(math.radians(true.lat))
            errors.append(math.hypot(north, east))
            assert abs(fix["speed"] - true.speed) < 2.0
    assert max(errors) < 20
    assert 2.5 < math.sqrt(sum(e * e for e in errors) / len(errors)) < 6.0


def test_what_is_sent_depends_on_the_seed_and_not_on_how_often_it_is_asked_for(night: Scenario) -> None:
    drive = night.drives["7", 1]

    def fixes(seed: int, step: Duration) -> list[dict[str, Any]]:
        sent = all_messages(Tracker("t", drive, [], seed, COVERED), drive, step)
        return [fix for _, message in sent for fix in message]

    assert fixes(1, SECOND) == fixes(1, 7 * SECOND)
    assert fixes(1, SECOND) != fixes(2, SECOND)


def test_a_tracker_without_coverage_sends_nothing_and_then_all_at_once(night: Scenario) -> None:
    drive = night.drives["7", 1]
    tracker = Tracker("t", drive, [], 3, Habits(gaps=3, gap_s=(100, 200)))
    sent = all_messages(tracker, drive, SECOND)
    numbers = sorted(fix["n"] for _, fixes in sent for fix in fixes)
    assert numbers == list(range(1, len(numbers) + 1))
    burst = max(sum(len(fixes) for at, fixes in sent if at == moment) for moment, _ in sent)
    assert 100 <= burst <= 220
    assert max(len(fixes) for _, fixes in sent) == MOST_IN_MESSAGE


def test_near_a_control_the_tracker_samples_faster(night: Scenario) -> None:
    drive = night.drives["7", 1]
    line = drive.begins + HOUR
    tracker = Tracker("t", drive, [line], 1, Habits(interval=6 * SECOND, gaps=0))
    instants = [
        parse_instant(fix["at"]) for _, fixes in all_messages(tracker, drive, SECOND) for fix in fixes
    ]
    assert len([at for at in instants if abs(at - line) < 7 * SECOND]) >= 13
    assert len([at for at in instants if abs(at - line - MINUTE) < 7 * SECOND]) <= 3


def test_a_tracker_that_goes_on_after_a_pause_leaves_out_what_was_before(night: Scenario) -> None:
    drive = night.drives["7", 1]
    since = drive.begins + HOUR
    tracker = Tracker("t", drive, [], 1, COVERED)
    tracker.skip(since)
    sent = [fix for _, fixes in all_messages(tracker, drive, SECOND) for fix in fixes]
    assert min(parse_instant(fix["at"]) for fix in sent) > since
    assert sent[0]["n"] > 3_000

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from devices.plausibility import Area, Plausibility, doubt_time, event_area, local_time
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, RallyTime, parse_instant
from timing.core.itinerary import Itinerary
from timing.core.preset import Preset, Unit
from timing.core.readings import Fix, Heartbeat, Reading, Rejected, Stamp, StampMark

NOW = parse_instant("2026-09-20T10:00:00Z")
GATE, PHONE = 5 * SECOND, 60 * SECOND


def event(route: Iterable[tuple[float, float]] = ((47.0, 11.0), (47.3, 11.5))) -> Event:
    points = tuple(route)
    return Event(
        id="alps",
        name="Alps",
        first_day=dt.date(2026, 9, 20),
        timezone="Europe/Vienna",
        time=RallyTime(2 * HOUR),
        preset=Preset(name="p", version="1", unit=Unit.SECONDS),
        entries=EntryList({}),
        itinerary=Itinerary(legs={}, controls={}, stages={}),
        routes={1: points} if points else {},
    )


def fix(at: Instant = NOW, lat: float = 47.1, lon: float = 11.2, accuracy: float | None = 5) -> Fix:
    return Fix(device="T12", at=at, lat=lat, lon=lon, accuracy=accuracy)


def reason(item: Reading | Rejected) -> str:
    return item.reason if isinstance(item, Rejected) else ""


@pytest.fixture
def checks() -> Plausibility:
    return Plausibility(event())


def test_a_good_fix_passes_as_it_is(checks: Plausibility) -> None:
    assert checks.check(fix(), NOW, GATE) == fix()


@pytest.mark.parametrize("turns", [-2, -1, 1])
@pytest.mark.parametrize("slack", [-20 * HOUR, 0, 20 * HOUR])
def test_a_clock_off_by_whole_rollovers_is_named_and_the_right_time_suggested(
    checks: Plausibility, turns: int, slack: Duration
) -> None:
    item = checks.check(fix(at=NOW + turns * 1024 * 7 * DAY + slack), NOW, GATE)
    assert isinstance(item, Rejected)
    assert item.reason == "week_rollover"
    assert item.suggestion.startswith(f"{-turns * 7168:+d} days: 2026-09-")


def test_a_rollover_on_any_night_is_seen_at_once(checks: Plausibility) -> None:
    midnight = parse_instant("2026-09-21T00:00:00Z")
    assert reason(checks.check(fix(at=midnight - 1), midnight, GATE)) == ""
    assert reason(checks.check(fix(at=midnight - 7168 * DAY), midnight, GATE)) == "week_rollover"


@pytest.mark.parametrize(
    ("ahead", "off", "expected"), [(GATE, 4, ""), (GATE, 6, "future"), (PHONE, 59, ""), (PHONE, 61, "future")]
)
def test_how_far_ahead_a_clock_may_be_depends_on_the_device(
    checks: Plausibility, ahead: Duration, off: int, expected: str
) -> None:
    assert reason(checks.check(fix(at=NOW + off * SECOND), NOW, ahead)) == expected


@pytest.mark.parametrize("days", [7, 334])
def test_one_future_fix_does_not_freeze_the_car(checks: Plausibility, days: int) -> None:
    assert reason(checks.check(fix(at=NOW + days * DAY), NOW, PHONE)) == "future"
    for second in range(100):
        later = NOW + second * SECOND
        assert reason(checks.check(fix(at=later, lat=47.1 + second * 0.0001), later, PHONE)) == ""


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.01311, 0.01311), (-47.1, 11.2), (47.1, -11.2)])
def test_a_place_where_the_event_is_not_is_refused_also_after_an_hour_of_silence(
    checks: Plausibility, place: tuple[float, float]
) -> None:
    checks.check(fix(), NOW, PHONE)
    for later in (NOW + SECOND, NOW + HOUR):
        assert reason(checks.check(fix(later, *place), later, PHONE)) == "outside_event_area"


def test_without_a_route_only_nowhere_is_refused() -> None:
    checks = Plausibility(event(route=()))
    assert reason(checks.check(fix(lat=0, lon=0), NOW, PHONE)) == "outside_event_area"
    assert reason(checks.check(fix(lat=-33.9, lon=151.2), NOW, PHONE)) == ""


def test_a_sign_that_flips_for_one_message_is_an_impossible_speed() -> None:
    checks = Plausibility(event(route=[(-25.3, -57.6), (-25.3, 57.7)]))
    places = [(-25.3, -57.658), (-25.3, 57.658), (-25.3, -57.6581)]
    found = [
        reason(checks.check(fix(NOW + n * 15 * SECOND, lat, lon), NOW + n * 15 * SECOND, PHONE))
        for n, (lat, lon) in enumerate(places)
    ]
    assert found == ["", "impossible_speed", ""]


def test_a_wrong_first_place_does_not_shut_out_the_right_ones(checks: Plausibility) -> None:
    checks.check(fix(lat=47.3, lon=11.5), NOW, PHONE)
    found = [
        reason(checks.check(fix(NOW + n * SECOND, 47.0 + n * 0.0002, 11.0), NOW + n * SECOND, PHONE))
        for n in range(1, 6)
    ]
    assert found == ["impossible_speed", "impossible_speed", "", "", ""]


def test_jumps_that_do_not_agree_are_never_believed(checks: Plausibility) -> None:
    checks.check(fix(), NOW, PHONE)
    rng = random.Random(1)
    for n in range(1, 30):
        at = NOW + n * SECOND
        jump = fix(at, 47.0 + (n % 2) * 0.3, 11.0 + (n % 2) * 0.4 + rng.random() * 0.01)
        assert reason(checks.check(jump, at, PHONE)) == "impossible_speed"
    assert reason(checks.check(fix(NOW + 30 * SECOND), NOW + 30 * SECOND, PHONE)) == ""


def test_two_fixes_of_one_second_from_a_clock_of_whole_seconds_are_fine(checks: Plausibility) -> None:
    checks.check(fix(), NOW, PHONE)
    assert reason(checks.check(fix(lat=47.1003), NOW, PHONE)) == ""


def test_a_cell_towers_guess_is_refused_and_an_unknown_accuracy_is_not(checks: Plausibility) -> None:
    assert reason(checks.check(fix(accuracy=3000), NOW, PHONE)) == "accuracy"
    assert reason(checks.check(fix(accuracy=100), NOW, PHONE)) == ""
    assert reason(checks.check(fix(accuracy=None), NOW, PHONE)) == ""


def test_a_clock_ahead_by_a_zone_is_called_local_time(checks: Plausibility) -> None:
    item = checks.check(fix(at=NOW + 2 * HOUR), NOW, PHONE)
    assert isinstance(item, Rejected)
    assert item.suggestion == "looks like local time (+02:00), apply?"


def test_a_clock_behind_by_a_zone_is_called_local_time_after_some_fixes(checks: Plausibility) -> None:
    found = []
    for n in range(60):
        now = NOW + n * SECOND
        found.append(checks.check(fix(at=now - 7 * HOUR - n % 3 * SECOND), now, PHONE))
    assert reason(found[0]) == ""
    last = found[-1]
    assert isinstance(last, Rejected)
    assert (last.reason, last.suggestion) == ("local_time", "looks like local time (-07:00), apply?")


def test_a_queue_of_hours_ago_is_not_called_local_time(checks: Plausibility) -> None:
    for n in range(200):
        received = NOW + n * SECOND // 5
        assert reason(checks.check(fix(at=NOW - 2 * HOUR + n * 10 * SECOND), received, PHONE)) == ""


@pytest.mark.parametrize(
    ("off", "text"),
    [
        (2 * HOUR, "+02:00"),
        (5 * HOUR + 45 * MINUTE + 20 * SECOND, "+05:45"),
        (-3 * HOUR - 30 * MINUTE, "-03:30"),
        (10 * SECOND, ""),
        (15 * HOUR, ""),
        (2 * HOUR + 5 * MINUTE, ""),
    ],
)
def test_whole_quarters_of_an_hour_are_a_zone(off: Duration, text: str) -> None:
    assert local_time(off) == (f"looks like local time ({text}), apply?" if text else "")


def test_what_the_broker_kept_passes_however_old_and_measures_nothing(checks: Plausibility) -> None:
    old = replace(fix(at=NOW - 30 * DAY, lat=47.3, lon=11.5), retained=True)
    assert checks.check(old, NOW, PHONE) == old
    assert reason(checks.check(fix(), NOW, PHONE)) == ""
    assert reason(checks.check(replace(old, at=NOW + DAY), NOW, PHONE)) == "future"


def test_what_is_older_than_any_queue_is_refused(checks: Plausibility) -> None:
    assert reason(checks.check(fix(at=NOW - 6 * DAY), NOW, PHONE)) == ""
    assert reason(checks.check(fix(at=NOW - 8 * DAY), NOW, PHONE)) == "too_old"


def test_a_stamp_from_the_future_is_held_and_says_what_it_was(checks: Plausibility) -> None:
    stamp = Stamp(device="SS1-FF", at=NOW + 6 * SECOND, channel="C1")
    item = checks.check(stamp, NOW, GATE)
    assert isinstance(item, Rejected)
    assert (item.reason, item.reading) == ("future", stamp)


def test_a_gate_whose_clock_was_never_set_keeps_measuring_for_later(checks: Plausibility) -> None:
    stamp = Stamp(device="SS1-FF", at=parse_instant("1980-01-09T10:38:35Z"), channel="C1")
    assert checks.check(stamp, NOW, GATE) == replace(stamp, marks=(StampMark.UNSYNCED,))
    late = Stamp(device="SS1-FF", at=NOW - 2 * DAY, channel="C1")
    assert checks.check(late, NOW, GATE) == late


def test_other_readings_and_rejections_pass(checks: Plausibility) -> None:
    heartbeat = Heartbeat(device="T12", at=NOW + DAY)
    rejected = Rejected(raw=b"x", reason="checksum", detail="")
    assert checks.check(heartbeat, NOW, GATE) is heartbeat
    assert checks.check(rejected, NOW, GATE) is rejected


def test_the_area_of_an_event_is_the_box_of_its_routes_and_a_margin() -> None:
    area = event_area([(47.0, 11.0), (47.3, 11.5)])
    assert area is not None
    assert area.holds(46.9, 10.8)
    assert not area.holds(46.7, 11.2)
    assert event_area([]) is None
    assert Area(south=0, west=0, north=1, east=1).holds(1, 1)


def test_a_time_is_doubted_for_one_reason_only() -> None:
    assert doubt_time(NOW, NOW, GATE) is None


def test_a_queue_sent_weeks_after_the_rally_still_belongs_to_it(checks: Plausibility) -> None:
    """A gateway found in a drawer: what it measured in the rally's own days is believed when it comes."""
    weeks_later = NOW + 60 * DAY
    stamp = Stamp(device="beam", at=NOW, channel="C1")
    assert checks.check(stamp, weeks_later, GATE) == stamp
    assert checks.check(fix(at=NOW), weeks_later, PHONE) == fix(at=NOW)

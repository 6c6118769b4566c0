import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from devices.plausibility import Plausibility
from timing.core.entries import EntryList
from timing.core.event import DeviceConfig, Event, FixChecks
from timing.core.instant import DAY, HOUR, SECOND, Duration, Instant, RallyTime, parse_instant
from timing.core.itinerary import Itinerary
from timing.core.preset import Preset, Unit
from timing.core.readings import Fix, Heartbeat, Reading, Rejected, Stamp, StampMark

NOW = parse_instant("2026-09-20T10:00:00Z")
GATE, PHONE = 5 * SECOND, 60 * SECOND


def event(
    route: Iterable[tuple[float, float]] = ((47.0, 11.0), (47.3, 11.5)), checks: FixChecks | None = None
) -> Event:
    points = tuple(route)
    devices = {"T12": DeviceConfig(id="T12", decoder="native", checks=checks)} if checks else {}
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
        devices=devices,
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


def test_a_queue_sent_weeks_after_the_rally_still_belongs_to_it(checks: Plausibility) -> None:
    """A gateway found in a drawer: what it measured in the rally's own days is believed when it comes."""
    weeks_later = NOW + 60 * DAY
    stamp = Stamp(device="beam", at=NOW, channel="C1")
    assert checks.check(stamp, weeks_later, GATE) == stamp
    assert checks.check(fix(at=NOW), weeks_later, PHONE) == fix(at=NOW)


def drive(checks: Plausibility, factor: float, count: int = 400) -> list[Reading | Rejected]:
    """A car at 20 m/s, whose device states its speed times a factor; what came of its fixes."""
    found = []
    for n in range(count):
        at = NOW + n * SECOND
        one = replace(fix(at, 47.0 + n * 20 / 111_200.0), speed=20 * factor)
        found.append(checks.check(one, at, PHONE))
    return found


@pytest.mark.parametrize(
    ("factor", "words", "offer"),
    [
        (1.9438, "knots taken for m/s", "speed_scale = 0.5144"),
        (0.5144, "m/s taken for knots", "speed_scale = 1.944"),
        (3.6, "km/h taken for m/s", "speed_scale = 0.2778"),
        (0.2778, "m/s taken for km/h", "speed_scale = 3.6"),
    ],
)
def test_speeds_in_another_unit_are_told_once_and_left_out_with_the_way_to_put_them_right(
    factor: float, words: str, offer: str
) -> None:
    checks = Plausibility(event())
    found = drive(checks, factor)
    [told] = checks.findings()
    assert told.reason == "speed_unit"
    assert words in told.detail
    assert told.suggestion == offer
    assert all(isinstance(item, Fix) for item in found)
    assert [item.speed for item in found if isinstance(item, Fix)][-1] is None
    assert checks.counts["unit", "speed_unit"] == 1
    assert not checks.findings()


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.15, 0.0])
def test_speeds_that_are_about_right_or_unknown_are_left_alone(checks: Plausibility, factor: float) -> None:
    found = drive(checks, factor)
    assert not checks.findings()
    assert [item.speed for item in found if isinstance(item, Fix)] == [20 * factor] * 400


def test_with_the_scale_in_the_register_speeds_are_right_and_nothing_is_told() -> None:
    checks = Plausibility(event(checks=FixChecks(speed_scale=0.5144)))
    found = drive(checks, 1.9438)
    assert not checks.findings()
    assert isinstance(found[-1], Fix)
    assert found[-1].speed == pytest.approx(20, rel=1e-3)


def test_each_device_has_bounds_of_its_own() -> None:
    wide = Plausibility(event(checks=FixChecks(worst_accuracy_m=900, ahead=20 * SECOND, top_speed_kmh=100)))
    assert reason(wide.check(fix(accuracy=500), NOW, GATE)) == ""
    assert reason(wide.check(replace(fix(accuracy=500), device="T13"), NOW, GATE)) == "accuracy"
    assert reason(wide.check(fix(NOW + 19 * SECOND, accuracy=5), NOW, GATE)) == ""
    assert reason(wide.check(fix(NOW + 40 * SECOND, 47.12, accuracy=5), NOW + 40 * SECOND, GATE)) == (
        "impossible_speed"
    )


def test_what_an_official_decided_of_a_clock_is_applied_to_fixes_and_counted() -> None:
    checks = Plausibility(event(checks=FixChecks(shift=2 * HOUR)))
    assert checks.check(fix(NOW + 2 * HOUR), NOW, PHONE) == fix(NOW)
    weeks = Plausibility(event(checks=FixChecks(repair_weeks=True)))
    assert weeks.check(fix(NOW - 7168 * DAY), NOW, PHONE) == fix(NOW)
    assert checks.counts["time", "repaired"] == weeks.counts["time", "repaired"] == 1


def test_a_repetition_of_the_last_fix_passes_and_is_counted(checks: Plausibility) -> None:
    assert [reason(checks.check(fix(), NOW, PHONE)) for _ in range(3)] == [""] * 3
    assert checks.counts == {("duplicate", "known"): 2}


def test_two_places_at_one_instant_are_not_both_believed(checks: Plausibility) -> None:
    checks.check(fix(), NOW, PHONE)
    assert reason(checks.check(fix(lat=47.2), NOW, PHONE)) == "two_places"
    assert checks.counts["order", "two_places"] == 1


def test_a_tracker_behind_a_server_has_the_servers_bounds(checks: Plausibility) -> None:
    behind = Plausibility(event(checks=FixChecks(worst_accuracy_m=900)))
    vague = replace(fix(accuracy=500), device="8650001")
    assert reason(behind.check(vague, NOW, PHONE, carrier="T12")) == ""
    assert reason(checks.check(vague, NOW, PHONE, carrier="T12")) == "accuracy"

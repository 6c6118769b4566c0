import re
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.scenario import Scenario, draw
from simulators.timers import Impulse, Mishaps, clock_ahead, heard, impulse_line, impulses, lines
from timing.core.instant import HOUR, SECOND, parse_instant
from timing.core.readings import Source
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"
NO_MISHAPS = Mishaps(number=1.0, wrong_number=0, missed=0, double=0, foot=0, late=0)


@pytest.fixture(scope="module")
def night() -> Scenario:
    loaded = load_event(EVENTS / "night-stages")
    assert loaded.event is not None
    return draw(loaded.event, 20)


def impulse(at: str, channel: str = "C1", number: int = 43, *, cleared: bool = False) -> Impulse:
    instant = parse_instant(at)
    return Impulse(
        sent_at=instant,
        device="timy",
        control="F",
        channel=channel,
        at=instant,
        car=None,
        number=number,
        cleared=cleared,
    )


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        (impulse("2024-04-21T11:01:49.1146Z"), " 0043 C1  11:01:49.1146 00\r"),
        (impulse("2024-04-21T09:17:29.832Z", number=0), "?0000 C1  09:17:29.8320 00\r"),
        (impulse("2024-04-21T12:08:04.48Z", "C5"), " 0043 C5  12:08:04.48   00\r"),
        (impulse("2024-04-21T09:00:38.76Z", "C0", 1, cleared=True), "c0001 C0  09:00:38.7600 00\r"),
    ],
)
def test_an_impulse_is_printed_in_the_columns_of_a_real_timer(printed: Impulse, line: str) -> None:
    assert impulse_line(printed, 0) == line


def test_a_timer_shows_the_time_of_day_of_its_own_clock_past_midnight_too() -> None:
    late = impulse("2024-04-21T22:30:00Z")
    assert " 00:30:00.0000 " in impulse_line(late, 2 * HOUR)
    assert clock_ahead("rally", -7 * HOUR) == -7 * HOUR
    assert clock_ahead("+02:00", 0) == 2 * HOUR
    assert clock_ahead("-0330", 0) == -3 * HOUR - HOUR // 2
    assert clock_ahead("gps", 0) == 18 * SECOND


def test_without_mishaps_every_passing_is_printed_once_with_its_number(night: Scenario) -> None:
    printed = impulses(night, NO_MISHAPS)
    for control in ("SS1.START", "SS1.FF", "SS6.FF"):
        passed = {
            car for _, car in night.passings(control) if not night.event.entries.by_number[car].course_car
        }
        first = [p for p in printed if p.control == control and not p.device.endswith("b")]
        assert {p.car for p in first} == passed
        assert len(first) == len(passed)
        assert all(str(p.number) == p.car for p in first)


def test_a_heard_time_is_the_truth_cut_to_the_timers_resolution(night: Scenario) -> None:
    times = heard(night, impulses(night, Mishaps()), Source.A)
    assert len(times) > 150
    for (control, car), at in times.items():
        assert at == night.truth[car].crossings[control] // 100 * 100


def test_two_timers_at_one_line_never_agree_exactly_and_never_differ_by_much(night: Scenario) -> None:
    printed = impulses(night, NO_MISHAPS)
    a, b = heard(night, printed, Source.A), heard(night, printed, Source.B)
    for key, at in b.items():
        assert 0 <= at - a[key] <= 1_000


def test_all_lines_are_in_order_and_of_known_shapes(night: Scenario) -> None:
    said = list(lines(night, impulses(night, Mishaps())))
    assert all(before.sent_at <= after.sent_at for before, after in pairwise(said))
    shape = re.compile(rb"[ ?c]\d{4} (C\d|RT)  \d\d:\d\d:\d\d\.\d{2,4} {0,2} 00\r|[ns]\d{4}\r")
    assert all(shape.fullmatch(line.data) for line in said)
    assert any(line.data.startswith(b"?0000") for line in said)
    assert said == list(lines(night, impulses(night, Mishaps())))


def test_mishaps_happen_as_often_as_they_are_asked_for(night: Scenario) -> None:
    wild = impulses(night, Mishaps(number=0, wrong_number=0, missed=0.5, double=1.0, foot=1.0, late=0))
    usual = impulses(night, NO_MISHAPS)
    own = [p for p in wild if p.car is not None and not p.second_edge]
    assert 0.35 * len(usual) < len(own) < 0.65 * len(usual)
    assert len([p for p in wild if p.second_edge]) == len(own)
    feet = [p for p in wild if p.car is None and not p.cleared]
    assert feet
    assert {(p.device, p.at) for p in wild if p.cleared} <= {(p.device, p.at) for p in feet}
    for foot in feet:
        assert all(abs(p.at - foot.at) > 5 * SECOND for p in own if p.control == foot.control)

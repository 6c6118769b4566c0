"""What the timers at the lines print: an impulse for each car, and all that timers print besides.

Written from the description of the ALGE Timy's and TdC 8001's serial output, without a look at the
decoder that will read it. The mix of lines follows a day's printout of a real timer: next-number
lines before most impulses, impulses without a number, computed times, cleared impulses.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from simulators.scenario import Scenario
from timing.core.event import Assignment, DeviceConfig
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import ControlKind
from timing.core.readings import Source

#: Impulses are good to 1/10000 s, on the channels C5 to C8 to 1/100 s.
_FINE: Duration = 100
_COARSE: Duration = 10_000
_COARSE_CHANNELS = ("C5", "C6", "C7", "C8")
#: GPS time has been ahead of UTC by this much since 2017.
_GPS_AHEAD: Duration = 18 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """How often (0 to 1) what goes wrong, for each passing.

    `number` the operator has the right number keyed in; `wrong_number` another car's; `missed` the
    sensor does not see the car; `double` the rear wheels are seen too; `foot` somebody steps on the
    tube; `late` the line arrives minutes later.
    """

    number: float = 0.45
    wrong_number: float = 0.005
    missed: float = 0.003
    double: float = 0.08
    foot: float = 0.01
    late: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Impulse:
    """One printed impulse: the instant as cut by the timer, whose it was and what number was printed.

    `car` is None for a foot on the tube; `cleared` marks the line by which the operator takes an
    earlier impulse back. `sent_at` is when the line goes out on the wire.
    """

    sent_at: Instant
    device: str
    control: str
    channel: str
    at: Instant
    car: str | None
    number: int = 0
    second_edge: bool = False
    cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerLine:
    """Bytes that a timer puts on its wire at an instant."""

    sent_at: Instant
    device: str
    data: bytes


def impulses(scenario: Scenario, mishaps: Mishaps) -> list[Impulse]:
    """Return every impulse of every wired timer, in the order in which they are printed."""
    found: list[Impulse] = []
    for device in scenario.event.devices.values():
        if device.link == "mqtt" or device.decoder != "alge_timy":
            continue
        for assignment in device.assignments:
            chance = random.Random(f"{scenario.seed}/timer/{device.id}/{assignment.control}")
            found += _at_line(scenario, device, assignment, chance, mishaps)
    return sorted(found, key=lambda impulse: (impulse.sent_at, impulse.device, impulse.at))


def lines(scenario: Scenario, printed: Iterable[Impulse]) -> Iterator[TimerLine]:
    """Turn impulses into the lines of the wire, with the lines a timer prints around them."""
    chance = random.Random(f"{scenario.seed}/lines")
    for impulse in printed:
        device = scenario.event.devices[impulse.device]
        ahead = clock_ahead(device.clock, scenario.event.time.offset)
        if impulse.number and not impulse.cleared and chance.random() < 0.6:
            letter = "s" if impulse.channel == "C0" else "n"
            said = f"{letter}{impulse.number:04d}\r".encode()
            yield TimerLine(sent_at=impulse.sent_at, device=impulse.device, data=said)
        yield TimerLine(
            sent_at=impulse.sent_at, device=impulse.device, data=impulse_line(impulse, ahead).encode()
        )
        if impulse.number and impulse.channel == "C1" and not impulse.cleared and chance.random() < 0.5:
            # What the timer itself makes of it is never right in a rally: it does not know the start.
            said = f" {impulse.number:04d} RT  {tod(chance.randrange(90 * SECOND), 2):<13} 00\r".encode()
            yield TimerLine(sent_at=impulse.sent_at, device=impulse.device, data=said)


def impulse_line(impulse: Impulse, ahead: Duration) -> str:
    """Write one impulse as the 26 columns of an ALGE timer, and the CR that ends them."""
    flag = "c" if impulse.cleared else (" " if impulse.number else "?")
    clock = tod((impulse.at + ahead) % DAY, 2 if impulse.channel in _COARSE_CHANNELS else 4)
    return f"{flag}{impulse.number:04d} {impulse.channel:<2}  {clock:<13} 00\r"


def tod(since_midnight: Duration, places: int) -> str:
    """Write a time of day as HH:MM:SS with so many decimals."""
    seconds, micros = divmod(since_midnight, SECOND)
    fraction = f"{micros:06d}"[:places]
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction}"


def clock_ahead(clock: str, rally_offset: Duration) -> Duration:
    """Return by how much a timer's clock is ahead of UTC, from the register's word for it."""
    match clock:
        case "rally":
            return rally_offset
        case "utc":
            return 0
        case "gps":
            return _GPS_AHEAD
        case _:
            hours, minutes = int(clock[1:3]), int(clock[-2:])
            return (hours * HOUR + minutes * MINUTE) * (-1 if clock[0] == "-" else 1)


def ahead_of_reference(scenario: Scenario, device: str, control: str) -> Duration:
    """Return how far (µs) a timer's clock is ahead at a line: second clocks are, a little."""
    config = scenario.event.devices[device]
    if not any(each.control == control and each.source is Source.B for each in config.assignments):
        return 0
    return random.Random(f"{scenario.seed}/clock/{device}/{control}").randint(50, 900)


def heard(scenario: Scenario, printed: Iterable[Impulse], source: Source) -> dict[tuple[str, str], Instant]:
    """Return, by control and car, the first impulse that was really the car's, cut as it was printed."""
    found: dict[tuple[str, str], Instant] = {}
    for impulse in printed:
        if impulse.car is None or impulse.second_edge or impulse.cleared:
            continue
        device = scenario.event.devices[impulse.device]
        if any(a.control == impulse.control and a.source is source for a in device.assignments):
            found[impulse.control, impulse.car] = impulse.at
    return found


def _at_line(
    scenario: Scenario,
    device: DeviceConfig,
    assignment: Assignment,
    chance: random.Random,
    mishaps: Mishaps,
) -> Iterator[Impulse]:
    """Yield what one timer prints for one line: all cars that pass while it stands there."""
    control = scenario.event.itinerary.controls.get(assignment.control)
    if control is None:
        return
    entries = scenario.event.entries.by_number
    passings = sorted(
        (at, car)
        for at, car in scenario.passings(assignment.control)
        if not entries[car].course_car
        and (assignment.since is None or assignment.since <= at)
        and (assignment.until is None or at < assignment.until)
    )
    apart = ahead_of_reference(scenario, device.id, control.id) if assignment.source is Source.B else 0
    channel = assignment.channel or "C1"
    grid = _COARSE if channel in _COARSE_CHANNELS else _FINE
    operator_sees = control.kind is not ControlKind.SS_START or chance.random() < 0.9
    for i, (at, car) in enumerate(passings):
        delay = chance.randint(40_000, 400_000)
        if chance.random() < mishaps.late:
            delay = chance.randint(60, 300) * SECOND
        first = Impulse(
            sent_at=at + apart + delay,
            device=device.id,
            control=assignment.control,
            channel=channel,
            at=floor_to(at + apart, grid),
            car=car,
            number=_number(passings, i, chance, mishaps) if operator_sees else 0,
        )
        if chance.random() >= mishaps.missed:
            yield first
            yield from _second_edge(first, chance, mishaps, grid)
        yield from _foot(first, passings, i, chance, mishaps, grid)


def _number(passings: Sequence[tuple[Instant, str]], i: int, chance: random.Random, mishaps: Mishaps) -> int:
    """Return the number that the operator has keyed in, 0 for none."""
    draw = chance.random()
    shown = passings[i][1]
    if draw < mishaps.wrong_number and i + 1 < len(passings):
        shown = passings[i + 1][1]
    elif draw >= mishaps.number:
        return 0
    return int(shown) if shown.isdecimal() and len(shown) <= 4 else 0


def _second_edge(
    first: Impulse, chance: random.Random, mishaps: Mishaps, grid: Duration
) -> Iterator[Impulse]:
    if chance.random() < mishaps.double:
        later = chance.randint(90_000, 260_000)
        yield Impulse(
            sent_at=first.sent_at + later,
            device=first.device,
            control=first.control,
            channel=first.channel,
            at=floor_to(first.at + later, grid),
            car=first.car,
            second_edge=True,
        )


def _foot(
    first: Impulse,
    passings: Sequence[tuple[Instant, str]],
    i: int,
    chance: random.Random,
    mishaps: Mishaps,
    grid: Duration,
) -> Iterator[Impulse]:
    """Somebody crosses the road on the tube, well away from any car; now and then it is cleared at once."""
    ahead = passings[i + 1][0] if i + 1 < len(passings) else first.at + 2 * MINUTE
    if chance.random() >= mishaps.foot or ahead - first.at < 30 * SECOND:
        return
    at = floor_to(first.at + (ahead - first.at) * chance.randint(40, 60) // 100, grid)
    sent_at = at + chance.randint(40_000, 400_000)
    for cleared in (False, True) if chance.random() < 0.5 else (False,):
        yield Impulse(
            sent_at=sent_at + (4 * SECOND if cleared else 0),
            device=first.device,
            control=first.control,
            channel=first.channel,
            at=at,
            car=None,
            cleared=cleared,
        )

"""Simulated devices through real links: what comes out is what really happened, and nothing else."""

import ast
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import simulators
from simulators.counterparts import meshtastic, places, timers
from simulators.counterparts.truth import Passing, Place, drive
from tests.devices.way_in import bare_event, way_in
from tests.scenarios.senders import SENDERS, settled
from timing.core.event import DeviceConfig
from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration, parse_instant
from timing.core.readings import Fix, StampMark

NOW = parse_instant("2026-09-20T00:20:00Z")
#: Two hours ahead of UTC, as a timer in a summer's rally is; midnight of UTC lies among the passings.
AHEAD: Duration = 2 * HOUR
NUMBERS = ("12", "7", "118", "1", "", "43")
CHIPS = ("5691251", "3292480", "9011117", "5691251", "3292480", "9011117")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A device that times: how it is written, its channels as it and we call them, its grain (µs)."""

    link: str
    write: Callable[[Sequence[Passing]], list[bytes]]
    channels: dict[str, str]
    grain: Duration
    numbers: Sequence[str] = NUMBERS
    clock: str = "+02:00"
    keys: bool = True


DEVICES = {
    "tag_cp520": Timed(
        link="serial", channels={"1": "1", "2": "2"}, grain=MILLISECOND,
        write=lambda passings: [timers.cp520(one, AHEAD) for one in passings],
    ),
    "tag_cp540": Timed(
        link="tcp", channels={"1": "1", "4": "4"}, grain=10,
        write=lambda passings: [timers.cp540(one, n, AHEAD) for n, one in enumerate(passings, 1)],
    ),
    "microgate_rei2": Timed(
        link="serial", channels={"0": "0", "255": "255"}, grain=100,
        write=lambda passings: [timers.rei2(one, n, AHEAD) for n, one in enumerate(passings, 1)],
    ),
    "ubx_tim_tm2": Timed(
        link="serial", channels={"0": "R0"}, grain=1, numbers=("",) * 6, clock="utc", keys=False,
        write=lambda passings: [timers.tim_tm2(one, n) for n, one in enumerate(passings, 1)],
    ),
    "mylaps_p3": Timed(
        link="tcp", channels={"": "00041813"}, grain=MILLISECOND, numbers=CHIPS, keys=False,
        write=lambda passings: [timers.p3(one, n, AHEAD) for n, one in enumerate(passings, 141)],
    ),
    "sportident": Timed(
        link="serial", channels={"31": "31"}, grain=SECOND // 256 + 1, numbers=CHIPS, keys=False,
        write=lambda passings: [timers.punch(one, 8 * n, AHEAD) for n, one in enumerate(passings, 1)],
    ),
}  # fmt: skip


def passings(device: Timed, count: int = 60) -> list[Passing]:
    """Cars over lines, half a minute around midnight of UTC, now and then by a key."""
    chance = random.Random(7)
    return [
        Passing(
            at=NOW - 30 * MINUTE + n * 29 * SECOND + chance.randrange(SECOND),
            channel=chance.choice(list(device.channels)),
            number=device.numbers[n % len(device.numbers)],
            manual=device.keys and n % 7 == 3,
        )
        for n in range(count)
    ]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("decoder", DEVICES)
async def test_a_timer_is_believed_to_its_own_grain_with_its_numbers_and_keys(
    tmp_path: Path, free_port: Callable[[], int], decoder: str
) -> None:
    device, port = DEVICES[decoder], free_port()
    truth = passings(device)
    link = f"serial:{tmp_path}/port" if device.link == "serial" else f"tcp:127.0.0.1:{port}"
    config = DeviceConfig(id="d", decoder=decoder, link=link, clock=device.clock)
    event = bare_event(config, trackers=CHIPS[:3], offset=AHEAD)
    sender = SENDERS[device.link]
    async with way_in(event, tmp_path, NOW) as way, sender(way, event, device.write(truth), tmp_path, port):
        await settled(way, len(truth))
        stamps, refused = way.stamps(), way.refused()
    assert not refused
    assert len(stamps) == len(truth)
    for stamp, passing in zip(sorted(stamps, key=lambda stamp: stamp.at), truth, strict=True):
        assert 0 <= passing.at - stamp.at < device.grain
        key = "M" if passing.manual and decoder.startswith("tag") else ""  # the keys have names of their own
        assert stamp.channel == key + device.channels[passing.channel]
        assert (StampMark.MANUAL in stamp.marks) == passing.manual
        assert stamp.car == expected_car(device, passing)


def expected_car(device: Timed, passing: Passing) -> str | None:
    """The number that was printed, or the car in whose row the chip stands."""
    if device.numbers is CHIPS:
        return str(CHIPS.index(passing.number) + 1)
    return passing.number or None


async def test_what_an_operator_takes_back_on_a_timer_is_withdrawn(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    one = Passing(at=NOW - MINUTE, channel="1", number="12")
    said = [timers.cp520(one, AHEAD), timers.cp520(one, AHEAD, kind="TC")]
    event = bare_event(
        DeviceConfig(id="d", decoder="tag_cp520", link=f"serial:{tmp_path}/port", clock="+02:00")
    )
    async with way_in(event, tmp_path, NOW) as way, SENDERS["serial"](way, event, said, tmp_path, 0):
        await settled(way, 2)
        assert [stamp.cancelled for stamp in way.stamps()] == [False, True]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A device that tells places: how it is written, and how exactly (µs, degrees, m/s)."""

    link: str
    write: Callable[[Sequence[Place]], list[bytes]]
    at: Duration = SECOND
    degrees: float = 1e-6
    speed: float = 0.15


PLACES = {
    "nmea": Told(
        link="serial", at=10 * MILLISECOND, speed=1e-3,
        write=lambda seen: [sentence for place in seen for sentence in places.nmea(place)],
    ),
    "owntracks": Told(link="mqtt", write=lambda seen: [places.owntracks(place) for place in seen]),
    "meshtastic": Told(
        link="mqtt",
        write=lambda seen: [meshtastic.place_message(17, n, place) for n, place in enumerate(seen)],
    ),
    "osmand": Told(
        link="http", at=MILLISECOND, speed=1e-3,
        write=lambda seen: [b"/?" + places.osmand(place).encode() for place in seen],
    ),
    "osmand-9": Told(
        link="http", at=MILLISECOND, speed=1e-6,
        write=lambda seen: [places.traccar_client(place) for place in seen],
    ),
    "owntracks-http": Told(link="http", write=lambda seen: [places.owntracks(place) for place in seen]),
    "gpslogger": Told(
        link="http", speed=1e-3,
        write=lambda seen: [b"/?" + places.gpslogger(place).encode() for place in seen],
    ),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", PLACES)
async def test_a_phone_or_receiver_is_where_it_was_at_the_speed_it_had(
    tmp_path: Path, free_port: Callable[[], int], name: str
) -> None:
    told, decoder, port = PLACES[name], name.partition("-")[0], free_port()
    truth = list(drive(NOW - 5 * MINUTE, 80, random.Random(3), lat=-33.8, lon=-58.4))
    link = f"serial:{tmp_path}/port" if told.link == "serial" else "mqtt"
    topic = "devices/d" if told.link == "mqtt" else ""
    event = bare_event(DeviceConfig(id="d", decoder=decoder, link=link, clock="utc", topic=topic))
    said = told.write(
        [*truth, truth[0]]
    )  # the first once more, for a receiver that waits for more of a moment
    sender = SENDERS[told.link]
    async with way_in(event, tmp_path, NOW) as way, sender(way, event, said, tmp_path, port):
        await settled(way, len(truth))
        fixes, refused = way.fixes(), way.refused()
    assert not refused
    assert [fix.at // told.at for fix in by_time(fixes)] == [place.at // told.at for place in truth]
    for fix, place in zip(by_time(fixes), truth, strict=True):
        assert (fix.lat, fix.lon) == pytest.approx((place.lat, place.lon), abs=told.degrees)
        assert fix.speed == pytest.approx(place.speed, abs=told.speed)
        assert fix.course is None or abs((fix.course - place.course + 180) % 360 - 180) <= 0.6


def by_time(fixes: Sequence[Fix]) -> list[Fix]:
    return sorted(fixes, key=lambda fix: fix.at)


def test_no_simulator_has_read_a_decoder() -> None:
    """What is written and what is read come from the same description, by two ways."""
    for path in Path(simulators.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith("devices.decoders")], path

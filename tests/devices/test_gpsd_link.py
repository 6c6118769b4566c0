"""gpsd over a real socket: asked to speak at each opening, found again after it was gone."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from devices.register import links_of
from simulators.counterparts.gpsd import Gpsd
from simulators.counterparts.truth import drive
from tests.devices.way_in import bare_event, way_in
from timing.core.event import DeviceConfig
from timing.core.instant import MINUTE, parse_instant

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = parse_instant("2026-09-20T10:00:00Z")
PLACES = list(drive(NOW - 5 * MINUTE, 60, random.Random(4)))


async def test_the_daemon_is_asked_to_speak_and_asked_again_after_each_loss(
    tmp_path: Path, wait_until: Wait
) -> None:
    async with Gpsd() as daemon:
        event = bare_event(DeviceConfig(id="car-7", decoder="gpsd", link=f"tcp:127.0.0.1:{daemon.port}"))
        async with way_in(event, tmp_path, NOW) as way:
            [link] = links_of(event, broker_url="mqtt://127.0.0.1:1", now=way.clock.now).wired
            way.keep(link)
            await wait_until(lambda: daemon.watchers == 1)
            assert daemon.told == ['?WATCH={"enable":true,"json":true};']
            daemon.say(PLACES[:30])
            await wait_until(lambda: len(way.fixes()) == 30)
            daemon.hang_up()
            await wait_until(lambda: daemon.watchers == 1)
            daemon.say(PLACES[30:])
            await wait_until(lambda: len(way.fixes()) == 60)
            assert not way.refused()
            fixes = way.fixes()
    assert [fix.at for fix in fixes] == [place.at for place in PLACES]
    for fix, place in zip(fixes, PLACES, strict=True):
        assert (fix.lat, fix.lon) == pytest.approx((place.lat, place.lon), abs=1e-8)
        assert (fix.speed, fix.course) == pytest.approx((place.speed, place.course), abs=1e-3)
        assert (fix.altitude, fix.accuracy) == pytest.approx((place.altitude, 4.0), abs=1e-3)

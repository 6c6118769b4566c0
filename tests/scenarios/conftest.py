"""Events and brokers for the tests that run the whole service."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from devices.broker import Broker
from tests.scenarios.running import clock_table, mosquitto
from timing.core.instant import parse_instant
from timing.folder_template import write_template

#: The morning of the example event.
MORNING = parse_instant("2026-06-06T15:10:00Z")
PHONES = ("phone-0", "phone-1", "phone-2", "phone-3", "phone-4")
_TIMER = """
[[devices]]
id = "timer-1"
decoder = "alge_timy"
link = "serial:ports/timer-1"
clock = "rally"
assignments = [
  { control = "T1.0", channel = "C0", line = "A" },
  { control = "T1.1", channel = "C1", line = "A" },
]
"""


@pytest.fixture
def small_event(tmp_path: Path) -> Path:
    """The event that `rallykeeper init` writes, with a timer on a wire."""
    folder = tmp_path / "my-rally"
    write_template(folder)
    with (folder / "rally.toml").open("a") as rally:
        rally.write(_TIMER)
    return folder


@pytest.fixture
def morning(tmp_path: Path) -> str:
    """The clock table of that event's morning."""
    return str(clock_table(tmp_path / "clock.json", MORNING))


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[Broker]:
    """The broker of the service itself, kept apart from it."""
    async with Broker(tmp_path / "broker", "my-rally", devices=PHONES) as broker:
        yield broker


@pytest.fixture(params=["nats", "mosquitto"])
async def broker_url(
    request: pytest.FixtureRequest, tmp_path: Path, free_port: Callable[[], int]
) -> AsyncIterator[str]:
    """The address of each kind of broker in turn."""
    if request.param == "mosquitto":
        async with mosquitto(tmp_path, free_port()) as url:
            yield url
        return
    async with Broker(tmp_path / "broker", "my-rally", devices=PHONES) as broker:
        yield broker.url()

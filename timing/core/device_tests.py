"""Whether each device at a control has shown that it is heard there: a test impulse before the first car.

A device may be heard by its heartbeats and its sensor be dead, or its cable be in another input. It is shown
as ready only when an impulse has come from its channel since it was put there, and on this day.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from timing.core.device_table import DeviceTable
from timing.core.instant import Instant, RallyTime
from timing.core.results import StampState


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTest:
    """A device's channel at a control now; `tested` is its newest impulse there that day, None for none."""

    device: str
    control: str
    line: str
    channel: str
    since: Instant | None
    tested: Instant | None


def passes_at(
    table: DeviceTable, control: str, stamps: Iterable[StampState], time: RallyTime, now: Instant
) -> tuple[LineTest, ...]:
    """Return the devices that serve a control now, each with the newest impulse of a test or a car.

    Args:
        table: where the devices are.
        control: the control.
        stamps: its stamps, whatever became of them: a false trigger shows that the sensor is alive, too.
        time: whose midnight begins the day.
        now: the present.
    """
    serving = table.serving(control, now)
    if not serving:
        return ()
    newest: dict[tuple[str, str], Instant] = {}
    for state in stamps:
        stamp = state.stamp
        for channel in (stamp.channel, ""):
            key = (stamp.device, channel)
            if stamp.at <= now and stamp.at > newest.get(key, -1):
                newest[key] = stamp.at
    day = time.at(time.day_of(now), 0)
    found = []
    for device, held in serving:
        at = newest.get((device, held.channel))
        begun = day if held.since is None else max(day, held.since)
        found.append(
            LineTest(
                device=device, control=control, line=held.source.value, channel=held.channel,
                since=held.since, tested=None if at is None or at < begun else at,
            )
        )  # fmt: skip
    return tuple(found)


def untested(passes: Iterable[LineTest]) -> tuple[str, ...]:
    """Return the devices of which no test pass has been seen yet, by name."""
    return tuple(dict.fromkeys(each.device for each in passes if each.tested is None))

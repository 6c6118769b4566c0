"""How the devices are doing, as officials look at it.

Status in a word, what is missing, what disturbed them, where they are, and whether a test pass has been seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.messages import Json
from timing.core.device_conflicts import Conflict
from timing.core.device_tests import LineTest
from timing.core.instant import MINUTE, Duration, Instant, format_instant
from timing.health import DeviceHealth

#: A device that sends positions or heartbeats is silent after this; a timer may rest between two cars.
SILENT_AFTER: Duration = 2 * MINUTE
#: So many ranges of missing numbers and disturbances are sent, the newest.
_SHOWN = 40
#: What a device sends without a car's passing.
_REGULAR = ("fix", "heartbeat")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """How one link is doing, as the composition root knows it.

    `openings` is how often it was opened within the last hour; `device` whose own wire it is, if one's.
    """

    name: str
    up: bool
    since: Instant
    error: str = ""
    openings: int = 0
    device: str = ""


def status_of(health: DeviceHealth, now: Instant) -> str:
    """Return a device's status in a word.

    `none` never heard; `offline` its broker said that it has gone; `asleep` by its own word; `silent`: it
    sends regularly, and for a while nothing came but impulses, if those; `resting`: it speaks only when a
    car passes, and none has for a while; `still`: it sends, and does not move; else `ok`.
    """
    heard = health.heard_at
    if heard is None:
        return "none"
    if health.online is False:
        return "offline"
    # Impulses that go on do not speak for positions or heartbeats that have dried up.
    regular = max((health.heard[kind] for kind in _REGULAR if kind in health.heard), default=None)
    if now - (heard if regular is None else regular) > SILENT_AFTER:
        if health.asleep:
            return "asleep"
        return "resting" if regular is None else "silent"
    return "ok" if health.still_since is None else "still"


def health_json(health: DeviceHealth, now: Instant) -> Json:
    """Return all that is known of a device's health: instants RFC 3339, durations µs."""
    missing = health.missing[-_SHOWN:]
    return {
        "status": status_of(health, now),
        "heard_kinds": {kind: format_instant(at) for kind, at in sorted(health.heard.items())},
        "readings": health.readings,
        "starts": health.starts,
        "reconnects": health.reconnects,
        "double": health.double or None,
        "asleep": health.asleep,
        "still_since": None if health.still_since is None else format_instant(health.still_since),
        "missing_count": sum(each.count for each in health.missing),
        "missing": [{"boot": each.boot, "first": each.first, "last": each.last} for each in missing],
        "happened": [
            {"at": format_instant(each.at), "kind": each.kind, "detail": each.detail}
            for each in health.happened[-_SHOWN:]
        ],
    }


def link_json(link: LinkFacts) -> Json:
    """Return how an open way to devices is doing."""
    return {
        "name": link.name,
        "up": link.up,
        "since": format_instant(link.since),
        "error": link.error or None,
        "openings": link.openings,
        "device": link.device or None,
    }


def passes_json(passes: Iterable[LineTest]) -> list[Json]:
    """Return a device's present assignments, each with the newest impulse since it began, this day."""
    return [
        {
            "control": each.control,
            "line": each.line,
            "channel": each.channel,
            "since": None if each.since is None else format_instant(each.since),
            "tested": None if each.tested is None else format_instant(each.tested),
        }
        for each in passes
    ]


def conflicts_json(conflicts: Sequence[Conflict]) -> list[Json]:
    """Return the doubles of the assignments in words."""
    return [
        {
            "kind": each.kind.value,
            "text": each.text,
            "expected": each.expected,
            "devices": list(each.devices),
        }
        for each in conflicts
    ]


def contradictions(said: Mapping[str, str], assigned: Mapping[str, str | None]) -> list[Json]:
    """Return where a tracker announces another car than the one it is assigned to; the assignment counts."""
    return [
        {
            "kind": "says_other_car",
            "text": f"{device} says that it is in car {car}, and is assigned to car {assigned[device]}",
            "expected": "the car that it is assigned to, which counts; look at the number set in the unit",
            "devices": [device],
        }
        for device, car in sorted(said.items())
        if assigned.get(device) is not None and assigned[device] != car
    ]

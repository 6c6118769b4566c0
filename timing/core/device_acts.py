"""The acts that put a device to another place while the rally runs: a gate moved, a tracker swapped.

What a device said before `since` belongs to where it was then, whenever it arrives. The register of the event
folder holds for all times that no act names; of several acts about one moment the last one decided holds.
"""

from dataclasses import dataclass

from timing.core.instant import Instant
from timing.core.readings import Source


@dataclass(frozen=True, slots=True)
class AssignDevice:
    """From `since` until before `until` (None: open) a device serves a control as a line.

    `control` None takes it out of service for that time. `channel` empty: all its channels.
    """

    device: str
    since: Instant | None
    control: str | None
    channel: str = ""
    line: Source = Source.A
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class AssignTracker:
    """From `since` until before `until` (None: open) a tracker rides in a car; `car` None: in none."""

    device: str
    since: Instant | None
    car: str | None
    until: Instant | None = None


DeviceAct = AssignDevice | AssignTracker

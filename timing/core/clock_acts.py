"""Acts of the Official Timekeeper about a device's clock. They change no stamp: what it says stays visible.

Instants of these acts (`since`, `until`, those of `points`) are on the device's own clock, as its raw
stamps are, so that no correction can move a stamp into or out of the span of another.
"""

from dataclasses import dataclass

from timing.core.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class CorrectDevice:
    """All times of a device from `since` until before `until` (None: open) are put right, as one batch.

    `points` are (instant, offset) with offset = device - reference in µs, at least one, rising in time.
    The offset runs straight from point to point, and stays what it was before the first and after the
    last: `corrected = raw - offset(raw)`. Two instruments compared with a reference before and after.
    """

    device: str
    since: Instant | None
    until: Instant | None
    points: tuple[tuple[Instant, Duration], ...]


@dataclass(frozen=True, slots=True)
class AcceptDevice:
    """The times of a device are accepted although its clock was out of its limits, or never checked.

    `control` None: at every control. A correction of the same times stays as it is.
    """

    device: str
    control: str | None = None
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class DropDevice:
    """No time of a device from `since` until before `until` is used; the next source takes its place."""

    device: str
    since: Instant | None = None
    until: Instant | None = None


ClockAct = CorrectDevice | AcceptDevice | DropDevice

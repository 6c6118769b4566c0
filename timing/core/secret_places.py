"""Which places along the road are a secret of the organizer's: everybody else hears of them nowhere."""

from timing.core.event import Event
from timing.core.itinerary import Control, ControlKind

_ALWAYS = frozenset({ControlKind.SECRET, ControlKind.OFF_COURSE})


def is_secret(event: Event, control: Control) -> bool:
    """Return whether the place of a control is for officials only.

    A secret control, one off the course, the points of an average trial behind its start; and where the
    regulations have `secret_lines` the timing lines of tests: on the public map of a time-speed-distance
    rally there are only the restarts and time checks (Richta GPS checkpoints, app for spectators).
    """
    if control.kind in _ALWAYS:
        return True
    if control.kind is ControlKind.REG_TEST:
        return event.rules_at(control.order).secret_lines
    stage = event.itinerary.stages.get(control.stage or "")
    return control.kind is ControlKind.AVG_TRIAL and stage is not None and control.id != stage.start

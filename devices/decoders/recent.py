"""The last impulses of a timer, so that a later change of a number can take back the earlier one."""

from dataclasses import dataclass, field

from timing.core.readings import Stamp

#: Operators change what lately happened; a unit's own memory holds a few thousand.
_MOST = 4_000


@dataclass(slots=True)
class Recent:
    """Remembers the last stamps of one timer by the timer's own identity of an impulse."""

    _stamps: dict[str, Stamp] = field(default_factory=dict)

    def get(self, impulse: str) -> Stamp | None:
        """Return the last stamp of an impulse, None where it was not seen."""
        return self._stamps.get(impulse)

    def note(self, impulse: str, stamp: Stamp) -> None:
        """Remember a stamp as the last of its impulse."""
        self._stamps.pop(impulse, None)
        self._stamps[impulse] = stamp
        if len(self._stamps) > _MOST:
            del self._stamps[next(iter(self._stamps))]

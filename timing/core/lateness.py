"""How late a crew may be: limits at one control and in all, who may move them and what they count.

Only real lateness counts, never penalty time, and being early never makes up for it (WMWR 2017,
competitor bulletin 3; Motorsport UK NCR 2026 p489 9.1a). A limit is passed by
more than it says. The clerk extends it for the part still to come, never backwards (p491 11.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from timing.core.decisions import ExtendLateness
from timing.core.itinerary import Control
from timing.core.preset import LatenessSpan, Preset
from timing.core.road import Road
from timing.core.rulings import Ruled


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits at a control in whole minutes; None does not exist. `early` is the most that is allowed."""

    control: int | None = None
    total: int | None = None
    early: int | None = None
    over: LatenessSpan = LatenessSpan.LEG

    def passed(self, late: int, in_all: int, *, still: bool = False) -> str:
        """Say which limit a check-in is beyond, or return an empty text.

        Args:
            late: minutes late at this control (early: negative).
            in_all: minutes late so far, this control's included.
            still: whether a crew that has been over the total stays over it when it is on time again.
        """
        if self.early is not None and -late > self.early:
            return f"{-late} min early, more than {self.early}"
        if self.control is not None and late > self.control:
            return f"{late} min late, more than {self.control}"
        if self.total is not None and in_all > self.total and (late > 0 or still):
            return f"{in_all} min late in all, more than {self.total}"
        return ""


def limits_of(preset: Preset) -> Limits:
    """Return the limits that the regulations set."""
    return Limits(preset.max_late_control, preset.max_late_total, preset.max_early, preset.late_total_over)


def limits_at(road: Road, control: Control, extensions: Sequence[Ruled]) -> Limits:
    """Return the limits at a control, with the clerk's extensions (in order of time) that reach it."""
    limits = limits_of(road.rules_at(control.id))
    for ruled in extensions:
        act = ruled.decision.act
        if not isinstance(act, ExtendLateness) or act.effective_from not in road.by_id:
            continue
        if control.order < road.by_id[act.effective_from].order:
            continue
        limits = Limits(
            act.max_late_control if act.max_late_control is not None else limits.control,
            act.max_late_total if act.max_late_total is not None else limits.total,
            limits.early,
            limits.over,
        )
    return limits

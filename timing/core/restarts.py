"""What a crew is given and charged that retired on one leg and goes on with a later one.

For each stage it missed it gets the fastest time of its reference group and a fixed time on top;
some regulations add something for each road section that was not finished and for each re-entry.
The numbers are a preset's (World Championship 2017-19: 7 minutes a stage, 10 where only the last
stage of the day was missed; Iceland: 5 minutes a stage and a road section, 10 for the first re-entry).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from timing.core.entries import Entry
from timing.core.instant import SECOND, Duration
from timing.core.preset import RestartReference, RestartRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartBill:
    """What a restart comes to, in µs: a time for each missed stage, and charges beside them."""

    stages: tuple[Duration, ...]
    roads: tuple[Duration, ...] = ()
    reentry: Duration = 0

    @property
    def total(self) -> Duration:
        """What the restart adds to the crew's total."""
        return sum(self.stages) + sum(self.roads) + self.reentry


def restart_bill(
    fastest: Sequence[Duration],
    rule: RestartRule,
    *,
    only_last: bool = False,
    road_sections: int = 0,
    reentry: int = 1,
) -> RestartBill:
    """Return what a restart costs.

    Args:
        fastest: the fastest time of the reference group on each missed stage.
        rule: the regulations.
        only_last: whether just the last stage of the leg was missed.
        road_sections: how many road sections of the leg the crew did not finish.
        reentry: which re-entry of this crew it is, counted from 1.
    """
    on_top = stage_charge(rule, only_last=only_last)
    return RestartBill(
        stages=tuple(time + on_top for time in fastest),
        roads=(rule.per_road * SECOND,) * road_sections if rule.per_road else (),
        reentry=reentry_charge(rule, reentry),
    )


def stage_charge(rule: RestartRule, *, only_last: bool) -> Duration:
    """Return what is added to the fastest time of one missed stage, in µs."""
    if only_last and rule.last_of_leg is not None:
        return rule.last_of_leg * SECOND
    return rule.per_stage * SECOND


def reentry_charge(rule: RestartRule, reentry: int) -> Duration:
    """Return what the first, second, ... re-entry costs, in µs; the ladder's last step holds on."""
    if not rule.reentry:
        return 0
    return rule.reentry[min(reentry, len(rule.reentry)) - 1] * SECOND


def same_reference(reference: RestartReference, one: Entry, other: Entry) -> bool:
    """Return whether two crews belong to the same reference group."""
    match reference:
        case RestartReference.OVERALL:
            return True
        case RestartReference.CLASS:
            return one.class_ == other.class_
        case RestartReference.GROUP:
            return one.group == other.group

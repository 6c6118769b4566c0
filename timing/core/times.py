"""The times of a car, written out only where somebody looks.

Most times are those of a lone stamp: the stamp says all, and four hundred cars with a hundred such
times each are faster kept as stamps.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from timing.core.drive import Drive, Fates, stamped
from timing.core.results import Chosen, Disposition
from timing.core.stamps import Hit
from timing.core.starts import StageStart

_ACCEPTED = (Disposition.ACCEPTED, "")

#: What a mapping holds in place of values not written out yet.
_Times: TypeAlias = dict[str, Hit | Chosen]
_FatesOf: TypeAlias = dict[str, Hit | Fates]


class Times(Mapping[str, Chosen]):
    """A car's times by control in road order; a `Hit` stands for the time of a lone stamp."""

    __slots__ = ("_car", "found")

    def __init__(self, car: str, found: _Times) -> None:
        self._car = car
        self.found = found

    def __getitem__(self, control: str) -> Chosen:
        value = self.found[control]
        if isinstance(value, Hit):
            value = self.found[control] = stamped(control, self._car, value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __contains__(self, control: object) -> bool:
        return control in self.found


class FatesOf(Mapping[str, Fates]):
    """What became of a car's stamps by control; a `Hit` stands for a lone stamp, which gives its time."""

    __slots__ = ("found",)

    def __init__(self, found: _FatesOf) -> None:
        self.found = found

    def __getitem__(self, control: str) -> Fates:
        value = self.found[control]
        return {value.placed.key: _ACCEPTED} if isinstance(value, Hit) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __contains__(self, control: object) -> bool:
        return control in self.found


def lone_drive(car: str, hits: dict[str, Hit]) -> Drive:
    """Return the drive of a car with one stamp at each control, all of which count."""
    return Drive(Times(car, {**hits}), FatesOf({**hits}), lone=hits)


def join(car: str, legs: Sequence[Drive]) -> Drive:
    """Return what is known of a car on the whole road, out of its legs in order."""
    if len(legs) == 1:
        return legs[0]
    times: _Times = {}
    fates: _FatesOf = {}
    starts: dict[str, StageStart] = {}
    wheels: dict[str, Hit] = {}
    lone: dict[str, Hit] = {}
    for leg in legs:
        times.update(leg.chosen.found if isinstance(leg.chosen, Times) else leg.chosen)
        fates.update(leg.fates.found if isinstance(leg.fates, FatesOf) else leg.fates)
        starts.update(leg.starts)
        wheels.update(leg.wheels)
        lone.update(leg.lone)
    return Drive(Times(car, times), FatesOf(fates), starts, wheels, lone)


def moved_controls(before: Drive, after: Drive) -> set[str]:
    """Return the controls where a car's time, or what became of a stamp, differs between two drives."""
    if all(len(drive.lone) == len(drive.fates) for drive in (before, after)):
        return _moved(before.lone, after.lone)
    return _moved(before.chosen, after.chosen) | _moved(before.fates, after.fates)


def _moved(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    was, now = as_kept(before), as_kept(after)
    changed = [control for control, value in now.items() if was.get(control) is not value]
    moved = {control for control in changed if before.get(control) != after[control]}
    if len(was) + len(changed) > len(now):
        moved.update(was.keys() - now.keys())
    return moved


def as_kept(values: Mapping[str, object]) -> Mapping[str, object]:
    """Return times or fates as they are kept, without writing them out: lone stamps as such."""
    return values.found if isinstance(values, Times | FatesOf) else values

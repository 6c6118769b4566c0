"""The classifications of an event: which crews each one lists, and what it sums.

`overall` and its filters (`class-X`, `category-X`, `group-X`) sum the whole rally. `leg-N` and
`section-ID` sum a part of it, `final-leg` the part behind the last overnight halt, penalties included
("Sunday only"): from the first time control after the overnight regroup to the last one.
`overall-raw` sums the rally without coefficients, `teams` adds up the best crews of each team and
`championship` counts points for places.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind, Itinerary, Stage
from timing.core.preset import CoefficientMode, Unit
from timing.core.results import PenaltyRow

OVERALL = "overall"
RAW = "overall-raw"
FINAL_LEG = "final-leg"
TEAMS = "teams"
CHAMPIONSHIP = "championship"

#: The overnight halt itself: what is booked on leaving it belongs to the leg before.
_HALTS = frozenset({ControlKind.REGROUP_OUT, ControlKind.PARC_FERME})


class Part(StrEnum):
    """Which part of the rally is summed."""

    WHOLE = "whole"
    LEG = "leg"
    CONTROLS = "controls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a classification sums.

    `first` and `last` are the orders of the first and last control of the part. `stages` is in road
    order. `controls` are the part's controls where it is not a leg or the whole.
    """

    id: str
    part: Part
    stages: tuple[Stage, ...]
    first: int
    last: int
    leg: int | None = None
    controls: frozenset[str] = frozenset()
    weighed: bool = True
    """Whether the cars' coefficients count."""

    def covers(self, control: Control) -> bool:
        """Return whether a control belongs to this part of the rally."""
        match self.part:
            case Part.WHOLE:
                return True
            case Part.LEG:
                return control.leg == self.leg
            case Part.CONTROLS:
                return control.id in self.controls

    def counts(self, row: PenaltyRow) -> bool:
        """Return whether a penalty belongs to this part of the rally."""
        match self.part:
            case Part.WHOLE:
                return True
            case Part.LEG:
                return row.leg == self.leg
            case Part.CONTROLS:
                if row.control is not None:
                    return row.control in self.controls
                return any(stage.id == row.stage for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Scope:
    """One classification: whom it lists, out of which sums."""

    id: str
    selection: str = OVERALL
    class_: str | None = None
    category: str | None = None
    group: str | None = None

    def has(self, entry: Entry) -> bool:
        """Return whether a crew is listed."""
        return (
            not entry.course_car
            and self.class_ in (None, entry.class_)
            and self.category in (None, entry.category)
            and self.group in (None, entry.group)
        )


def scopes_of(event: Event) -> dict[str, Scope]:
    """Return the lists of crews of an event by name, in the order in which they are offered.

    A filter is offered where the entry list gives its values. Crews without a class are listed under
    `class-missing`, not lost; they never hold up the others.
    """
    scopes = [Scope(OVERALL)]
    scopes += [Scope(f"leg-{leg}", selection=f"leg-{leg}") for leg in event.itinerary.legs]
    if len(event.itinerary.legs) > 1:
        scopes.append(Scope(FINAL_LEG, selection=FINAL_LEG))
    sections = _sections(event.itinerary)
    if len(sections) > 1:
        scopes += [Scope(f"section-{name}", selection=f"section-{name}") for name in sections]
    competing = [entry for entry in event.entries.by_number.values() if not entry.course_car]
    classes = _values(competing, lambda entry: entry.class_, event.classes)
    scopes += [Scope(f"class-{name}", class_=name) for name in classes]
    if classes and any(not entry.class_ for entry in competing):
        scopes.append(Scope("class-missing", class_=""))
    scopes += [Scope(f"category-{c}", category=c) for c in _values(competing, lambda entry: entry.category)]
    scopes += [Scope(f"group-{g}", group=g) for g in _values(competing, lambda entry: entry.group)]
    if event.preset.coefficient_mode is not CoefficientMode.NONE and event.preset.unit is not Unit.NONE:
        scopes.append(Scope(RAW, selection=RAW))
    return {scope.id: scope for scope in scopes}


def selections_of(event: Event, cancelled: frozenset[str]) -> dict[str, Selection]:
    """Return what the lists of an event sum, by name; cancelled stages count nowhere."""
    itinerary = event.itinerary
    controls = sorted(itinerary.controls.values(), key=lambda control: control.order)
    stages = sorted(itinerary.stages.values(), key=lambda stage: stage.order)
    stages = [stage for stage in stages if stage.id not in cancelled]
    last = controls[-1].order if controls else 0
    whole = Selection(id=OVERALL, part=Part.WHOLE, stages=tuple(stages), first=0, last=last)
    raw = Selection(id=RAW, part=Part.WHOLE, stages=tuple(stages), first=0, last=last, weighed=False)
    made = [whole, raw]
    for leg in itinerary.legs:
        on_leg = [control for control in controls if control.leg == leg]
        made.append(
            Selection(
                id=f"leg-{leg}",
                part=Part.LEG,
                stages=tuple(stage for stage in stages if stage.leg == leg),
                first=on_leg[0].order if on_leg else last,
                last=on_leg[-1].order if on_leg else last,
                leg=leg,
            )
        )
    made += [
        _of_controls(f"section-{name}", [c for c in controls if c.section == name], stages)
        for name in _sections(itinerary)
    ]
    made.append(_of_controls(FINAL_LEG, _final_part(controls), stages))
    return {selection.id: selection for selection in made}


def _of_controls(name: str, controls: Iterable[Control], stages: Iterable[Stage]) -> Selection:
    inside = {control.id: control.order for control in controls}
    return Selection(
        id=name,
        part=Part.CONTROLS,
        stages=tuple(stage for stage in stages if stage.start in inside),
        first=min(inside.values(), default=0),
        last=max(inside.values(), default=0),
        controls=frozenset(inside),
    )


def _final_part(controls: list[Control]) -> list[Control]:
    """The controls of the last leg, from the first one behind the overnight halt on."""
    leg = max((control.leg for control in controls), default=0)
    last = [control for control in controls if control.leg == leg]
    begin = 0
    while begin < len(last) and last[begin].kind in _HALTS:
        begin += 1
    # A halt inside the leg is no overnight one; without any other time control nothing is left out.
    return last[begin:] if any(control.kind in TIME_CONTROLS for control in last[begin:]) else last


def _sections(itinerary: Itinerary) -> list[str]:
    return list(dict.fromkeys(control.section for control in itinerary.controls.values() if control.section))


def _values(
    entries: Iterable[Entry], value: Callable[[Entry], str], first: Iterable[str] = ()
) -> dict[str, None]:
    """The values of a column that are not empty, those of `first` ahead, without repetition."""
    return dict.fromkeys([*first, *(named for entry in entries if (named := value(entry)))])

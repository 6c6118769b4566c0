"""What is proposed after a call for help on a special stage, for the crews that were on it behind.

The crew that called has its own penalties suspended (`emergencies`). Those behind it have to stop, make way
for the rescue and wait (Motorsport UK NCR 2026 p472 7.11-7.19), but no record says which of them did, and
for how long: so nothing of theirs moves by itself. Proposed are, to the clerk of the course,

* the interruption of the stage at the instant of the call, for the crews whose time is missing or longer
  than any before them: once it stands, notional times are proposed for each of them (p444 4.20, p445 4.37);
* for each crew that came late to the first time control behind the stage, that lateness as official delay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from timing.core.decisions import AllowDelay, Interrupt, Reason
from timing.core.emergencies import Call, Emergencies, suspensions
from timing.core.instant import MINUTE, SECOND, Instant
from timing.core.itinerary import Stage
from timing.core.proposals import Proposal, ProposalKind, proposal_id
from timing.core.results import CheckIn, ResultStatus
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.sheet import Sheet


@dataclass(frozen=True, slots=True)
class _Scene:
    """A call from a stage, and the crews that were on it behind the caller, in order of their starts."""

    stage: Stage
    car: str
    call: Call
    behind: tuple[str, ...]


class Aid:
    """Makes these proposals from the calls, the sheets and the standing rulings."""

    def __init__(
        self, road: Road, rulings: Rulings, sheets: Mapping[str, Sheet], emergencies: Emergencies
    ) -> None:
        self._road = road
        self._rulings = rulings
        self._sheets = sheets
        self._emergencies = emergencies

    def proposals(self) -> Iterator[Proposal]:
        """Yield what is proposed now; of several calls on one stage the first counts."""
        asked: set[str] = set()
        for scene in sorted(self._scenes(), key=lambda scene: (scene.call.at, scene.call.seq)):
            stage = scene.stage.id
            held_up = [car for car in scene.behind if self._held_up(scene, car)]
            if held_up and stage not in asked and not self._rulings.interruptions(stage):
                asked.add(stage)
                yield self._interruption(scene, held_up)
            for car in scene.behind:
                found = self._allowance(scene, car)
                if found is not None and found.id not in asked:
                    asked.add(found.id)
                    yield found

    def _scenes(self) -> Iterator[_Scene]:
        for car in self._emergencies.callers():
            sheet = self._sheets.get(car)
            if sheet is None:
                continue
            for suspended in suspensions(self._road, sheet.drive, self._emergencies.of(car)):
                stage = self._road.event.itinerary.stages[suspended.stage]
                behind = self._behind(stage, car, suspended.call.at)
                if behind:
                    yield _Scene(stage, car, suspended.call, behind)

    def _behind(self, stage: Stage, caller: str, at: Instant) -> tuple[str, ...]:
        """The crews that had started the stage after the caller and were not through it at an instant."""
        ahead = self._sheets[caller].drive.starts[stage.id].at
        found: list[tuple[Instant, str]] = []
        for car, sheet in self._sheets.items():
            start = sheet.drive.starts.get(stage.id)
            if sheet.entry.course_car or start is None or start.assumed or not ahead < start.at <= at:
                continue
            through = sheet.drive.chosen.get(stage.finish)
            if through is None or through.at > at:
                found.append((start.at, car))
        return tuple(car for _, car in sorted(found))

    def _held_up(self, scene: _Scene, car: str) -> bool:
        """Whether a crew has no time yet, or a longer one than all that started before the caller."""
        own = self._sheets[car].results[scene.stage.id]
        if scene.stage.id in self._rulings.of_car(car).notional:
            return False
        if own.status is not ResultStatus.DONE or own.time is None:
            return not self._sheets[car].out
        stage = scene.stage.id
        ahead = self._sheets[scene.car].drive.starts[stage].at
        free = [
            result.time
            for sheet in self._sheets.values()
            if (start := sheet.drive.starts.get(stage)) is not None
            and start.at < ahead
            and not sheet.entry.course_car
            and (result := sheet.results[stage]).status is ResultStatus.DONE
            and result.time is not None
        ]
        return not free or own.time > max(free)

    def _interruption(self, scene: _Scene, held_up: list[str]) -> Proposal:
        stage = scene.stage.id
        starts = [self._sheets[car].drive.starts[stage].at for car in scene.behind]
        act = Interrupt(stage, scene.call.at, (scene.car,), min(starts), max(starts))
        clock = self._road.event.time.format(scene.call.at, SECOND)
        return Proposal(
            id=proposal_id(ProposalKind.INTERRUPTION, stage, scene.car, act, ()),
            kind=ProposalKind.INTERRUPTION,
            car=scene.car,
            stage=stage,
            act=act,
            reason=Reason.CLERK_DECISION,
            records=(scene.call.seq,),
            text=f"SOS at {clock}: {_cars(held_up)} behind it may have had to stop; as an interruption",
        )

    def _allowance(self, scene: _Scene, car: str) -> Proposal | None:
        check_in = self._next_check_in(scene.stage, car)
        if check_in is None or check_in.late is None or check_in.late <= 0:
            return None
        standing = self._rulings.of_car(car).delays.get(check_in.control)
        given = None if standing is None else standing.decision.act
        before = given.minutes if isinstance(given, AllowDelay) else 0
        act = AllowDelay(check_in.control, car, before + check_in.late)
        after = f"after the SOS of car {scene.car} on {scene.stage.id}"
        return Proposal(
            id=proposal_id(ProposalKind.ALLOWANCE, check_in.control, car, act, ()),
            kind=ProposalKind.ALLOWANCE,
            car=car,
            stage=scene.stage.id,
            control=check_in.control,
            act=act,
            reason=Reason.CLERK_DECISION,
            value=check_in.late * MINUTE,
            records=(scene.call.seq,),
            standing=None if standing is None else standing.decision.id,
            text=f"{check_in.late} min late {after}, which it met on its way; as official delay",
        )

    def _next_check_in(self, stage: Stage, car: str) -> CheckIn | None:
        """The crew's check-in at the first time control behind the stage, in the same leg."""
        finish = self._road.by_id[stage.finish]
        check_ins = self._sheets[car].check_ins
        for control in self._road.in_leg[finish.leg]:
            if control.order > finish.order and control.id in check_ins:
                return check_ins[control.id]
        return None


def _cars(cars: list[str]) -> str:
    return f"car {cars[0]}" if len(cars) == 1 else f"cars {', '.join(cars)}"

"""A correction of one crew moves no time of another and nothing accepted: only ranks and proposals."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, crews, span, told
from tests.core.stops import accepted, driven, in_any_order, two_days
from timing.core.decisions import CorrectTime, Interrupt, Retire, Role, SetNotional
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.fact import copy_with
from timing.core.instant import MINUTE, SECOND
from timing.core.preset import RestartReference, RestartRule
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import StageResult

CARS = [str(number) for number in range(1, 9)]
STAGES = ("SS1", "SS2", "SS3", "SS4")
HOURS = {"SS1": 10, "SS2": 11, "SS3": 12, "SS4": 33}
RULE = RestartRule(reference=RestartReference.CLASS, per_stage=300, per_road=60, reentry=(600, 300))


def event() -> Event:
    entries = crews(*CARS).by_number
    return two_days(
        EntryList({car: replace(one, class_=str(int(car) % 2)) for car, one in entries.items()}), RULE
    )


@dataclass(frozen=True)
class Story:
    """Four stages of eight crews in tenths of a second (None: no finish), a red flag, a retirement."""

    tenths: list[list[int | None]]
    stopped: int
    caused_by: int
    out: int
    taken: set[int]
    whose: int
    where: int
    late: int

    def records(self, pen: Pen) -> list[Record]:
        records: list[Record] = []
        for stage, times in zip(STAGES, self.tenths, strict=True):
            for place, tenths in enumerate(times):
                car = CARS[place]
                if place == self.out and stage in ("SS2", "SS3"):
                    continue
                start = f"{HOURS[stage]}:{3 + place:02d}:00"
                begin = driven(pen, stage, car, start, None)
                records += begin
                if tenths is not None:
                    finish = at(start) + tenths * SECOND // 10
                    records.append(pen.stamp(f"{stage}.FF", "00:00", car, at=finish))
        stop = Interrupt("SS1", at("10:03") + self.stopped * MINUTE, (CARS[self.caused_by],))
        records.append(pen.rule(stop, "stop", Role.CLERK))
        records.append(pen.rule(Retire(CARS[self.out], "SS1.FF"), "out", Role.CLERK, clock="11:00"))
        return records


times = st.lists(
    st.one_of(st.integers(3_000, 6_000), st.integers(3_000, 6_000), st.none()), min_size=8, max_size=8
)
stories = st.builds(
    Story,
    tenths=st.lists(times, min_size=4, max_size=4),
    stopped=st.integers(4, 14),
    caused_by=st.integers(0, 7),
    out=st.integers(0, 7),
    taken=st.sets(st.integers(0, 25)),
    whose=st.integers(0, 7),
    where=st.integers(0, 3),
    late=st.integers(-1_500, 1_500),
)


def own(result: StageResult | None) -> StageResult | None:
    """What of a result is the crew's own: all but its place among the others."""
    return None if result is None else copy_with(result, rank=None, order=0, gap=None, to_previous=None)


def standing(rally: Rally, but: str) -> dict[object, object]:
    stages = {
        (stage, car): own(rally.stage_result(stage, car)) for stage in STAGES for car in CARS if car != but
    }
    return stages | {car: rally.crew_state(car).penalties for car in CARS if car != but}


@settings(max_examples=40, deadline=None)
@given(story=stories)
def test_a_correction_of_one_crew_moves_nothing_of_another(story: Story) -> None:
    pen = Pen()
    records = story.records(pen)
    offers = told(event(), records).proposals()
    records += [accepted(pen, offer, f"yes{n}") for n, offer in enumerate(offers) if n in story.taken]
    before = told(event(), records)
    car, stage = CARS[story.whose], STAGES[story.where]
    start = at(f"{HOURS[stage]}:{3 + story.whose:02d}:00")
    finish = start + span("7:30") + story.late * SECOND // 10
    correction = pen.rule(CorrectTime(f"{stage}.FF", car, finish), "correct", clock="20:00")
    after = told(event(), [*records, correction])
    assert standing(after, car) == standing(before, car)
    # What is proposed for others may have changed; each proposal still says what stands.
    for proposal in after.proposals():
        assert proposal.stale == (proposal.standing is not None)
        if isinstance(proposal.act, SetNotional) and not proposal.stale:
            result = after.sheet(proposal.car).results[proposal.act.stage]
            assert result.source != "notional"


@settings(max_examples=15, deadline=None)
@given(story=stories, seed=st.integers(0, 1000))
def test_proposals_are_the_same_in_any_order_of_arrival(story: Story, seed: int) -> None:
    pen = Pen()
    records = story.records(pen)
    offers = told(event(), records).proposals()
    records += [accepted(pen, offer, f"yes{n}") for n, offer in enumerate(offers) if n in story.taken]
    correction = CorrectTime("SS1.FF", CARS[story.whose], at("10:20") + story.late * SECOND // 10)
    records.append(pen.rule(correction, "correct", clock="20:00"))
    in_any_order(event(), records, seed)


@settings(max_examples=25, deadline=None)
@given(story=stories)
def test_when_every_proposal_is_accepted_none_is_left(story: Story) -> None:
    pen = Pen()
    records = story.records(pen)
    for number in range(3):
        offers = told(event(), records).proposals()
        records += [accepted(pen, offer, f"yes{number}-{n}") for n, offer in enumerate(offers)]
    assert told(event(), records).proposals() == ()

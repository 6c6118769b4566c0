"""One car on one stage, from facts alone."""

from tests.core.rallies import at, crews, regularity, span, stage_rally
from timing.core.results import Chosen, ResultStatus, StageResult
from timing.core.road import Road
from timing.core.scoring import Scorer
from timing.core.stage_facts import StageFacts
from timing.core.starts import StageStart


def seen(control: str, clock: str, **more: object) -> Chosen:
    values: dict[str, object] = {
        "control": control,
        "car": "1",
        "at": at(clock),
        "source": "A",
        "key": control,
        "seq": 1,
        **more,
    }
    return Chosen(**values)  # type: ignore[arg-type]


def special(*chosen: Chosen | None, **more: object) -> StageResult:
    event = stage_rally(crews("1"))
    values: dict[str, object] = {
        "chosen": chosen,
        "start": StageStart(at=at("10:00"), source="M", seq=1),
        **more,
    }
    facts = StageFacts(**values)  # type: ignore[arg-type]
    return Scorer(Road(event)).result(event.entries.by_number["1"], event.itinerary.stages["SS1"], facts)


START = seen("SS1.START", "10:00", source="M")
SPLIT = seen("SS1.S1", "10:03")
FINISH = seen("SS1.FF", "10:06:00.99")


def test_a_stage_goes_from_pending_through_running_to_done() -> None:
    assert special(None, None, None).status is ResultStatus.PENDING
    assert special(None, None, None, arrived=True).status is ResultStatus.RUNNING
    assert special(START, SPLIT, None).status is ResultStatus.RUNNING
    done = special(START, SPLIT, FINISH)
    assert (done.status, done.time) == (ResultStatus.DONE, span("6:00.9"))


def test_a_missed_split_is_for_information_and_spoils_nothing() -> None:
    done = special(START, None, FINISH)
    assert (done.status, done.marks) == (ResultStatus.DONE, ())
    assert done.parts[0].time is None
    doubtful = special(START, seen("SS1.S1", "10:03", review="A and B differ"), FINISH)
    assert doubtful.marks == ()


def test_doubt_and_correction_at_the_finish_show_on_the_result() -> None:
    assert special(START, None, seen("SS1.FF", "10:06", review="A and B differ")).marks == ("?",)
    assert special(START, None, seen("SS1.FF", "10:06", corrected=True)).marks == ("*",)
    moved = StageStart(at=at("10:00"), source="official", seq=1, corrected=True)
    assert special(None, None, FINISH, start=moved).marks == ("*",)


def test_being_passed_by_makes_a_lacking_time_missing_unless_the_crew_had_stopped() -> None:
    assert special(START, None, None, passed=True).status is ResultStatus.MISSING
    assert special(START, None, None, passed=True, excused=True).status is ResultStatus.RUNNING
    assert special(START, None, None, excused=True, restarted=True).status is ResultStatus.MISSING


def test_a_cancelled_stage_keeps_its_time_for_the_record() -> None:
    done = special(START, None, FINISH, cancelled=True, penalised=True)
    assert (done.status, done.time, done.marks) == (ResultStatus.CANCELLED, span("6:00.9"), ("P",))


def test_a_test_whose_end_alone_was_crossed_is_missing() -> None:
    event = regularity(crews("1"))
    facts = StageFacts(chosen=(None, seen("L1", "10:20:20")))
    found = Scorer(Road(event)).result(event.entries.by_number["1"], event.itinerary.stages["PC1"], facts)
    assert (found.status, found.reason) == (
        ResultStatus.MISSING,
        "a time is missing, and the car was seen later",
    )

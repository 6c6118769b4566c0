"""Ideal times: exact sums of distance by average, with pauses, as officials corrected them."""

from dataclasses import replace
from fractions import Fraction

from tests.core.rallies import span
from tests.core.test_average_trials import ACI, trial
from timing.core.average_trials import TimedTrial
from timing.core.ideal_times import ideal_between, ideals_of, time_at
from timing.core.instant import SECOND
from timing.core.preset import PointOrigin


def test_3200_m_at_45_and_4100_m_at_49_take_557_seconds_and_22_hundredths() -> None:
    exact = time_at(3200, Fraction(45)) + time_at(4100, Fraction(49))
    assert abs(exact - Fraction(557_220_000)) < 10_000
    assert exact.denominator == 49


def test_a_pause_on_the_way_is_part_of_the_ideal_time() -> None:
    event = trial()
    controls = dict(event.itinerary.controls)
    controls["M1"] = replace(controls["M1"], pause=span("3:00"))
    itinerary = replace(event.itinerary, controls=controls)
    stage = itinerary.stages["PM"]
    assert ideal_between(itinerary, stage, "M0", "M1") == 450 * SECOND
    assert ideal_between(itinerary, stage, "M0", "M2") == 1080 * SECOND
    assert ideal_between(itinerary, stage, "M1", "M3") == 1080 * SECOND
    assert ideal_between(itinerary, stage, "M3", "M1") is None
    assert ideal_between(itinerary, stage, "TC0", "M1") is None


def test_without_a_distance_there_is_no_ideal_time_behind_it() -> None:
    event = trial()
    controls = dict(event.itinerary.controls)
    controls["M2"] = replace(controls["M2"], metres=None)
    itinerary = replace(event.itinerary, controls=controls)
    rows = ideals_of(itinerary, itinerary.stages["PM"], "", SECOND, PointOrigin.PRECEDING, {})
    assert [[ideal is not None for ideal in row] for row in rows] == [
        [True],
        [False, False],
        [False, False, False],
    ]
    made = TimedTrial(itinerary, itinerary.stages["PM"], ACI)
    assert made.judge(span("30:00")) is None


def test_a_correction_counts_from_where_the_regulations_count_and_is_cut_like_the_rest() -> None:
    itinerary = trial().itinerary
    stage = itinerary.stages["PM"]
    corrected = {"M2": span("8:00.9")}
    italian = ideals_of(itinerary, stage, "", SECOND, PointOrigin.START, {"M2": span("15:10.9")})
    assert [[None if i is None else i.cut // SECOND for i in row] for row in italian] == [
        [450],
        [910, 450],
        [1350, 900, 450],
    ]
    british = ideals_of(itinerary, stage, "", SECOND, PointOrigin.PRECEDING, corrected)
    assert [[None if i is None else i.cut // SECOND for i in row] for row in british] == [
        [450],
        [930, 480],
        [1380, 930, 450],
    ]
    assert british[1][1] is not None
    assert british[1][1].time == span("8:00.9")

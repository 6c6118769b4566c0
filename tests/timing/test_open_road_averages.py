"""`check` warns of averages that the regulations do not allow on open roads, and only of those."""

from pathlib import Path

import pytest

from tests.timing.folders import make, said

#: A test of 1 km with a printed target, and one whose ideal time is made of its average.
PRINTED = ("1,1,A,REG_TEST,,,1,,,,,08:00,,,,,,,", "1,1,B,REG_TEST,,T1,2,,,{},,,,,,,,,")
BY_AVERAGE = ("1,1,A,REG_TEST,,,0 mi,,,,{},08:00,,,,,,,", "1,1,B,REG_TEST,,T1,3.1 mi,,,,,,,,,,,,")
TRIAL = (
    "1,1,TC0,TC,,,0,,,,,08:00,,,,,,,",
    "1,1,A,AVG_TRIAL,,M,1,,,,{},,,,,,,,",
    "1,1,B,AVG_TRIAL,,M,2,,,,,,,,,,,,",
)


def warned(folder: Path, preset: str, rows: tuple[str, ...], value: str, rules: str = "") -> list[str]:
    made = make(folder, preset, *(row.format(value) for row in rows), rules=rules)
    return [line.partition("found ")[2] for line in said(made).splitlines() if "open roads" in line]


def test_in_italy_fifty_is_the_most_for_a_test(tmp_path: Path) -> None:
    assert warned(tmp_path / "slow", "ACI_REGULARITY", PRINTED, "72.00") == []
    assert warned(tmp_path / "fast", "ACI_REGULARITY", PRINTED, "71.90") == [
        "an average of 50.1 km/h at B, expected at most 50 km/h on open roads"
    ]


@pytest.mark.parametrize(("average", "found"), [("50", 0), ("low=45 high=50.1", 1)])
def test_the_averages_of_a_trial_count_for_each_category(tmp_path: Path, average: str, found: int) -> None:
    assert len(warned(tmp_path / "rally", "ACI_REGULARITY", TRIAL, average)) == found


def test_thirty_miles_an_hour_are_allowed_in_britain_whatever_the_ideal_time_is_rounded_to(
    tmp_path: Path,
) -> None:
    second = '[scoring]\ntest_resolution = "1 s"'
    assert warned(tmp_path / "thirty", "MSUK_HISTORIC_ROAD", BY_AVERAGE, "30 mph", second) == []
    assert warned(tmp_path / "more", "MSUK_HISTORIC_ROAD", BY_AVERAGE, "30.5 mph", second) == [
        "an average of 49.1 km/h at B, expected at most 48.3 km/h on open roads"
    ]


@pytest.mark.parametrize("preset", ["TSD_HUNDREDTH", "TSD_SECOND", "FIA_STAGE"])
def test_regulations_without_a_limit_say_nothing(tmp_path: Path, preset: str) -> None:
    assert warned(tmp_path / "rally", preset, BY_AVERAGE, "55 mph") == []


def test_an_event_may_set_its_own_limit_or_lift_it(tmp_path: Path) -> None:
    own = "[scoring]\nopen_road_average_kmh = 80"
    assert warned(tmp_path / "own", "TSD_SECOND", BY_AVERAGE, "55 mph", own) == [
        "an average of 88.5 km/h at B, expected at most 80 km/h on open roads"
    ]
    lifted = '[scoring]\nopen_road_average_kmh = "none"'
    assert warned(tmp_path / "lifted", "ACI_REGULARITY", PRINTED, "60.00", lifted) == []

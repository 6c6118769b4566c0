"""The optional columns of the itinerary, the kinds of control beyond the common ones, legs by average."""

from fractions import Fraction
from pathlib import Path

import pytest

from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, SECOND, format_instant
from timing.event_folder import load_event
from timing.folder_template import write_template

COLUMNS = "leg,section,control,kind,name,stage,km,lat,lon,target,average,first_car"
MORE = ",section_kind,stage_type,opens,closes,minimum,pause,early_allowed"
SPECIAL = (
    "1,1,TC0,TC,,,0,,,,,08:00,,,07:40,19:00,,,",
    "1,1,S1,SS_START,Night loop,SS1,5,,,,,,,SSS power,,,,,",
    "1,1,S1.NI,NEUTRAL_IN,,SS1,6,,,,,,,,,,,,",
    "1,1,S1.NO,NEUTRAL_OUT,,SS1,7,,,,,,,,,,,,",
    "1,1,S1.FF,FF,,SS1,8,,,,,,,,,,,,",
    "1,1,TC1,TC,,,20,,,0:30,,,Standard,,,,0:20,,yes",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path)
    (tmp_path / "route" / "leg-1.gpx").unlink()
    return tmp_path


def write(folder: Path, *rows: str, columns: str = COLUMNS + MORE, preset: str = "FIA_STAGE") -> None:
    (folder / "itinerary.csv").write_text("\n".join((columns, *rows)) + "\n", "utf-8")
    rally = (folder / "rally.toml").read_text("utf-8")
    (folder / "rally.toml").write_text(rally.replace("ACI_REGULARITY", preset, 1), "utf-8")


def event(folder: Path) -> Event:
    loaded = load_event(folder)
    assert loaded.event is not None, [str(problem) for problem in loaded.problems]
    return loaded.event


def said(folder: Path) -> str:
    return "\n".join(str(problem) for problem in load_event(folder).problems)


def test_the_optional_columns_may_stand_in_any_order(folder: Path) -> None:
    write(folder, *SPECIAL)
    before = event(folder).itinerary
    order = [7, *range(7), 12, 18, *range(8, 12), *range(13, 18)]
    titles = (COLUMNS + MORE).split(",")
    shuffled = [",".join(row.split(",")[i] for i in order) for row in SPECIAL]
    write(folder, *shuffled, columns=",".join(titles[i] for i in order))
    assert event(folder).itinerary == before


def test_each_optional_column_reaches_its_control(folder: Path) -> None:
    write(folder, *SPECIAL)
    controls = event(folder).itinerary.controls
    first, last = controls["TC0"], controls["TC1"]
    assert first.opens is not None
    assert first.closes is not None
    assert format_instant(first.opens) == "2026-06-06T14:40:00.000Z"
    assert first.closes - first.opens == 11 * HOUR + 20 * MINUTE
    assert (last.section_kind, last.minimum, last.early_allowed) == ("standard", 20 * MINUTE, True)
    assert not first.early_allowed


def test_a_super_special_and_a_power_stage_are_told_by_their_start_row(folder: Path) -> None:
    write(folder, *SPECIAL)
    stage = event(folder).itinerary.stages["SS1"]
    assert (stage.super_special, stage.power_stage) == (True, True)
    assert stage.between == ()
    assert stage.neutral == (("S1.NI", "S1.NO"),)
    assert event(folder).itinerary.stages_at["S1.NO"] == ("SS1",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (",SSS power,", ",SSS pwer,", "itinerary.csv:3: found stage_type 'SSS pwer' (did you mean POWER?)"),
        ("SSS power,,,,,", "SSS,,,0:20,,", "itinerary.csv:3: found minimum '0:20' at a SS_START"),
        ("SSS power,,,,,", "SSS,,,,,yes", "itinerary.csv:3: found early_allowed 'yes' at a SS_START"),
        ("0:20,,yes", "0:20,,maybe", "itinerary.csv:7: found early_allowed 'maybe', expected yes or no"),
        ("0:20,,yes", "20 min,,yes", "itinerary.csv:7: found minimum '20 min', expected hours and minutes"),
        ("0:20,,yes", "0:20,2:00,yes", "itinerary.csv:7: found pause '2:00' at a TC"),
        ("07:40,19:00", "19:00,07:40", "itinerary.csv:2: found TC0 closing before it opens"),
        ("07:40,19:00", "dawn,19:00", "itinerary.csv:2: found opens 'dawn', expected a time of day"),
        ("NEUTRAL_IN", "NEUTRAL_OUT", "itinerary.csv:4: found NEUTRAL_OUT S1.NI, expected a NEUTRAL_IN"),
        ("NEUTRAL_OUT", "SPLIT", "itinerary.csv:4: found no NEUTRAL_OUT after S1.NI"),
        ("NEUTRAL_OUT,,SS1", "NEUTRAL_OUT,,", "itinerary.csv:5: found NEUTRAL_OUT S1.NO that no stage uses"),
        ("NEUTRAL_IN", "OFF_COURSE", "itinerary.csv:4: found stage 'SS1' at a OFF_COURSE"),
        ("0:30,,,Standard", "0:30,45,,Standard", "itinerary.csv:7: found average '45' at a TC"),
    ],
)
def test_what_a_control_cannot_carry_is_named(folder: Path, old: str, new: str, problem: str) -> None:
    rows = "\n".join(SPECIAL)
    assert old in rows
    write(folder, *rows.replace(old, new, 1).split("\n"))
    assert problem in said(folder)
    assert load_event(folder).event is None


def test_a_neutral_line_outside_its_stage_is_refused(folder: Path) -> None:
    rows = [SPECIAL[0], SPECIAL[2].replace(",6,", ",4,"), SPECIAL[1], *SPECIAL[3:]]
    write(folder, *rows)
    assert "found NEUTRAL_IN S1.NI outside SS1" in said(folder)


def leg(*rows: str) -> tuple[str, ...]:
    return ("1,1,TC0,TC,,,0,,,,,08:00,", *rows)


def test_a_leg_by_distance_and_average_has_the_ideal_time_that_is_printed(folder: Path) -> None:
    rows = leg("1,1,OUT1,RESTART,,,1 mi,,,,,08:20,", "1,1,CP1,REG_TEST,,L1,4.25 mi,,,,36 mph,,")
    write(folder, *rows, columns=COLUMNS + ",pause", preset="TSD_HUNDREDTH")
    stage = event(folder).itinerary.stages["L1"]
    assert (stage.start, stage.finish) == ("OUT1", "CP1")
    # 5.41666 minutes, printed as 5.42.
    assert stage.target == 542 * MINUTE // 100


def test_an_ideal_time_may_be_given_as_it_is_printed_in_decimals_of_a_minute(folder: Path) -> None:
    start = "1,1,OUT1,RESTART,,,1,,,,,08:20,"
    write(folder, *leg(start, "1,1,CP1,REG_TEST,,L1,6,,,5.42 min,,,"), preset="TSD_HUNDREDTH")
    assert event(folder).itinerary.stages["L1"].target == 542 * MINUTE // 100
    for text in ("5.42m", "x min", "5.123456789 min", "-1 min"):
        write(folder, *leg(start, f"1,1,CP1,REG_TEST,,L1,6,,,{text},,,"), preset="TSD_HUNDREDTH")
        assert f"found target '{text}', expected a time such as 15.00" in said(folder)


def test_pauses_and_changes_of_average_enter_the_ideal_time(folder: Path) -> None:
    rows = leg(
        "1,1,OUT1,RESTART,,,0,,,,45,08:20,1:30",
        "1,1,CAST,ROUTE_CHECK,,,3.2,,,,49,,0:30",
        "1,1,CP1,REG_TEST,,L1,7.3,,,,,,",
    )
    write(folder, *rows, columns=COLUMNS + ",pause", preset="TSD_SECOND")
    # 3.2 km at 45 and 4.1 km at 49 km/h take 557.22 s; two minutes of pauses.
    assert event(folder).itinerary.stages["L1"].target == 677 * SECOND


def test_a_chain_of_legs_takes_each_average_from_its_own_end(folder: Path) -> None:
    rows = leg(
        "1,1,L0,SELF_START,,,1,,,,,,",
        "1,1,CP1,REG_TEST,,L1,2,,,,60,,",
        "1,1,CP2,REG_TEST,,L2,4,,,,30,,",
        "1,1,R3,RESTART,,,5,,,,,08:40,",
        "1,1,CP3,REG_TEST,,L3,6,,,,40,,",
    )
    write(folder, *rows, columns=COLUMNS + ",pause", preset="TSD_SECOND")
    stages = event(folder).itinerary.stages.values()
    assert [(s.start, s.finish, s.target) for s in stages] == [
        ("L0", "CP1", 60 * SECOND),
        ("CP1", "CP2", 240 * SECOND),
        ("R3", "CP3", 90 * SECOND),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1,1,CP1,REG_TEST,,L1,2,,,,,,", "itinerary.csv:4: found test L1 without a target"),
        ("1,1,CP1,REG_TEST,,L1,,,,,40,,", "itinerary.csv:4: found test L1 without a target"),
        ("1,1,CP1,REG_TEST,,L1,2,,,1:00,40,,", "itinerary.csv:4: found a target and an average for test L1"),
        ("1,1,CP1,REG_TEST,,L1,2,,,,low=40,,", "itinerary.csv:4: found averages by category in test L1"),
        ("1,1,CP1,TIME_CHECK,,,2,,,,,,", "itinerary.csv:3: found RESTART OUT1 that no stage uses"),
        (
            "1,1,CP1,REG_TEST,,L1,2,,,,40,,90",
            "itinerary.csv:4: found pause '90', expected minutes and seconds",
        ),
    ],
)
def test_a_leg_whose_ideal_time_cannot_be_told_is_named(folder: Path, row: str, problem: str) -> None:
    write(folder, *leg("1,1,OUT1,RESTART,,,1,,,,,08:20,", row), columns=COLUMNS + ",pause")
    assert problem in said(folder)


@pytest.mark.parametrize(
    ("rows", "line", "at"),
    [
        (("1,1,R,RESTART,,,1,,,,,08:20,2:00", "1,1,C,REG_TEST,,L,2,,,1:30,,,"), 3, "R"),
        (("1,1,P,PASSAGE,,,1,,,,45,,",), 3, "P"),
        (
            (
                "1,1,A0,AVG_TRIAL,,A,1,,,,45,,",
                "1,1,P,PASSAGE,,,2,,,,,,1:00",
                "1,1,A1,AVG_TRIAL,,A,3,,,,,,",
            ),
            4,
            "P",
        ),
    ],
    ids=["a printed target", "no leg", "inside a trial, at none of its points"],
)
def test_an_average_or_a_pause_that_would_be_lost_is_named(
    folder: Path, rows: tuple[str, ...], line: int, at: str
) -> None:
    write(folder, *leg(*rows), columns=COLUMNS + ",pause", preset="TSD_SECOND")
    wanted = f"itinerary.csv:{line}: found an average or a pause at {at} that enters no ideal time"
    assert wanted in said(folder)
    assert load_event(folder).event is None


def test_a_restart_whose_out_time_is_not_printed_is_pointed_out(folder: Path) -> None:
    rows = leg("1,1,R,RESTART,,,1,,,,,,", "1,1,C,REG_TEST,,L,2,,,,40,,")
    write(folder, *rows, columns=COLUMNS + ",pause", preset="TSD_SECOND")
    assert "itinerary.csv:3: warning: found no first_car at R" in said(folder)


@pytest.mark.parametrize("text", ["1/0 min", "min", "-5 min", "1e2 min", "5,x min", "0.0000000001 min"])
def test_a_target_in_minutes_that_is_no_number_is_named(folder: Path, text: str) -> None:
    rows = leg("1,1,R,RESTART,,,1,,,,,08:20,", f'1,1,C,REG_TEST,,L,2,,,"{text}",,,')
    write(folder, *rows, columns=COLUMNS + ",pause", preset="TSD_SECOND")
    assert f"itinerary.csv:4: found target {text!r}, expected a time such as 15.00" in said(folder)


def test_an_average_at_the_start_and_another_at_the_end_contradict(folder: Path) -> None:
    rows = leg("1,1,OUT1,RESTART,,,1,,,,45,08:20,", "1,1,CP1,REG_TEST,,L1,2,,,,40,,")
    write(folder, *rows, columns=COLUMNS + ",pause")
    assert "itinerary.csv:4: found averages at OUT1 and at the end of test L1" in said(folder)


def trial(average: str) -> tuple[str, ...]:
    return leg(f"1,1,A0,AVG_TRIAL,,A,1,,,,{average},,", "1,1,A1,AVG_TRIAL,,A,4,,,,,,")


def categories(folder: Path, *names: str) -> None:
    """Give the four crews of the template their categories, in the order of the file."""
    path = folder / "entries.csv"
    head, course, *crews = path.read_text("utf-8").splitlines()
    cells = [crew.split(",") for crew in crews]
    rows = [",".join((*row[:6], name, *row[7:])) for row, name in zip(cells, names, strict=True)]
    path.write_text("\n".join((head, course, *rows)) + "\n", "utf-8")


def test_an_average_may_depend_on_the_category_of_the_crew(folder: Path) -> None:
    categories(folder, "low", "mid", "high", "high")
    write(folder, *trial('"low=45 mid = 48,5 high=30 mph"'), columns=COLUMNS + ",pause")
    start = event(folder).itinerary.controls["A0"]
    assert start.average is None
    found = [start.average_for(name) for name in ("low", "mid", "high", "")]
    assert found == [Fraction(45), Fraction(97, 2), Fraction(30 * 1_609_344, 1_000_000), None]


def test_a_number_without_a_name_holds_for_the_categories_not_named(folder: Path) -> None:
    categories(folder, "low", "", "high", "high")
    write(folder, *trial("45 high=50"), columns=COLUMNS + ",pause")
    start = event(folder).itinerary.controls["A0"]
    assert [start.average_for(name) for name in ("low", "high")] == [Fraction(45), Fraction(50)]


def test_a_crew_whose_category_has_no_average_is_named(folder: Path) -> None:
    categories(folder, "low", "mid", "hihg", "mid")
    write(folder, *trial("low=45 high=50"), columns=COLUMNS + ",pause")
    assert "itinerary.csv:3: found no average at A0 for category 'mid' of car 2 and 2 more" in said(folder)
    wanted = "itinerary.csv:3: warning: found an average for 'high' (did you mean hihg?)"
    assert wanted in said(folder)


@pytest.mark.parametrize(
    "text", ["low=", "=45", "low=45 low=46", "45 46", "low 45", "low=0", "low=400", "45mp"]
)
def test_an_average_that_is_not_of_this_grammar_is_refused(folder: Path, text: str) -> None:
    write(folder, *trial(text), columns=COLUMNS + ",pause")
    assert f"itinerary.csv:3: found average {text!r}, expected km/h such as 42.5" in said(folder)


def test_an_average_trial_may_begin_at_a_self_start(folder: Path) -> None:
    write(
        folder, *trial("45")[:1], "1,1,A0,SELF_START,,A,1,,,,45,,", trial("45")[2], columns=COLUMNS + ",pause"
    )
    stage = event(folder).itinerary.stages["A"]
    assert (stage.kind, stage.start, stage.between, stage.finish) == ("AVG_TRIAL", "A0", (), "A1")


def test_entries_may_name_a_group_and_a_team(folder: Path) -> None:
    path = folder / "entries.csv"
    head, course, first, *rest = path.read_text("utf-8").splitlines()
    rows = [f"{head},team,group", f"{course},,", f"{first},Scuderia,P1", *(f"{row},," for row in rest)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    entry = event(folder).entries.by_number["1"]
    assert (entry.group, entry.team) == ("P1", "Scuderia")


def test_teams_are_ranked_by_the_crews_that_the_event_counts(folder: Path) -> None:
    path = folder / "rally.toml"
    text = path.read_text("utf-8")
    assert event(folder).team_rule is None
    path.write_text(text + "\n[teams]\ncount = 2\n", "utf-8")
    rule = event(folder).team_rule
    assert rule is not None
    assert rule.count == 2
    path.write_text(text + "\n[teams]\ncount = 0\n", "utf-8")
    assert "found count = 0" in said(folder)

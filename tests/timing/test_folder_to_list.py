"""From the files of an organizer to what crews are charged: the folder's rules reach the fold."""

import datetime as dt
import random
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.timing.folders import COLUMNS, event, make
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, parse_clock
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record, body_key

DAY = dt.date(2026, 6, 6)


def stamp(rally: Event, control: str, clock: str, car: str, source: str = "M") -> Stamp:
    whole, _, fraction = clock.partition(".")
    at = rally.time.at(DAY, parse_clock(whole)) + int((fraction or "0").ljust(6, "0"))
    return Stamp(device=f"{source}-{control}", at=at, control=control, source=Source(source), car=car)


def told(rally: Event, stamps: Iterable[Stamp]) -> Rally:
    """A rally that was told these stamps, in an order drawn from a fixed seed."""
    records = [
        Record(seq=seq, received_at=0, origin="test", key=body_key(body), body=body)
        for seq, body in enumerate(stamps, 1)
    ]
    random.Random(7).shuffle(records)
    fold = Rally(rally)
    fold.add_many(records)
    return fold


@pytest.mark.parametrize(
    ("arrival", "points"),
    [
        ("10:17:25.2", 0),
        ("10:17:25.79", 0),
        ("10:17:30", 8),
        ("10:17:12", 22),
        ("10:24:00", 500),
    ],
)
def test_a_leg_of_miles_at_miles_an_hour_is_scored_in_hundredths(
    tmp_path: Path, arrival: str, points: int
) -> None:
    rows = (
        "1,1,TC0,TC,,,0,,,,,08:00",
        "1,1,OUT,RESTART,,,1 mi,,,,,10:12",
        "1,1,CP1,REG_TEST,,L1,4.25 mi,,,,36 mph,",
    )
    rally = event(make(tmp_path, "TSD_HUNDREDTH", *rows, columns=COLUMNS))
    fold = told(rally, [stamp(rally, "TC0", "08:00:10", "1"), stamp(rally, "CP1", arrival, "1", "A")])
    result = fold.stage_result("L1", "1")
    assert result is not None
    assert result.points == Decimal(points)


ROAD = (
    "1,1,TC0,TC,,,0,,,,,08:00,",
    "1,1,TC1,TC,,,20,,,0:30,,,standard",
    "1,1,TC2,TC,,,40,,,0:30,,,standard",
    "1,1,TC3,TC,,,60,,,0:30,,,neutral",
)
BULLETIN = """
[[bulletins]]
number = 1
text = "Early counts less from TC2 on."
effective_from = "TC2"
changes = { rates.standard.early_per_min = 20, max_late_total = 45 }
"""


def test_a_bulletin_charges_from_its_control_on_and_never_before(tmp_path: Path) -> None:
    columns = COLUMNS + ",section_kind"
    rules = '[scoring]\nsection_origin = "PREVIOUS_TC"\n'
    plain = event(make(tmp_path / "plain", "MSUK_HISTORIC_ROAD", *ROAD, columns=columns, rules=rules))
    changed = event(
        make(tmp_path / "changed", "MSUK_HISTORIC_ROAD", *ROAD, columns=columns, rules=rules + BULLETIN)
    )
    # A minute early at each control; at the neutral section early costs half an hour under both.
    times = {"TC0": "08:00:10", "TC1": "08:29:10", "TC2": "08:58:10", "TC3": "09:27:10"}
    charged = {}
    for name, rally in {"plain": plain, "changed": changed}.items():
        fold = told(rally, [stamp(rally, control, clock, "1") for control, clock in times.items()])
        rows = fold.crew_state("1").penalties
        charged[name] = {row.control: row.amount for row in rows}
    assert charged["plain"] == {"TC1": MINUTE, "TC2": MINUTE, "TC3": 30 * MINUTE}
    assert charged["changed"] == {"TC1": MINUTE, "TC2": 20 * SECOND, "TC3": 30 * MINUTE}


def test_a_score_table_of_the_folder_scores_a_test_times_the_coefficient(tmp_path: Path) -> None:
    rows = (
        "1,1,TC0,TC,,,0,,,,,08:00",
        "1,1,T.0,REG_TEST,,,3,,,,,",
        "1,1,T.1,REG_TEST,,T,3.15,,,15.00,,",
    )
    rules = '[scoring]\nscore_table = "score_table.csv"\n'
    folder = make(tmp_path, "MILLE_MIGLIA", *rows, columns=COLUMNS, rules=rules)
    (folder / "score_table.csv").write_text("penalties,score\n0,420\n1,395\n2,371\n", "utf-8")
    entries = folder / "entries.csv"
    entries.write_text(entries.read_text("utf-8").replace(",1.27,", ",1.80,"), "utf-8")
    rally = event(folder)
    fold = told(
        rally,
        [
            stamp(rally, "TC0", "08:00:10", "1"),
            stamp(rally, "T.0", "08:06:00.00", "1", "A"),
            stamp(rally, "T.1", "08:06:15.01", "1", "A"),
        ],
    )
    assert fold.classification("overall").rows["1"].total == Decimal("711.00")


@pytest.mark.parametrize(
    ("passing", "points"), [("09:03:00.4", 0), ("09:03:01", 1), ("09:02:59.9", 1), ("09:02:55", 5)]
)
def test_a_trial_printed_in_miles_loses_no_part_of_a_metre(tmp_path: Path, passing: str, points: int) -> None:
    rows = (
        "1,1,TC0,TC,,,0,,,,,08:00",
        "1,1,A0,AVG_TRIAL,,A,7.37 mi,,,,30 mph,",
        "1,1,A1,AVG_TRIAL,,A,8.87 mi,,,,,",
    )
    rally = event(make(tmp_path, "ACI_REGULARITY", *rows, columns=COLUMNS))
    # A mile and a half at 30 mph takes three minutes exactly; cut to metres it would take less.
    fold = told(rally, [stamp(rally, "A0", "09:00:00", "1", "A"), stamp(rally, "A1", passing, "1", "A")])
    result = fold.stage_result("A", "1")
    assert result is not None
    assert result.points == Decimal(points)

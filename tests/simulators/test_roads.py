"""The two example events: derived files, sizes, and what the organizer's checks say of them."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from simulators.road_line import build_line
from simulators.roads import PLAN_COLUMNS, SPACING, main, read_waypoints, regenerate, write_itinerary

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"
NAMES = ("california-mille", "night-stages")
GPX = "{http://www.topografix.com/GPX/1/1}"
HEADER = ",".join(PLAN_COLUMNS)


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_files_are_what_the_waypoints_and_the_plan_give(name: str) -> None:
    derived = regenerate(EVENTS / name)
    assert Path("itinerary.csv") in derived
    for path, content in derived.items():
        assert (EVENTS / name / path).read_bytes() == content, f"run python -m simulators.roads for {path}"
    committed = {path.relative_to(EVENTS / name) for path in (EVENTS / name / "route").iterdir()}
    assert committed == {path for path in derived if path.parent.name == "route"}


@pytest.mark.parametrize("name", NAMES)
def test_route_files_are_small_gpx_tracks(name: str) -> None:
    for path in sorted((EVENTS / name / "route").iterdir()):
        assert path.stat().st_size < 380_000
        root = ET.parse(path).getroot()  # our own committed file
        assert root.tag == f"{GPX}gpx"
        assert root.get("version") == "1.1"
        assert len(root.findall(f"{GPX}trk/{GPX}trkseg/{GPX}trkpt")) > 500


def test_the_program_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "waypoints").mkdir()
    (tmp_path / "waypoints" / "leg-1.csv").write_text(
        "lat,lon,ele,name\n34.0,-117.0,100,Start\n34.01,-117.0,,\n34.02,-117.0,300,Finish\n"
    )
    (tmp_path / "plan.csv").write_text(
        f"{HEADER}\n1,1A,TC1,TC,Start,,Start,0.1,,,08:00\n1,1A,TC2,TC,Finish,,Finish,-0.1,0:05,,\n"
    )
    main([str(tmp_path)])
    assert "in all: 2.2 km" in capsys.readouterr().out
    assert (tmp_path / "itinerary.csv").read_text().splitlines() == [
        "leg,section,control,kind,name,stage,km,lat,lon,target,average,first_car",
        "1,1A,TC1,TC,Start,,0.100,34.000902,-117.000000,,,08:00",
        "1,1A,TC2,TC,Finish,,2.118,34.019094,-117.000000,0:05,,",
    ]
    first = (tmp_path / "route" / "leg-1.gpx").read_bytes()
    main([str(tmp_path)])
    assert (tmp_path / "route" / "leg-1.gpx").read_bytes() == first


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2,1A,TC1,TC,Start,,Start,0,,,08:00", "line 2: leg 2 has no waypoints"),
        ("1,1A,TC1,TC,Start,,Strat,0,,,08:00", "line 2: no waypoint of leg 1 is named 'Strat'"),
        ("1,1A,TC1,TC,Start,,Start,-1,,,08:00", "line 2: -1000 m is not on a road"),
        ("1,1A,TC1,TC,Finish,,Finish,1,,,08:00", "line 2: 3218 m is not on a road"),
    ],
)
def test_a_plan_that_leaves_the_road_is_refused_with_its_line(row: str, message: str) -> None:
    waypoints = read_waypoints("lat,lon,ele,name\n34.0,-117.0,100,Start\n34.02,-117.0,300,Finish\n")
    with pytest.raises(ValueError, match=message):
        write_itinerary(f"{HEADER}\n{row}\n", {1: build_line(waypoints, SPACING)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lat,lon,name\n34,-117,A\n", "line 1: found"),
        ("lat,lon,ele,name\n34,-117,1,A\n34,west,,\n", "line 3: could not convert"),
    ],
)
def test_a_broken_waypoint_file_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_waypoints(text)

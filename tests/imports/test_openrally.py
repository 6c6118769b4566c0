import pytest

from timing.folder_route import read_route
from timing.folder_text import Problems
from timing.imports.grid import UnreadableError
from timing.imports.openrally import CONTROLS, RoadBook, read_road_book, road_gpx

OF_1_0_3 = "http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3"
OF_A_DRAFT = "http://www.openrally.org/xmlschemas/GpxExtensions/v0.2-DRAFT"
TRACK = (
    '<trk><trkseg><trkpt lat="43.99" lon="11.35"/><trkpt lat="44.01" lon="11.36"/></trkseg>'
    '<trkseg><trkpt lat="44.02" lon="11.37"/></trkseg></trk>'
)


def waypoint(distance: str, elements: str, name: str = "", place: str = 'lat="44.0" lon="11.3"') -> str:
    title = f"<name>{name}</name>" if name else ""
    measure = f"<openrally:distance>{distance}</openrally:distance>" if distance else ""
    return f"<wpt {place}>{title}<extensions>{measure}{elements}</extensions></wpt>"


def book(
    *waypoints: str, track: str = TRACK, namespace: str = OF_1_0_3, units: str = "metric", **more: object
) -> RoadBook:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:openrally="{namespace}">'
        f"<metadata><extensions><openrally:units>{units}</openrally:units></extensions></metadata>"
        f"{''.join(waypoints)}{track}</gpx>"
    )
    taken = more.get("taken", frozenset())
    assert isinstance(taken, frozenset)
    return read_road_book(text, "road.gpx", 2, taken)


def column(found: RoadBook, name: str) -> list[str]:
    return [row.cells.get(name, "") for row in found.rows]


STAGE_DAY = (
    waypoint("0.00", '<openrally:timecontrol allowed="65"/>', "Start"),
    waypoint(
        "3.10", "<openrally:cap>120</openrally:cap><openrally:tulip><![CDATA[<svg/>]]></openrally:tulip>"
    ),
    waypoint("12.345", '<openrally:dss name="Giogo"/>'),
    waypoint("20.00", "<openrally:checkpoint/>", "CP Passo"),
    waypoint("22.00", "<openrally:dz/><openrally:speed>50</openrally:speed>"),
    waypoint("31.5", "<openrally:ass/>", "Giogo, finish"),
    waypoint("40", "<openrally:timecontrol/>", "End"),
)


@pytest.mark.parametrize("namespace", [OF_1_0_3, OF_1_0_3.replace("1.0.3", "1.0.0"), OF_A_DRAFT])
def test_a_road_book_becomes_the_controls_of_its_leg_in_road_order(namespace: str) -> None:
    found = book(*STAGE_DAY, namespace=namespace)
    assert column(found, "control") == ["TC1", "SS1.START", "CP1", "SS1.FF", "TC2"]
    assert column(found, "kind") == ["TC", "SS_START", "PASSAGE", "FF", "TC"]
    assert column(found, "stage") == ["", "SS1", "", "SS1", ""]
    assert column(found, "name") == ["Start", "Giogo", "CP Passo", "Giogo, finish", "End"]
    assert column(found, "km") == ["0.000", "12.345", "20.000", "31.500", "40.000"]
    assert set(column(found, "leg")) == {"2"}
    assert found.findings == ()


def test_the_minutes_allowed_at_a_time_control_are_the_target_of_the_next() -> None:
    assert column(book(*STAGE_DAY), "target") == ["", "", "", "", "01:05"]


def test_what_is_no_control_is_counted_and_not_dropped_in_silence() -> None:
    found = book(*STAGE_DAY)
    assert found.left_over == {"cap": 1, "dz": 1, "speed": 1, "tulip": 1}
    assert found.mapped == {"ass": 1, "checkpoint": 1, "dss": 1, "timecontrol": 2}


def test_the_road_is_the_track_with_all_its_segments() -> None:
    found = book(*STAGE_DAY)
    assert found.road == ((43.99, 11.35), (44.01, 11.36), (44.02, 11.37))
    assert read_route(road_gpx(2, found.road).decode(), Problems("leg-2.gpx")) == found.road


def test_statute_miles_become_kilometres() -> None:
    found = book(waypoint("10", "<openrally:timecontrol/>"), units="statute")
    assert column(found, "km") == ["16.093"]


def test_where_the_book_sets_its_odometer_to_zero_the_leg_goes_on() -> None:
    found = book(
        waypoint("0", "<openrally:timecontrol/>"),
        waypoint("12.5", "<openrally:checkpoint/><openrally:reset/>"),
        waypoint("7.5", "<openrally:checkpoint/>"),
        waypoint("9", "<openrally:timecontrol/>"),
    )
    assert column(found, "km") == ["0.000", "12.500", "20.000", "21.500"]


def test_ids_that_other_legs_have_are_not_given_again() -> None:
    found = book(*STAGE_DAY, taken=frozenset({"TC1", "TC2", "SS1.START", "SS1.FF"}))
    assert column(found, "control") == ["TC3", "SS2.START", "CP1", "SS2.FF", "TC4"]


def test_the_words_of_the_drafts_before_1_0_are_known() -> None:
    found = book(
        waypoint("1", "<openrally:startspecialstage/>"),
        waypoint("2", "<openrally:passagecontrol/>"),
        waypoint("5", "<openrally:finishspecialstage/>"),
        waypoint("5.3", "<openrally:stopcontrol/>"),
        namespace=OF_A_DRAFT,
    )
    assert column(found, "kind") == ["SS_START", "PASSAGE", "FF", "STOP"]
    assert column(found, "stage") == ["SS1", "", "SS1", "SS1"]


def test_a_halt_of_some_seconds_is_no_stop_control() -> None:
    found = book(
        waypoint("1", "<openrally:timecontrol/>"), waypoint("2", "<openrally:stop>3</openrally:stop>")
    )
    assert column(found, "kind") == ["TC"]
    assert found.left_over == {"stop": 1}


def test_a_waypoint_without_a_place_is_named_and_left_without_one() -> None:
    found = book(waypoint("1", "<openrally:timecontrol/>", "Start", 'lat="0" lon="0"'))
    assert [str(finding) for finding in found.findings] == [
        "road.gpx waypoint 1 'Start': warning: found the place 0, 0, expected where it stands; left empty"
    ]
    assert column(found, "lat") == [""]


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ("<openrally:distance>-1</openrally:distance>", "the distance '-1'"),
        ("<openrally:distance>x</openrally:distance>", "the distance 'x'"),
        ("<openrally:distance>NaN</openrally:distance>", "the distance 'NaN'"),
    ],
)
def test_a_distance_that_is_none_is_a_finding(element: str, found: str) -> None:
    faults = book(waypoint("", element + "<openrally:timecontrol/>")).findings
    assert [finding.found for finding in faults] == [found]


def test_a_gpx_file_without_controls_or_track_says_so() -> None:
    found = book(waypoint("1", "<openrally:fuel/>"), track="")
    assert [finding.found for finding in found.findings] == ["no waypoint that is a control", "no track"]


@pytest.mark.parametrize(
    "text",
    [
        "<gpx",
        "<html/>",
        '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx><wpt lat="1" lon="1"><name>&a;</name></wpt></gpx>',
        '<!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/hostname">]><gpx><name>&a;</name></gpx>',
    ],
)
def test_what_is_no_plain_gpx_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="expected a GPX file"):
        read_road_book(text, "road.gpx", 1)


def test_every_element_that_becomes_a_control_gives_its_kind() -> None:
    for element, kind in CONTROLS.items():
        assert column(book(waypoint("1", f"<openrally:{element}/>")), "kind") == [kind.value]

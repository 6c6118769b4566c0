"""Road books as OpenRally GPX: waypoints with what stands at them become controls, the track a leg's road.

The elements are those of the OpenRally schema for cross-country rallies, versions 1.0.0 to 1.0.3
(`cross-country/openrally.xsd` of the OpenRally project, namespace
`http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3`), and of its drafts before 1.0, which had more for
road rallies. `CONTROLS` is the whole table of what becomes a control; everything else is listed, never
dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from timing.core.itinerary import ControlKind
from timing.folder_route import Point, parse_gpx, route_points
from timing.folder_text import Problems, Severity
from timing.imports.cells import clock_text
from timing.imports.counting import ControlIds, Odometer
from timing.imports.grid import Finding, UnreadableError
from timing.imports.rows import ListRow

_NAMESPACE = "{http://www.openrally.org/xmlschemas/"

#: Element -> kind of control.
CONTROLS: Mapping[str, ControlKind] = {
    "timecontrol": ControlKind.TC,  # its `allowed` are the minutes to the NEXT time control
    "dss": ControlKind.SS_START,  # départ du secteur sélectif
    "startspecialstage": ControlKind.SS_START,  # drafts before 1.0
    "ass": ControlKind.FF,  # arrivée du secteur sélectif
    "finishspecialstage": ControlKind.FF,  # drafts before 1.0
    "stopcontrol": ControlKind.STOP,  # drafts before 1.0; the later `stop` is a halt of some seconds
    "checkpoint": ControlKind.PASSAGE,
    "passagecontrol": ControlKind.PASSAGE,  # drafts before 1.0
}
#: Elements that are read for the distance of a control.
_MEASURES = frozenset({"distance", "reset"})

_KM_PER_MILE = Decimal("1.609344")
_IN_ORDER = (ControlKind.FF, ControlKind.STOP, ControlKind.TC, ControlKind.PASSAGE, ControlKind.SS_START)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadBook:
    """What a road book holds: rows of controls, the road as (lat, lon) degrees, and what did not map.

    `mapped` counts, by element, what became a control, `left_over` what stands at waypoints and did not.
    """

    rows: tuple[ListRow, ...]
    road: tuple[Point, ...]
    mapped: Mapping[str, int]
    left_over: Mapping[str, int]
    waypoints: int
    findings: tuple[Finding, ...]


def read_road_book(text: str, name: str, leg: int, taken: frozenset[str] = frozenset()) -> RoadBook:
    """Read an OpenRally GPX text as the controls and the road of one leg.

    Args:
        text: the GPX document; entities are refused.
        name: the file's name, for the places of findings.
        leg: the number of the leg it is the road book of.
        taken: ids of controls on other legs.

    Raises:
        UnreadableError: no XML, no GPX, or a document with entities.
    """
    problems = Problems(name)
    root = parse_gpx(text, problems)
    if root is None or _name(root) != "gpx":
        what = (
            problems.found[0].found
            if problems.found
            else f"the element {root.tag!r}"
            if root is not None
            else ""
        )
        raise UnreadableError(f"{name}: found {what}, expected a GPX file")
    findings: list[Finding] = []
    standing: Counter[str] = Counter()
    waypoints = [element for element in root if _name(element) == "wpt"]
    rows = tuple(_rows(root, waypoints, name, leg, set(taken), standing, findings))
    if not rows:
        findings.append(
            Finding(name, "no waypoint that is a control", f"one of {', '.join(CONTROLS)} at a waypoint")
        )
    has_road = any(_name(child) in ("trk", "rte") for child in root)
    road = route_points(root, problems) if has_road else ()
    if not has_road:
        findings.append(Finding(name, "no track", f"the road of leg {leg}", Severity.WARNING))
    findings += [Finding(name, problem.found, problem.expected) for problem in problems.found]
    return RoadBook(
        rows=rows,
        road=road,
        mapped={element: count for element, count in sorted(standing.items()) if element in CONTROLS},
        left_over={element: count for element, count in sorted(standing.items()) if element not in CONTROLS},
        waypoints=len(waypoints),
        findings=tuple(findings),
    )


def _rows(
    root: Element,
    waypoints: list[Element],
    name: str,
    leg: int,
    taken: set[str],
    standing: Counter[str],
    findings: list[Finding],
) -> Iterator[ListRow]:
    unit = _KM_PER_MILE if _in_miles(root, name, findings) else Decimal(1)
    numbers, odometer = ControlIds(taken), Odometer()
    stage, allowed = "", ""
    for number, waypoint in enumerate(waypoints, start=1):
        title = _child_text(waypoint, "name")
        place = f"{name} waypoint {number}" + (f" {title!r}" if title else "")
        found = {_name(element): element for element in _extensions(waypoint)}
        standing.update(element for element in found if element not in _MEASURES)
        km = _km(found.get("distance"), unit, odometer, place, findings)
        if "reset" in found:
            odometer.reset_to = _decimal(found["reset"].text or "0") or Decimal(0)
        if "stop" in found and "ass" in found:
            findings.append(
                Finding(place, "a stop at a finish", "a line STOP of its own, if it is the control behind it",
                        Severity.WARNING)
            )  # fmt: skip
        controls = sorted((_IN_ORDER.index(kind), key) for key, kind in CONTROLS.items() if key in found)
        for _, key in controls:
            kind, element = CONTROLS[key], found[key]
            if kind is ControlKind.SS_START:
                stage = numbers.next("SS", ".START")
            ident, of_stage = _ident(kind, stage, numbers)
            cells = {
                "leg": str(leg),
                "control": ident,
                "kind": kind.value,
                "name": element.get("name") or title,
                "stage": of_stage,
                "km": km,
                **_place_of(waypoint, place, findings),
            }
            if kind is ControlKind.TC:
                if allowed:
                    cells["target"] = allowed
                allowed = _allowed(element, place, findings)
            yield ListRow(place, cells)


def _ident(kind: ControlKind, stage: str, numbers: ControlIds) -> tuple[str, str]:
    tails = {ControlKind.SS_START: ".START", ControlKind.FF: ".FF", ControlKind.STOP: ".STOP"}
    if kind in tails:
        return f"{stage or 'SS0'}{tails[kind]}", stage
    return numbers.next("TC" if kind is ControlKind.TC else "CP"), ""


def _in_miles(root: Element, name: str, findings: list[Finding]) -> bool:
    for element in root.iter():
        if element.tag.startswith(_NAMESPACE) and _name(element) == "units":
            units = (element.text or "").strip().lower()
            if units not in ("metric", "statute", "statue"):  # the schema itself misspells the latter
                findings.append(Finding(name, f"the units {units!r}", "metric or statute"))
            return units in ("statute", "statue")
    return False


def _km(
    element: Element | None, unit: Decimal, odometer: Odometer, place: str, findings: list[Finding]
) -> str:
    if element is None:
        return ""
    printed = _decimal(element.text or "")
    if printed is None:
        findings.append(Finding(place, f"the distance {element.text!r}", "a number such as 12.34"))
        return ""
    metres = (odometer.at(printed) * unit * 1000).to_integral_value()
    return f"{metres / 1000:.3f}"


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def _allowed(element: Element, place: str, findings: list[Finding]) -> str:
    text = (element.get("allowed") or "").strip()
    if not text:
        return ""
    if not re.fullmatch(r"[0-9]{1,4}", text):
        findings.append(Finding(place, f"allowed={text!r}", "minutes to the next time control"))
        return ""
    return clock_text(int(text) * 60_000_000)


def _place_of(waypoint: Element, place: str, findings: list[Finding]) -> dict[str, str]:
    lat, lon = waypoint.get("lat", ""), waypoint.get("lon", "")
    try:
        nowhere = Decimal(lat) == 0 and Decimal(lon) == 0
    except InvalidOperation:
        findings.append(Finding(place, f"lat={lat!r} lon={lon!r}", "degrees"))
        return {"lat": "", "lon": ""}
    if nowhere:
        findings.append(Finding(place, "the place 0, 0", "where it stands; left empty", Severity.WARNING))
        return {"lat": "", "lon": ""}
    return {"lat": lat, "lon": lon}


def _extensions(waypoint: Element) -> Iterator[Element]:
    for child in waypoint:
        if _name(child) == "extensions":
            yield from (element for element in child.iter() if element.tag.startswith(_NAMESPACE))


def _child_text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if _name(child) == name), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def road_gpx(leg: int, points: tuple[Point, ...]) -> bytes:
    """Return a plain GPX 1.1 document of one track: the road of a leg, without drawings and notes."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="rallykeeper" xmlns="http://www.topografix.com/GPX/1/1">',
        f"<trk><name>Leg {leg}</name><trkseg>",
        *(f'<trkpt lat="{lat!r}" lon="{lon!r}"/>' for lat, lon in points),
        "</trkseg></trk>",
        "</gpx>",
        "",
    ]
    return "\n".join(lines).encode()

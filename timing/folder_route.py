"""route/leg-N.gpx: the road of a leg as a line of points."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from timing.folder_text import Problems

Point = tuple[float, float]


def route_file(leg: int) -> str:
    """Return the name of a leg's route inside the event folder."""
    return f"route/leg-{leg}.gpx"


def read_route(text: str, problems: Problems) -> tuple[Point, ...]:
    """Read the first track (all its segments joined) or else the first route of a GPX text.

    Returns (lat, lon) pairs in degrees, repeated points left out; faults are noted. Entities and
    external references are refused, so that a file from anywhere can be opened.
    """
    root = parse_gpx(text, problems)
    return route_points(root, problems) if root is not None else ()


def parse_gpx(text: str, problems: Problems) -> Element | None:
    """Parse a GPX text; None, with the problem noted, when it is no XML or holds entities."""
    try:
        root: Element = fromstring(text)
    except ParseError as error:
        problems.error(error.position[0], f"no XML ({error.msg})", "a GPX file")
        return None
    except DefusedXmlException as error:
        problems.error(1, f"a document with entities ({type(error).__name__})", "a plain GPX file")
        return None
    return root


def route_points(root: Element, problems: Problems) -> tuple[Point, ...]:
    """Return the points of a parsed GPX document, as `read_route` does."""
    points: list[Point] = []
    line = _first_line(root)
    for element in line:
        point = _point(element, problems)
        if point is not None and (not points or points[-1] != point):
            points.append(point)
    if len(points) < 2:
        problems.error(1, f"{len(points)} points", "a track (trk) or route (rte) of at least two")
        return ()
    return tuple(points)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _first_line(root: Element) -> Iterator[Element]:
    for kind, point in (("trk", "trkpt"), ("rte", "rtept")):
        for child in root:
            if _name(child) == kind:
                return (element for element in child.iter() if _name(element) == point)
    return iter(())


def _point(element: Element, problems: Problems) -> Point | None:
    try:
        lat, lon = float(element.attrib["lat"]), float(element.attrib["lon"])
    except (KeyError, ValueError):
        problems.error(1, f"a {_name(element)} with {dict(element.attrib)}", "lat and lon in degrees")
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        problems.error(1, f"the point {lat}, {lon}", "lat within 90 and lon within 180 degrees")
        return None
    return lat, lon

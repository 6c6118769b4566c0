"""The shape of a road from hand-placed waypoints: pure geometry, no files.

Waypoints are sparse (some hundreds of metres to two kilometres apart). A centripetal Catmull-Rom
spline (Yuksel, Schaefer, Keyser 2011: neither cusps nor loops inside a piece) bends through all of
them, sharp corners are kept local, and the result is cut into pieces of at most `spacing` metres.
Degrees are WGS 84, distances metres along the line. Only `math` is used, so that the same
waypoints give the same bytes on every machine.
"""

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: WGS 84 semi-major axis (m) and first eccentricity squared.
_AXIS = 6_378_137.0
_ECCENTRICITY2 = 0.00669437999014
#: A bend sharper than this (degrees) is driven near its corner instead of being rounded far out.
_CORNER_DEGREES = 55.0
#: A turn back on the same road (degrees): the spline goes straight in and straight out.
_TURN_BACK_DEGREES = 178.0
#: Only where the next waypoint is further than this (m): between near ones the spline stays close.
_CORNER_FAR = 400.0
#: How far (m) before and behind a corner the bend may begin.
_CORNER_REACH = 45.0
#: Two knots at one place count as this far apart (m), so that no step of the spline is zero.
_SAME_POINT = 0.5
_DEGREE_PLACES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """A place on the road: degrees, height above the sea (m) and a name where they are known."""

    lat: float
    lon: float
    elevation: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadPoint:
    """A point of the finished line: degrees to six decimals, height in whole m."""

    lat: float
    lon: float
    elevation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLine:
    """A finished road: its points, the metres along it at each point and at each named place."""

    points: tuple[RoadPoint, ...]
    metres: tuple[float, ...]
    places: Mapping[str, float]

    @property
    def length(self) -> float:
        """The whole length in m."""
        return self.metres[-1]

    def at(self, metres: float) -> tuple[float, float]:
        """Return the (lat, lon) in degrees of the point `metres` along the road.

        Raises:
            ValueError: the distance lies outside the road.
        """
        if not 0 <= metres <= self.length:
            raise ValueError(f"{metres:.0f} m is not on a road of {self.length:.0f} m")
        after = min(max(bisect.bisect_left(self.metres, metres), 1), len(self.points) - 1)
        start, end = self.metres[after - 1], self.metres[after]
        share = (metres - start) / (end - start)
        a, b = self.points[after - 1], self.points[after]
        lat = round(a.lat + (b.lat - a.lat) * share, _DEGREE_PLACES)
        return lat, round(a.lon + (b.lon - a.lon) * share, _DEGREE_PLACES)


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the metres between two near points (lat, lon in degrees) on the WGS 84 ellipsoid.

    Uses the local radii of curvature at the mean latitude: exact to a millionth below 10 km.
    """
    mean = math.radians((a[0] + b[0]) / 2)
    curve = 1 - _ECCENTRICITY2 * math.sin(mean) ** 2
    north = math.radians(b[0] - a[0]) * _AXIS * (1 - _ECCENTRICITY2) / curve**1.5
    east = math.radians(b[1] - a[1]) * _AXIS * math.cos(mean) / math.sqrt(curve)
    return math.hypot(north, east)


def build_line(waypoints: Sequence[Waypoint], spacing: float) -> RoadLine:
    """Bend a road through the waypoints with a point at least every `spacing` metres.

    Raises:
        ValueError: fewer than two waypoints, the same one twice running, a name given twice, or no
            height at an end.
    """
    _check(waypoints)
    knots = _tighten_corners(waypoints)
    points: list[tuple[float, float]] = []
    index_of: dict[int, int] = {}
    for number, knot in enumerate(knots):
        if number:
            points.extend(_piece(knots, number - 1, spacing))
        if knot.source is not None:
            index_of[knot.source] = len(points)
        points.append((round(knot.lat, _DEGREE_PLACES), round(knot.lon, _DEGREE_PLACES)))
    metres = [0.0]
    for a, b in itertools.pairwise(points):
        metres.append(metres[-1] + distance(a, b))
    known = [
        (metres[index_of[i]], point.elevation)
        for i, point in enumerate(waypoints)
        if point.elevation is not None
    ]
    heights = _heights(known, metres)
    return RoadLine(
        points=tuple(
            RoadPoint(lat=lat, lon=lon, elevation=round(height))
            for (lat, lon), height in zip(points, heights, strict=True)
        ),
        metres=tuple(metres),
        places={point.name: metres[index_of[i]] for i, point in enumerate(waypoints) if point.name},
    )


@dataclass(frozen=True, slots=True)
class _Knot:
    """A point the spline passes through; `source` is the waypoint's place in the list, if it is one."""

    lat: float
    lon: float
    source: int | None


def _check(waypoints: Sequence[Waypoint]) -> None:
    if len(waypoints) < 2:
        raise ValueError(f"{len(waypoints)} waypoints do not make a road")
    if waypoints[0].elevation is None or waypoints[-1].elevation is None:
        raise ValueError("the first and the last waypoint need a height")
    for a, b in itertools.pairwise(waypoints):
        if (a.lat, a.lon) == (b.lat, b.lon):
            raise ValueError(f"two waypoints follow each other at {a.lat}, {a.lon}")
    names = [point.name for point in waypoints if point.name]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two waypoints are named {name!r}")


def _tighten_corners(waypoints: Sequence[Waypoint]) -> list[_Knot]:
    """Put a knot shortly before and behind each sharp corner.

    Without them the spline swings wide over the whole distance to the neighbouring waypoints.
    """
    knots: list[_Knot] = []
    for i, here in enumerate(waypoints):
        corner = _Knot(here.lat, here.lon, i)
        if 0 < i < len(waypoints) - 1:
            before, behind = waypoints[i - 1], waypoints[i + 1]
            far = max(_apart(before, here), _apart(here, behind)) > _CORNER_FAR
            if far and _CORNER_DEGREES < _turn(before, here, behind) < _TURN_BACK_DEGREES:
                knots.extend([_towards(here, before), corner, _towards(here, behind)])
                continue
        knots.append(corner)
    return knots


def _turn(before: Waypoint, here: Waypoint, behind: Waypoint) -> float:
    """Return by how many degrees (0 to 180) the way bends at `here`."""
    flat = math.cos(math.radians(here.lat))
    into = math.atan2(here.lat - before.lat, (here.lon - before.lon) * flat)
    out = math.atan2(behind.lat - here.lat, (behind.lon - here.lon) * flat)
    return abs((math.degrees(out - into) + 180) % 360 - 180)


def _apart(a: Waypoint, b: Waypoint) -> float:
    return distance((a.lat, a.lon), (b.lat, b.lon))


def _towards(here: Waypoint, other: Waypoint) -> _Knot:
    apart = _apart(here, other)
    share = min(_CORNER_REACH, apart / 4) / apart
    return _Knot(here.lat + (other.lat - here.lat) * share, here.lon + (other.lon - here.lon) * share, None)


def _piece(knots: Sequence[_Knot], start: int, spacing: float) -> list[tuple[float, float]]:
    """Return the points strictly between two knots, by Barry and Goldman's pyramid."""
    flat = math.cos(math.radians(knots[start].lat))
    p1, p2 = ((k.lon * flat, k.lat) for k in knots[start : start + 2])
    p0 = _outer(knots, start - 1, p1, p2, flat)
    p3 = _outer(knots, start + 2, p2, p1, flat)
    t0 = 0.0
    t1 = t0 + _knot_step(p0, p1)
    t2 = t1 + _knot_step(p1, p2)
    t3 = t2 + _knot_step(p2, p3)
    apart = distance((knots[start].lat, knots[start].lon), (knots[start + 1].lat, knots[start + 1].lon))
    # The bow is longer than the chord: a tenth more pieces keep every one under the spacing.
    pieces = max(1, math.ceil(apart * 1.1 / spacing))
    found = []
    for step in range(1, pieces):
        t = t1 + (t2 - t1) * step / pieces
        a1, a2, a3 = _blend(p0, p1, t0, t1, t), _blend(p1, p2, t1, t2, t), _blend(p2, p3, t2, t3, t)
        b1, b2 = _blend(a1, a2, t0, t2, t), _blend(a2, a3, t1, t3, t)
        x, y = _blend(b1, b2, t1, t2, t)
        found.append((round(y, _DEGREE_PLACES), round(x / flat, _DEGREE_PLACES)))
    return found


def _outer(
    knots: Sequence[_Knot], index: int, near: tuple[float, float], far: tuple[float, float], flat: float
) -> tuple[float, float]:
    """Return the neighbouring knot, or past the road's end the mirror image of the inner one."""
    if 0 <= index < len(knots):
        return knots[index].lon * flat, knots[index].lat
    return 2 * near[0] - far[0], 2 * near[1] - far[1]


def _knot_step(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the centripetal parameter step: the square root of the distance (in degrees)."""
    return math.sqrt(max(math.hypot(b[0] - a[0], b[1] - a[1]), _SAME_POINT / 111_000))


def _blend(
    a: tuple[float, float], b: tuple[float, float], ta: float, tb: float, t: float
) -> tuple[float, float]:
    share = (t - ta) / (tb - ta)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _heights(known: Sequence[tuple[float, float]], metres: Sequence[float]) -> list[float]:
    """Interpolate heights along the road by monotone cubics (Fritsch, Butland 1984).

    Monotone between two known heights, so that no invented hill stands between two places.
    """
    runs = [b[0] - a[0] for a, b in itertools.pairwise(known)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(known)]
    tangents = [slopes[0], *(_tangent(*pair) for pair in itertools.pairwise(slopes)), slopes[-1]]
    found = []
    piece = 0
    for at in metres:
        while piece < len(runs) - 1 and at > known[piece + 1][0]:
            piece += 1
        run, share = runs[piece], (at - known[piece][0]) / runs[piece]
        found.append(
            known[piece][1] * (1 + 2 * share) * (1 - share) ** 2
            + tangents[piece] * run * share * (1 - share) ** 2
            + known[piece + 1][1] * share**2 * (3 - 2 * share)
            + tangents[piece + 1] * run * share**2 * (share - 1)
        )
    return found


def _tangent(before: float, behind: float) -> float:
    """Return the harmonic mean of two slopes, or level ground where they differ in sign."""
    return 0.0 if before * behind <= 0 else 2 * before * behind / (before + behind)

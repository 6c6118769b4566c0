"""The road of one leg as a line: where along it is a place, and how far off?

Places are compared in metres on a plane laid at the latitude of the fix itself, so that a line of
hundreds of kilometres needs no map projection and no far-off error. One fix is matched in plain
Python, many at once in numpy; both do the same arithmetic in the same order and give the same answer.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: WGS 84: equatorial radius (m) and first eccentricity squared.
_EQUATOR = 6_378_137.0
_ECCENTRICITY2 = 0.006_694_379_990_14
#: The first and last segments are good this far (m) beyond the line's ends, so that a control at an
#: end can be driven over.
_BEYOND = 100.0
#: Side of a cell of the search grid in m, and how far a search in it reaches surely.
_CELL = 250.0
GRID_REACH = 150.0
#: How many vertices the rough distance of a far-off car looks at.
_ROUGH = 2_048

_Floats = npt.NDArray[np.float64]


class Spot(NamedTuple):
    """A place on the line near a fix: metres along it, metres off it, and its course in degrees."""

    along: float
    off: float
    course: float


class RouteLine:
    """A polyline in driving order. Distances along it are metres from its first point."""

    __slots__ = ("_courses", "_cum", "_cum_np", "_grid", "_kx", "_ky", "_lon0", "_rough", "_x", "_xy", "_y")

    def __init__(self, lats: Sequence[float], lons: Sequence[float]) -> None:
        middle = math.radians((min(lats) + max(lats)) / 2)
        bulge = 1 - _ECCENTRICITY2 * math.sin(middle) ** 2
        self._kx = math.radians(1) * _EQUATOR / math.sqrt(bulge)
        self._ky = math.radians(1) * _EQUATOR * (1 - _ECCENTRICITY2) / bulge**1.5
        self._lon0 = lons[0]
        self._x = [self._east(lon) for lon in lons]
        self._y = [lat * self._ky for lat in lats]
        x, y = np.array(self._x), np.array(self._y)
        self._xy = (x, y)
        east = np.diff(x) * np.cos(np.radians((np.array(lats[1:]) + np.array(lats[:-1])) / 2))
        north = np.diff(y)
        self._cum_np: _Floats = np.concatenate(([0.0], np.cumsum(np.hypot(east, north))))
        self._cum: list[float] = self._cum_np.tolist()
        self._courses: list[float] = (np.degrees(np.arctan2(east, north)) % 360).tolist()
        self._grid = self._lay_grid()
        step = max(1, len(self._x) // _ROUGH)
        self._rough = (x[::step], y[::step])

    @classmethod
    def from_points(cls, points: Sequence[tuple[float, float]]) -> "RouteLine":
        """Build a line from (lat, lon) in degrees; repeated points are left out.

        Raises:
            ValueError: fewer than two different points.
        """
        kept = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
        if len(kept) < 2:
            raise ValueError(f"a route needs two different points, found {len(kept)}")
        return cls([lat for lat, _ in kept], [lon for _, lon in kept])

    @property
    def length(self) -> float:
        """Length in m."""
        return self._cum[-1]

    def point_at(self, along: float) -> tuple[float, float]:
        """Return (lat, lon) in degrees at `along` m, held to the line's ends."""
        held = min(max(along, 0.0), self.length)
        i = min(max(bisect_right(self._cum, held) - 1, 0), len(self._cum) - 2)
        share = (held - self._cum[i]) / (self._cum[i + 1] - self._cum[i])
        x = self._x[i] + share * (self._x[i + 1] - self._x[i])
        y = self._y[i] + share * (self._y[i + 1] - self._y[i])
        return y / self._ky, self._lon0 + x / self._kx

    def spots(self, lat: float, lon: float, lo: float, hi: float, reach: float) -> list[Spot]:
        """Return each place between `lo` and `hi` m where the line comes nearest, within `reach` m.

        That is beside a segment, or at a corner that points to the fix; an edge of the window is none.
        """
        cum = self._cum
        first = min(max(bisect_right(cum, lo) - 1, 0), len(cum) - 2)
        last = min(max(bisect_left(cum, hi) - 1, first), len(cum) - 2)
        return self._nearest(lat, lon, first, last, reach)

    def spots_batch(
        self,
        lats: Sequence[float],
        lons: Sequence[float],
        los: Sequence[float],
        his: Sequence[float],
        reaches: Sequence[float],
    ) -> list[list[Spot]]:
        """Do as `spots` for many fixes at once, each with its own window and reach."""
        segments = len(self._cum) - 1
        first = np.clip(np.searchsorted(self._cum_np, los, side="right") - 1, 0, segments - 1)
        last = np.clip(np.searchsorted(self._cum_np, his, side="left") - 1, first, segments - 1)
        index = first[:, None] + np.arange(int((last - first).max()) + 1)
        outside = index > last[:, None]
        index = np.minimum(index, segments - 1)
        x, y = self._xy
        cosine = np.array([math.cos(math.radians(lat)) for lat in lats])[:, None]
        x0 = np.array([self._east(lon) for lon in lons])[:, None]
        y0 = np.array([lat * self._ky for lat in lats])[:, None]
        ax, ay = (x[index] - x0) * cosine, y[index] - y0
        ux, uy = (x[index + 1] - x0) * cosine - ax, (y[index + 1] - y0) - ay
        share = -(ax * ux + ay * uy) / (ux * ux + uy * uy)
        length = self._cum_np[index + 1] - self._cum_np[index]
        low = np.where(index == 0, -_BEYOND / length, 0.0)
        high = np.where(index == segments - 1, 1.0 + _BEYOND / length, 1.0)
        px, py = ax + share * ux, ay + share * uy
        limit = np.square(np.array(reaches))[:, None]
        beside = (low < share) & (share < high) & (px * px + py * py <= limit)
        corner = (share <= 0.0) & (ax * ax + ay * ay <= limit)
        corner[:, 1:] &= share[:, :-1] >= 1.0
        corner[:, 0] = False
        rows, columns = np.nonzero((beside | corner) & ~outside)
        numbers = (part[rows, columns].tolist() for part in (index, beside, share, px, py, ax, ay))
        found: list[list[Spot]] = [[] for _ in lats]
        for row, i, is_beside, part, *near in zip(rows.tolist(), *numbers, strict=True):
            px_i, py_i, ax_i, ay_i = near
            spot = self._beside(i, part, px_i, py_i) if is_beside else self._corner(i, ax_i, ay_i)
            found[row].append(spot)
        return found

    def locate_all(self, lat: float, lon: float, reach: float) -> list[Spot]:
        """Return every place where the line comes nearest within `reach` m (`GRID_REACH` at most)."""
        column, row = self._cell(self._east(lon), lat * self._ky, math.cos(math.radians(lat)))
        near: set[int] = set()
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                near.update(self._grid.get((column + dx, row + dy), ()))
        found: list[Spot] = []
        run: list[int] = []
        for i in sorted(near):
            if run and i != run[-1] + 1:
                found += self._nearest(lat, lon, run[0], run[-1], min(reach, GRID_REACH))
                run = []
            run.append(i)
        if run:
            found += self._nearest(lat, lon, run[0], run[-1], min(reach, GRID_REACH))
        return found

    def rough_distance(self, lat: float, lon: float) -> float:
        """Return about how far (m) a place is from the line; for cars far away from it."""
        x, y = self._rough
        east = (x - self._east(lon)) * math.cos(math.radians(lat))
        north = y - lat * self._ky
        return math.sqrt(float((east * east + north * north).min()))

    def _nearest(self, lat: float, lon: float, first: int, last: int, reach: float) -> list[Spot]:
        xs, ys, cum, end = self._x, self._y, self._cum, len(self._cum) - 2
        x0, y0, cosine = self._east(lon), lat * self._ky, math.cos(math.radians(lat))
        limit = reach * reach
        found: list[Spot] = []
        bx, by = (xs[first] - x0) * cosine, ys[first] - y0
        before = 0.0
        for i in range(first, last + 1):
            ax, ay = bx, by
            bx, by = (xs[i + 1] - x0) * cosine, ys[i + 1] - y0
            ux, uy = bx - ax, by - ay
            share = -(ax * ux + ay * uy) / (ux * ux + uy * uy)
            low = 0.0 if i else -_BEYOND / cum[1]
            high = 1.0 if i != end else 1.0 + _BEYOND / (cum[end + 1] - cum[end])
            if low < share < high:
                px, py = ax + share * ux, ay + share * uy
                if px * px + py * py <= limit:
                    found.append(self._beside(i, share, px, py))
            elif share <= 0.0 and before >= 1.0 and ax * ax + ay * ay <= limit:
                found.append(self._corner(i, ax, ay))
            before = share
        return found

    def _beside(self, i: int, share: float, px: float, py: float) -> Spot:
        along = self._cum[i] + share * (self._cum[i + 1] - self._cum[i])
        return Spot(along, math.sqrt(px * px + py * py), self._courses[i])

    def _corner(self, i: int, ax: float, ay: float) -> Spot:
        turn = (self._courses[i] - self._courses[i - 1] + 180.0) % 360.0 - 180.0
        return Spot(self._cum[i], math.sqrt(ax * ax + ay * ay), (self._courses[i - 1] + turn / 2) % 360.0)

    def _east(self, lon: float) -> float:
        # Measured from the line's start, so that a road over the 180th meridian has no seam.
        return ((lon - self._lon0 + 180.0) % 360.0 - 180.0) * self._kx

    def _cell(self, x: float, y: float, cosine: float) -> tuple[int, int]:
        # Each row of cells has its own width in degrees; from row to row that moves a cell by metres only.
        return math.floor(x * cosine / _CELL), math.floor(y / _CELL)

    def _lay_grid(self) -> dict[tuple[int, int], list[int]]:
        grid: dict[tuple[int, int], list[int]] = {}
        for i in range(len(self._cum) - 1):
            pieces = max(1, math.ceil((self._cum[i + 1] - self._cum[i]) / (_CELL / 2)))
            for piece in range(pieces + 1):
                x = self._x[i] + (self._x[i + 1] - self._x[i]) * piece / pieces
                y = self._y[i] + (self._y[i + 1] - self._y[i]) * piece / pieces
                cell = grid.setdefault(self._cell(x, y, math.cos(math.radians(y / self._ky))), [])
                if not cell or cell[-1] != i:
                    cell.append(i)
        return grid


def metres_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the distance in m between two places some kilometres apart at most (else roughly)."""
    east = ((lon2 - lon1 + 180.0) % 360.0 - 180.0) * math.cos(math.radians((lat1 + lat2) / 2))
    return math.hypot(east, lat2 - lat1) * 111_195.0


def course_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the course in degrees from one place to another near by."""
    east = ((lon2 - lon1 + 180.0) % 360.0 - 180.0) * math.cos(math.radians((lat1 + lat2) / 2))
    return math.degrees(math.atan2(east, lat2 - lat1)) % 360.0

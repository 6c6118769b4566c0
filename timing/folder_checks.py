"""Checks of the road that need more than one file: places beside the route, averages too fast."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from timing.core.instant import HOUR
from timing.core.itinerary import Control, ControlKind, Itinerary, StageKind
from timing.core.preset import Preset
from timing.folder_route import Point
from timing.folder_text import Problems

#: A control further than this from its leg's line is likely on the wrong leg or mistyped.
_FAR_FROM_ROUTE_M = 2_000.0
_M_PER_DEGREE = 111_195.0


def check_road(
    itinerary: Itinerary,
    routes: Mapping[int, tuple[Point, ...]],
    lines: Mapping[str, int],
    problems: Problems,
    rules_at: Callable[[int], Preset],
) -> None:
    """Warn of controls far from their leg's road and of averages above those of open roads.

    In Italy tests ask for less than 50 km/h (Giornale di Brescia on the 1000 Miglia), regularity sections
    in Britain for 30 mph at most (Motorsport UK NCR 2026 p453 6.6); elsewhere nothing is said.

    Args:
        itinerary: the controls and stages.
        routes: each leg's road as (lat, lon) in degrees.
        lines: each control's line in the file.
        problems: those of itinerary.csv.
        rules_at: gives the regulations in force at the control of an order.
    """
    lines_of = {leg: np.array(points) for leg, points in routes.items()}
    for control in itinerary.controls.values():
        route = lines_of.get(control.leg)
        off_course = control.kind is ControlKind.OFF_COURSE
        if not off_course and route is not None and control.lat is not None and control.lon is not None:
            off = _nearest_m(control.lat, control.lon, route)
            if off > _FAR_FROM_ROUTE_M:
                problems.warn(
                    lines[control.id],
                    f"{control.id} {off / 1000:.1f} km from the road of leg {control.leg}",
                    "a place on the road",
                )
        if control.kind is ControlKind.AVG_TRIAL:
            given = max(control.average or Fraction(0), *control.averages.values(), Fraction(0))
            _check_average(control, given, given, rules_at(control.order), lines, problems)
    for stage in itinerary.stages.values():
        start, finish = itinerary.controls[stage.start], itinerary.controls[stage.finish]
        if stage.kind is StageKind.REG_TEST and stage.target and None not in (start.metres, finish.metres):
            metres = (finish.metres or 0) - (start.metres or 0)
            rules = rules_at(finish.order)
            average = Fraction(metres * HOUR, 1000 * stage.target)
            # An ideal time is rounded: one that was made of the fastest average may be a little short.
            least = Fraction(metres * HOUR, 1000 * (stage.target + rules.test_resolution))
            _check_average(finish, average, least, rules, lines, problems)


def _check_average(
    control: Control,
    average: Fraction,
    least: Fraction,
    rules: Preset,
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    """Warn of an average (km/h) where even the `least` that it may stand for is too fast."""
    limit = rules.open_road_average_kmh
    if limit is not None and least > Fraction(limit):
        problems.warn(
            lines[control.id],
            f"an average of {float(average):.1f} km/h at {control.id}",
            f"at most {float(limit):.3g} km/h on open roads",
        )


def _nearest_m(lat: float, lon: float, route: np.ndarray) -> float:
    """Return the distance (m) to the nearest segment of a route, flat-earth near the point.

    `route` has the shape (n, 2): latitude and longitude in degrees.
    """
    scale = np.array((_M_PER_DEGREE, math.cos(math.radians(lat)) * _M_PER_DEGREE))
    points = (route - (lat, lon)) * scale
    begin, step = points[:-1], np.diff(points, axis=0)
    length = np.maximum((step * step).sum(axis=1), 1e-9)
    along = np.clip(-(begin * step).sum(axis=1) / length, 0.0, 1.0)
    nearest = begin + step * along[:, None]
    return float(np.hypot(nearest[:, 0], nearest[:, 1]).min())

"""What is remembered of one car's drive, and its plain form for a checkpoint."""

from collections import deque
from collections.abc import Mapping
from typing import Any, TypeAlias

from timing.core.crossings import LineWatch, Wait
from timing.core.gap_fill import GapFill
from timing.core.instant import Duration, Instant
from timing.core.readings import Fix
from timing.core.road_tracker import Guess, Placed, RoadTracker

#: A value of JSON: what a checkpoint is made of.
Plain: TypeAlias = Any

_FIX_FIELDS = (
    "device",
    "at",
    "lat",
    "lon",
    "speed",
    "course",
    "accuracy",
    "altitude",
    "battery",
    "boot",
    "n",
)
_KEPT_RECENT = 4


class CarTrack:
    """All that is remembered of one car's drive."""

    __slots__ = ("gaps", "heard_at", "newest", "paces", "place", "refused", "retained", "road", "watch")

    def __init__(self, start_offset: Duration = 0) -> None:
        self.newest: Fix | None = None
        """The newest fix that was believed."""
        self.retained: Fix | None = None
        """A last known place from the broker, until there is a newer fix."""
        self.heard_at: Instant = 0
        self.road = RoadTracker(start_offset)
        self.place: Placed | None = None
        """The newest sure place on the road."""
        self.gaps = GapFill()
        self.watch = LineWatch()
        self.refused: list[Fix] = []
        self.paces: deque[tuple[Instant, float]] = deque(maxlen=32)
        """Now and then, the instant and the metres along the line."""


def to_plain(track: CarTrack) -> Plain:
    """Return a drive as JSON values. Filled-in late fixes are not kept, the edges of gaps are."""
    return {
        "newest": _fix_out(track.newest),
        "retained": _fix_out(track.retained),
        "heard_at": track.heard_at,
        "guesses": [
            [guess.leg, guess.along, guess.off, guess.cost, guess.agreed, [_out(p) for p in guess.trail]]
            for guess in track.road.guesses
        ],
        "matched": _fix_out(track.road.matched),
        "misses": track.road.misses,
        "off": track.road.off,
        "place": _out(track.place),
        "recent": [_out(placed) for placed in track.gaps.recent[-_KEPT_RECENT:]],
        "gaps": [
            [_out(gap[0]), _out(gap[-1])] if len(gap) > 1 else [_out(gap[0])] for gap in track.gaps.gaps
        ],
        "crossed": dict(track.watch.crossed),
        "waiting": {
            control: [
                wait.leg,
                wait.line,
                [_out(p) for p in (*wait.first, *wait.last)],
                wait.total,
                wait.places,
            ]
            for control, wait in track.watch.waiting.items()
        },
        "paces": [list(pace) for pace in track.paces],
    }


def from_plain(value: Plain) -> CarTrack:
    """Return the drive that `to_plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: the value is not such a drive.
    """
    track = CarTrack()
    track.newest, track.retained = _fix_in(value["newest"]), _fix_in(value["retained"])
    track.heard_at = value["heard_at"]
    track.road.guesses = [
        Guess(leg, along, off, cost, agreed, tuple(_placed(p) for p in trail))
        for leg, along, off, cost, agreed, trail in value["guesses"]
    ]
    track.road.matched = _fix_in(value["matched"])
    track.road.misses, track.road.off = value["misses"], value["off"]
    track.place = None if value["place"] is None else _placed(value["place"])
    track.gaps.recent = [_placed(placed) for placed in value["recent"]]
    track.gaps.gaps = [[_placed(placed) for placed in gap] for gap in value["gaps"]]
    track.watch.crossed = dict(value["crossed"])
    track.watch.waiting = {control: _wait(wait) for control, wait in value["waiting"].items()}
    track.paces.extend((at, along) for at, along in value["paces"])
    return track


def all_to_plain(tracks: Mapping[str, CarTrack]) -> Plain:
    """Return all cars' drives as JSON values."""
    return {"v": 1, "cars": {car: to_plain(track) for car, track in tracks.items()}}


def all_from_plain(value: Plain) -> dict[str, CarTrack]:
    """Return the drives that `all_to_plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: the value is none, or of another version.
    """
    if value["v"] != 1:
        raise ValueError(f"positions of version {value['v']!r}, expected 1")
    return {car: from_plain(track) for car, track in value["cars"].items()}


def _fix_out(fix: Fix | None) -> Plain:
    return None if fix is None else [getattr(fix, name) for name in _FIX_FIELDS]


def _fix_in(value: Plain) -> Fix | None:
    return None if value is None else Fix(**dict(zip(_FIX_FIELDS, value, strict=True)))


def _out(placed: Placed | None) -> Plain:
    return None if placed is None else [placed.leg, placed.along, placed.off, _fix_out(placed.fix)]


def _placed(value: Plain) -> Placed:
    leg, along, off, plain = value
    fix = _fix_in(plain)
    if fix is None:
        raise ValueError("a place without its fix")
    return Placed(fix.at, leg, along, off, fix)


def _wait(value: Plain) -> Wait:
    leg, line, places, total, count = value
    first, second, third, fourth = (_placed(placed) for placed in places)
    wait = Wait(leg, line, (first, second))
    wait.last = (third, fourth)
    wait.total, wait.places = total, count
    return wait

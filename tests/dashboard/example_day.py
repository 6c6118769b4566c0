"""The example rally driven by its four cars, as readings."""

from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Source, Stamp, SyncCheck

NOON = parse_instant("2026-06-06T15:00:00Z")
CARS = ("1", "2", "3", "4")


def day(*cars: str) -> list[Stamp | SyncCheck]:
    """Cars over the whole example rally, each in its minutes, a hundredth of a second later each.

    All clocks are compared with the reference before and after.
    """
    stamps: list[Stamp | SyncCheck] = []
    for place, car in enumerate(CARS):
        if car not in cars:
            continue
        begin = NOON + place * MINUTE
        times = {
            "TC0": 0,
            "T1.0": 5 * MINUTE,
            "T1.1": 5 * MINUTE + 18 * SECOND + place * 10_000,
            "T1.2": 5 * MINUTE + 41 * SECOND + place * 10_000,
            "CP1": 12 * MINUTE,
            "A1.0": 15 * MINUTE,
            "A1.1": 15 * MINUTE + 270 * SECOND,
            "A1.2": 15 * MINUTE + 495 * SECOND + place * SECOND,
            "TC1": 40 * MINUTE,
        }
        stamps += [
            Stamp(
                device=f"m-{control}",
                control=control,
                source=Source.M if control.startswith(("TC", "CP")) else Source.A,
                car=car,
                at=begin + after,
            )
            for control, after in times.items()
        ]
    stamps += [
        SyncCheck(device=f"m-{control}", at=when, offset=500, uncertainty=100)
        for control in ("T1.0", "T1.1", "T1.2", "A1.0", "A1.1", "A1.2")
        for when in (NOON - 30 * MINUTE, NOON + 55 * MINUTE)
    ]
    return stamps


def late_beam(car: str = "2", by: int = 50_000) -> Stamp:
    """A spooled impulse of the line's sensor at the end of test 1, earlier than the one that counted."""
    at = NOON + MINUTE + 5 * MINUTE + 18 * SECOND + 10_000 - by
    return Stamp(device="m-T1.1", control="T1.1", source=Source.A, car=car, at=at)

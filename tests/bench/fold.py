"""What the fold costs: a whole rally replayed, and one more stamp up to the new ranks.

Run: python -m tests.bench.fold [--cars N] [--tests N] [--controls | --stages] [--nameless] [--limits]
A regularity rally on one day of tests in a chain (the end line of one is the start line of the next),
or with `--controls` of tests apart from each other with a time control after every third, or with
`--stages` 150 cars on 20 special stages with their arrival controls. With `--nameless` every second
line tells no car numbers. Beside it, in the same run, what a service costs that folds everything anew
for each stamp. As in the service, nobody looks for garbage during a replay, and what it made is left
out of later looks. `--limits` makes the run fail where 400 cars x 130 tests cost more than a
millisecond a stamp or 250 ms in all.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from tests.core.rallies import Pen, Road, at, crews
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Instant
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.core.stamps import LINES
from timing.garbage import keep_all, without_collecting
from timing.presets import load_preset

LAST = 1000
_ONE_STAMP_S, _WHOLE_FOLD_S = 0.001, 0.250


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, help="400, or 150 on special stages")
    parser.add_argument("--tests", type=int, help="130, or 20 special stages")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--controls", action="store_true", help="tests apart, with time controls")
    kinds.add_argument("--stages", action="store_true", help="special stages with their controls")
    parser.add_argument("--nameless", action="store_true", help="every second line tells no car numbers")
    parser.add_argument("--limits", action="store_true", help="fail where it takes longer than promised")
    asked = parser.parse_args()
    cars, tests = asked.cars or (150 if asked.stages else 400), asked.tests or (20 if asked.stages else 130)
    make = staged if asked.stages else apart if asked.controls else chained
    event = make(cars, tests)
    records = sorted(drives(event, nameless=asked.nameless), key=lambda record: record.received_at)
    print(f"{cars} cars, {len(event.itinerary.controls)} controls, {len(records)} stamps")
    with_gc = min(fold(event, records) for _ in range(3))
    keep_all()
    with without_collecting():
        whole = min(fold(event, records) for _ in range(3))
    print(
        f"whole fold, overall list   {whole * 1000:9.1f} ms ({with_gc * 1000:.1f} ms with garbage collection)"
    )
    live, medians = Rally(event), []
    for when, upto in (("in the middle", len(records) // 2), ("at the end", len(records) - LAST)):
        live.add_many(records[:upto])
        all_lists(live)
        keep_all()
        costs = sorted(cpu(lambda record=record: one_more(live, record)) for record in records[upto:][:LAST])  # type: ignore[misc]
        median, rare = statistics.median(costs), costs[LAST * 99 // 100]
        print(f"one stamp {when:16} {median * 1000:9.3f} ms median, {rare * 1000:.3f} ms at the 99th of 100")
        medians.append(median)
    naive = cpu(lambda: naively(event, records))
    print(f"one stamp, all anew        {naive * 1000:9.1f} ms, {naive / max(medians):.0f} times as much")
    print(f"every row of every list    {cpu(lambda: all_rows(live)) * 1000:9.1f} ms")
    return int(asked.limits and (max(medians) > _ONE_STAMP_S or whole > _WHOLE_FOLD_S))


def cpu(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes: other programs do not count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def fold(event: Event, records: list[Record]) -> float:
    """Fold everything at once, as after a restart."""
    rally = Rally(event)

    def work() -> None:
        rally.add_many(records)
        rally.classification("overall")

    return cpu(work)


def naively(event: Event, records: list[Record]) -> None:
    """Bring in the last stamp as a program does that keeps nothing: fold all, rank all."""
    rally = Rally(event)
    rally.add_many(records)
    all_lists(rally)


def one_more(rally: Rally, record: Record) -> None:
    """Take in one stamp and rank the crews of what it changed again."""
    changes = rally.add(record)
    for stage in changes.stages:
        for car in changes.cars:
            rally.stage_result(stage, car)
    if changes.standings:
        for scope in rally.scopes():
            rows = rally.classification(scope).rows
            for car in changes.cars:
                rows.get(car)


def all_lists(rally: Rally) -> None:
    """Put all lists in order."""
    for scope in rally.scopes():
        rally.classification(scope)
    for stage in rally.event.itinerary.stages:
        rally.stage_results(stage)


def all_rows(rally: Rally) -> None:
    """Write every row of every list."""
    for scope in rally.scopes():
        list(rally.classification(scope).rows.values())
    for stage in rally.event.itinerary.stages:
        list(rally.stage_results(stage).values())


def chained(cars: int, tests: int) -> Event:
    """An event of so many tests of 18 s in one chain, 200 m each."""
    road = Road()
    road.put("L0", ControlKind.REG_TEST, "1", first="08:00")
    for number in range(1, tests + 1):
        metres = 1000 + 200 * number
        km = f"{metres // 1000}.{metres % 1000:03d}"
        road.put(f"L{number}", ControlKind.REG_TEST, km, stage=f"T{number}", target="18.00")
        road.time(f"T{number}", StageKind.REG_TEST, f"L{number - 1}", f"L{number}", target="18.00")
    return road.event(load_preset("ACI_REGULARITY"), entries(cars))


def apart(cars: int, tests: int) -> Event:
    """An event of so many tests of 18 s, 4 km apart, with a time control after every third."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="08:00")
    for number in range(1, tests + 1):
        km = 4 * number
        road.put(f"S{number}", ControlKind.REG_TEST, str(km))
        road.put(f"E{number}", ControlKind.REG_TEST, f"{km}.2", stage=f"T{number}", target="18.00")
        road.time(f"T{number}", StageKind.REG_TEST, f"S{number}", f"E{number}", target="18.00")
        if number % 3 == 0:
            road.put(f"TC{number}", ControlKind.TC, f"{km}.5", target="0:18:00")
    return road.event(load_preset("ACI_REGULARITY"), entries(cars))


def staged(cars: int, stages: int) -> Event:
    """An event of so many special stages of 10 km, each behind its arrival control, 21 km apart."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="08:00")
    for number in range(1, stages + 1):
        km = 21 * number
        target = "0:30:00" if number == 1 else "0:31:00"
        road.put(f"ATC{number}", ControlKind.ATC, str(km), target=target)
        road.special(f"SS{number}", f"{km}.1")
    road.put("TC", ControlKind.TC, str(21 * (stages + 1)), target="0:31:00")
    return road.event(load_preset("FIA_STAGE"), entries(cars))


def entries(cars: int) -> EntryList:
    """So many crews, a minute apart."""
    return crews(*(str(number) for number in range(1, cars + 1)))


def drives(event: Event, *, nameless: bool = False) -> list[Record]:
    """Every car past every control, at about 42 km/h; a marshal sends it off at whole minutes.

    `nameless` leaves out the car's number at every second line.
    """
    pen = Pen()
    records: list[Record] = []
    for place, car in enumerate(event.entries.by_number):
        for control in event.itinerary.controls.values():
            moment: Instant = at("08:00") + place * MINUTE + (control.metres or 0) * 86_000
            moment += (place * 7919 + control.order * 104_729) % SECOND
            if control.kind is ControlKind.SS_START:
                moment = -(-moment // MINUTE) * MINUTE
            source = Source.A if control.kind in LINES else Source.M
            named = not (nameless and control.kind in LINES and control.order % 2)
            stamp = Stamp(
                device=control.id,
                at=moment,
                control=control.id,
                source=source,
                car=car if named else None,
            )
            records.append(pen.record(stamp, received=moment))
    return records


if __name__ == "__main__":
    sys.exit(main())

"""What the fold costs: a whole rally replayed, and one more stamp up to the new ranks.

Run: python tests/bench/fold.py [--cars N] [--tests N]
A regularity rally on one day: each test is a start and an end line, a time control after every third.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from tests.core.rallies import Pen, Road, at, crews
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Instant
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.presets import load_preset

LAST = 400


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, default=70)
    parser.add_argument("--tests", type=int, default=64)
    asked = parser.parse_args()
    event = rally_of(asked.cars, asked.tests)
    records = sorted(drives(event), key=lambda record: record.received_at)
    print(f"{asked.cars} cars, {len(event.itinerary.controls)} controls, {len(records)} stamps")
    rally = Rally(event)
    whole = cpu(lambda: rally.add_many(records))
    print(f"replay                       {whole:8.3f} s")
    print(f"all lists and all stages     {cpu(lambda: all_lists(rally)):8.3f} s")
    live = Rally(event)
    live.add_many(records[:-LAST])
    live.classification("overall")
    costs = sorted(cpu(lambda record=record: one_more(live, record)) for record in records[-LAST:])  # type: ignore[misc]
    print(f"one stamp to the new ranks   {statistics.median(costs) * 1000:8.2f} ms median")
    print(f"                             {costs[LAST * 99 // 100] * 1000:8.2f} ms at the 99th of 100")


def cpu(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes: other programs do not count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def one_more(rally: Rally, record: Record) -> None:
    """Take in one stamp and rank the crews again."""
    for stage in rally.add(record).stages:
        rally.stage_results(stage)
    rally.classification("overall")


def all_lists(rally: Rally) -> None:
    """Rank everything."""
    for scope in rally.scopes():
        rally.classification(scope)
    for stage in rally.event.itinerary.stages:
        rally.stage_results(stage)


def rally_of(cars: int, tests: int) -> Event:
    """An event of so many tests of 18 s, 4 km apart."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="08:00")
    for number in range(1, tests + 1):
        km = 4 * number
        road.put(f"S{number}", ControlKind.REG_TEST, str(km))
        road.put(f"E{number}", ControlKind.REG_TEST, f"{km}.2", stage=f"T{number}", target="18.00")
        road.time(f"T{number}", StageKind.REG_TEST, f"S{number}", f"E{number}", target="18.00")
        if number % 3 == 0:
            road.put(f"TC{number}", ControlKind.TC, f"{km}.5", target="0:18:00")
    return road.event(load_preset("ACI_REGULARITY"), crews(*(str(n) for n in range(1, cars + 1))))


def drives(event: Event) -> list[Record]:
    """Every car past every control, at about 42 km/h."""
    pen = Pen()
    records: list[Record] = []
    for place, car in enumerate(event.entries.by_number):
        for control in event.itinerary.controls.values():
            moment: Instant = at("08:00") + place * MINUTE + (control.metres or 0) * 86_000
            moment += (place * 7919 + control.order * 104_729) % SECOND
            source = Source.M if control.kind is ControlKind.TC else Source.A
            stamp = Stamp(device=control.id, at=moment, control=control.id, source=source, car=car)
            records.append(pen.record(stamp, received=moment))
    return records


if __name__ == "__main__":
    main()

"""Small rallies made for tests: events with known roads, and records with good defaults."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from timing.core.decisions import Act, Decision, Role
from timing.core.entries import Entry, EntryList
from timing.core.event import Assignment, DeviceConfig, Event
from timing.core.instant import HOUR, MINUTE, Duration, Instant, RallyTime, parse_clock, parse_duration
from timing.core.itinerary import Control, ControlKind, Itinerary, Leg, Stage, StageKind
from timing.core.preset import Preset
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Body, Record, body_key
from timing.core.results import StandingStatus
from timing.presets import load_preset

DAY = dt.date(2026, 9, 20)
TIME = RallyTime(2 * HOUR)


def at(clock: str, day: dt.date = DAY) -> Instant:
    """The instant of a rally time of day such as 10:04:33.42; hours may pass 24."""
    whole, _, fraction = clock.partition(".")
    return TIME.at(day, parse_clock(whole)) + int((fraction or "0").ljust(6, "0"))


def span(text: str) -> Duration:
    return parse_duration(text)


def crews(*numbers: str, interval: Duration = MINUTE, classes: str = "") -> EntryList:
    """Crews in start order; "0" and "00" are course cars. `classes` names one letter a crew."""
    entries: dict[str, Entry] = {}
    place = 0
    for index, number in enumerate(numbers):
        course = number in ("0", "00")
        entries[number] = Entry(
            car_number=number,
            order=index,
            start_offset=0 if course else place * interval,
            driver=f"Driver {number}",
            year=1930 + index,
            class_=classes[index : index + 1],
            course_car=course,
        )
        place += not course
    return EntryList(entries)


@dataclass
class Road:
    """Writes an itinerary, a control a line."""

    controls: dict[str, Control] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    days: dict[int, dt.date] = field(default_factory=lambda: {1: DAY})

    def put(
        self,
        ident: str,
        kind: ControlKind,
        km: str,
        *,
        leg: int = 1,
        stage: str | None = None,
        target: str = "",
        average: int | None = None,
        first: str = "",
        early_allowed: bool = False,
        section: str = "1",
        **more: object,
    ) -> None:
        """A control; `more` are further fields of it."""
        self.days.setdefault(leg, DAY + dt.timedelta(days=leg - 1))
        self.controls[ident] = Control(
            id=ident,
            order=len(self.controls),
            leg=leg,
            section=section,
            kind=kind,
            name=ident,
            stage=stage,
            metres=int(Fraction(km) * 1000),
            target=span(target) if target else None,
            average=Fraction(average) if average is not None else None,
            first_car=at(first, self.days[leg]) if first else None,
            early_allowed=early_allowed,
            **more,  # type: ignore[arg-type]
        )

    def time(
        self, ident: str, kind: StageKind, start: str, finish: str, *between: str, target: str = ""
    ) -> None:
        self.stages[ident] = Stage(
            id=ident,
            order=len(self.stages),
            leg=self.controls[start].leg,
            kind=kind,
            name=ident,
            start=start,
            finish=finish,
            between=between,
            target=span(target) if target else None,
        )

    def special(
        self,
        ident: str,
        km: str,
        *,
        length: int = 10,
        leg: int = 1,
        split: bool = True,
        neutral: bool = False,
    ) -> None:
        """A special stage of `length` km with its start, one split in the middle, flying finish and stop.

        `neutral` puts a neutralised stretch from its km 6 to its km 8.
        """
        begin = Fraction(km)
        self.put(f"{ident}.START", ControlKind.SS_START, str(begin), stage=ident, leg=leg)
        if split:
            middle = str(begin + Fraction(length, 2))
            self.put(f"{ident}.S1", ControlKind.SPLIT, middle, stage=ident, leg=leg)
        ends = {"IN": (ControlKind.NEUTRAL_IN, 6), "OUT": (ControlKind.NEUTRAL_OUT, 8)} if neutral else {}
        for end, (kind, along) in ends.items():
            self.put(f"{ident}.{end}", kind, str(begin + along), stage=ident, leg=leg)
        self.put(f"{ident}.FF", ControlKind.FF, str(begin + length), stage=ident, leg=leg)
        self.put(f"{ident}.STOP", ControlKind.STOP, str(begin + length), stage=ident, leg=leg)
        splits = (f"{ident}.S1",) if split else ()
        self.time(ident, StageKind.SS, f"{ident}.START", f"{ident}.FF", *splits)
        if neutral:
            self.stages[ident] = replace(self.stages[ident], neutral=((f"{ident}.IN", f"{ident}.OUT"),))

    def event(
        self,
        preset: Preset,
        entries: EntryList,
        devices: Mapping[str, DeviceConfig] | None = None,
    ) -> Event:
        legs = {
            leg: Leg(
                number=leg,
                day=day,
                name=f"Leg {leg}",
                controls=tuple(c.id for c in self.controls.values() if c.leg == leg),
            )
            for leg, day in self.days.items()
        }
        touching: dict[str, tuple[str, ...]] = {}
        for stage in self.stages.values():
            for control in (*stage.lines, *(line for pair in stage.neutral for line in pair)):
                touching[control] = (*touching.get(control, ()), stage.id)
        return Event(
            id="test",
            name="Test",
            first_day=DAY,
            timezone="Europe/Berlin",
            time=TIME,
            preset=preset,
            devices=devices or {},
            entries=entries,
            itinerary=Itinerary(legs=legs, controls=self.controls, stages=self.stages, stages_at=touching),
        )


def stage_rally(
    entries: EntryList | None = None, devices: Sequence[DeviceConfig] = (), **changes: object
) -> Event:
    """TC0 10:00, then TC1 and SS1 (10 km), TC2 and SS2 (10 km), TC3; a second leg with SS3."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:40")
    road.put("TC1", ControlKind.ATC, "5", target="0:17:00")
    road.special("SS1", "5.1")
    road.put("TC2", ControlKind.ATC, "40", target="1:00:00")
    road.special("SS2", "40.1")
    road.put("PK1", ControlKind.PASSAGE, "60")
    road.put("TC3", ControlKind.TC, "80", target="1:00:00")
    road.put("TC4", ControlKind.ATC, "0", first="09:00", leg=2)
    road.special("SS3", "0.1", leg=2)
    road.put("TC5", ControlKind.TC, "30", target="0:40:00", leg=2)
    preset = replace(load_preset("FIA_STAGE"), start_interval=MINUTE, **changes)  # type: ignore[arg-type]
    return road.event(preset, entries or crews("1", "2", "3"), {device.id: device for device in devices})


def regularity(
    entries: EntryList | None = None, devices: Sequence[DeviceConfig] = (), **changes: object
) -> Event:
    """TC0 10:00, chained tests of 15, 21 and 12 s, a passage, TC1, an average trial over 6 km, TC2."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("L0", ControlKind.REG_TEST, "8")
    road.put("L1", ControlKind.REG_TEST, "8.15", stage="PC1", target="15.00")
    road.put("L2", ControlKind.REG_TEST, "8.36", stage="PC2", target="21.00")
    road.put("L3", ControlKind.REG_TEST, "8.48", stage="PC3", target="12.00")
    road.put("CT1", ControlKind.PASSAGE, "15")
    road.put("TC1", ControlKind.TC, "20", target="0:45:00")
    road.put("M0", ControlKind.AVG_TRIAL, "22", stage="PM1", average=48)
    road.put("M1", ControlKind.AVG_TRIAL, "28", stage="PM1")
    road.put("TC2", ControlKind.TC, "40", target="1:00:00")
    road.time("PC1", StageKind.REG_TEST, "L0", "L1", target="15.00")
    road.time("PC2", StageKind.REG_TEST, "L1", "L2", target="21.00")
    road.time("PC3", StageKind.REG_TEST, "L2", "L3", target="12.00")
    road.time("PM1", StageKind.AVG_TRIAL, "M0", "M1")
    preset = replace(load_preset("ACI_REGULARITY"), **changes)  # type: ignore[arg-type]
    return road.event(preset, entries or crews("1", "2", "3"), {device.id: device for device in devices})


def timer(ident: str, *assignments: Assignment) -> DeviceConfig:
    return DeviceConfig(id=ident, decoder="alge_timy", assignments=assignments)


@dataclass
class Pen:
    """Writes records with running journal places."""

    seq: int = 0

    def record(self, body: Body, received: Instant = 0) -> Record:
        self.seq += 1
        return Record(seq=self.seq, received_at=received, origin="test", key=body_key(body), body=body)

    def stamp(self, control: str, clock: str, car: str | None = None, **more: object) -> Record:
        """A stamp at a control: M where people check in or send off, else the line's sensor A."""
        kind = "M" if control.startswith("TC") or control.endswith("START") else "A"
        values: dict[str, object] = {
            "device": f"{kind}-{control}",
            "at": at(clock),
            "control": control,
            "source": Source(kind),
            "car": car,
            **more,
        }
        return self.record(Stamp(**values))  # type: ignore[arg-type]

    def to_first_stage(self, *cars: str) -> list[Record]:
        """The check-ins of the stage rally's first cars up to SS1, all in their due minutes."""
        records: list[Record] = []
        for place, car in enumerate(cars):
            records.append(self.stamp("TC0", f"09:{40 + place}:10", car))
            records.append(self.stamp("TC1", f"09:{57 + place}:10", car))
        return records

    def line(self, device: str, channel: str, clock: str, car: str | None = None, **more: object) -> Record:
        """A stamp as a timer sends it: device and channel, no control."""
        values: dict[str, object] = {
            "device": device,
            "channel": channel,
            "at": at(clock),
            "car": car,
            **more,
        }
        return self.record(Stamp(**values))  # type: ignore[arg-type]

    def rule(
        self, act: Act, ident: str = "", role: Role = Role.TIMEKEEPER, clock: str = "18:00", **more: object
    ) -> Record:
        values: dict[str, object] = {
            "id": ident or f"r{self.seq + 1}",
            "act": act,
            "author": "An Official",
            "role": role,
            "at": at(clock),
            **more,
        }
        return self.record(Decision(**values))  # type: ignore[arg-type]


def told(event: Event, records: Iterable[Record]) -> Rally:
    """A rally that has been told all these records."""
    rally = Rally(event)
    rally.add_many(records)
    return rally


def everything(rally: Rally) -> dict[str, object]:
    """All that a rally answers, as plain text: equal for two rallies that know the same."""
    event = rally.event
    stages, controls, cars = event.itinerary.stages, event.itinerary.controls, event.entries.by_number
    return {
        "stages": {s: [repr(r) for r in rally.stage_results(s).values()] for s in stages},
        "status": {s: (rally.stage_status(s), rally.stage_progress(s)) for s in stages},
        "lists": {s: [repr(r) for r in rally.classification(s).rows.values()] for s in rally.scopes()},
        "crews": {car: repr(rally.crew_state(car)) for car in cars},
        "controls": {c: repr(rally.control_state(c)) for c in controls},
        "unplaced": repr(rally.unplaced_stamps()),
        "proposals": repr(rally.proposals()),
        "why": {(s, car): repr(rally.explain(s, car)) for s in stages for car in cars},
    }


def ranks(rally: Rally, scope: str = "overall") -> dict[str, int | None]:
    return {car: row.rank for car, row in rally.classification(scope).rows.items()}


def statuses(rally: Rally) -> dict[str, StandingStatus]:
    return {car: row.status for car, row in rally.classification("overall").rows.items()}

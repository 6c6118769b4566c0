"""A rally driven and published: records with their chain, acts, and the fold over both."""

from collections.abc import Iterable
from dataclasses import replace

from tests.core.rallies import Pen, at, stage_rally
from timing.core.decisions import Act, Decision, Role
from timing.core.event import Event
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import (
    ListSheet,
    StageSheet,
    difference_digest,
    stage_difference,
)
from timing.core.publication import Need
from timing.core.publication_acts import AcceptAmendment, Certify, Finalise, Issue, RefuseAmendment
from timing.core.readings import SyncCheck
from timing.core.records import Record
from timing.core.roles import may
from timing.journal.record import encode_body, record_form, record_hash

CREWS = ("1", "2", "3")


def driven(pen: Pen, *stages: int) -> list[Record]:
    """The three crews over the stages named (1 and 2 on the first leg, 3 on the second), without a fault."""
    drive = pen.stamp
    records: list[Record] = []
    for place, car in enumerate(CREWS):
        if 1 in stages:
            records += [
                drive("TC0", f"09:4{place}:10", car),
                drive("TC1", f"09:5{7 + place}:30", car),
                drive("SS1.START", f"10:0{place}:00", car),
                drive("SS1.FF", f"10:0{place + 6}:1{place}.3{place}", car),
            ]
        if 2 in stages:
            records += [
                drive("TC2", f"11:0{place}:05", car),
                drive("SS2.START", f"11:0{place + 3}:00", car),
                drive("SS2.FF", f"11:{10 + place}:00.{place}", car),
                drive("PK1", f"11:3{place}:00", car),
                drive("TC3", f"12:0{place + 5}:00", car),
            ]
        if 3 in stages:
            records += [
                drive("TC4", f"33:0{place}:00", car),
                drive("SS3.START", f"33:0{place + 3}:00", car),
                drive("SS3.FF", f"33:1{place}:20.5", car),
                drive("TC5", f"33:4{place + 3}:00", car),
            ]
    return [*records, *(compared for stage in stages for compared in checked(pen, stage))]


def checked(pen: Pen, stage: int) -> list[Record]:
    """The clocks of a stage compared with the reference before and after: 1 ms ahead, and well."""
    return [
        pen.record(
            SyncCheck(device=f"{device}-SS{stage}.{line}", at=at(clock), offset=1_000, uncertainty=100)
        )
        for device, line in (("M", "START"), ("A", "FF"))
        for clock in ("08:00", "40:00")
    ]


def chained(records: Iterable[Record], after: bytes = bytes(32)) -> list[Record]:
    """Records with the hashes that a journal would give them."""
    made: list[Record] = []
    for record in records:
        form = record_form(
            seq=record.seq,
            received_at=record.received_at,
            origin=record.origin,
            key=record.key,
            body=encode_body(record.body),
            raw=record.raw,
        )
        after = record_hash(after, form)
        made.append(replace(record, hash=after))
    return made


class Book:
    """A journal in memory and the fold over it; `act` writes an act down and says what became of it."""

    def __init__(self, event: Event | None = None) -> None:
        self.pen = Pen()
        self.records: list[Record] = []
        self.fold = OfficialFold(event or stage_rally())

    def write(self, *records: Record) -> None:
        self.records += chained(records, self.records[-1].hash if self.records else bytes(32))
        self.fold.advance(self.records[len(self.records) - len(records) :])

    def drive(self, *stages: int) -> None:
        self.write(*driven(self.pen, *stages))

    def act(
        self, act: Act, clock: str = "18:00", role: Role | None = None, ident: str = "", **more: object
    ) -> str:
        """Write an act down; return why it has no effect, which the desk must have said before."""
        office = role or next(each for each in reversed(Role) if may(each, type(act)))
        record = self.pen.rule(act, ident, office, clock, **more)
        assert isinstance(record.body, Decision)
        said = self.fold.refusal(record.body)
        self.write(record)
        verdict = self.fold.publications.verdicts[record.body.id]
        assert verdict.refusal == said
        return said

    def decision(self, act: Act) -> Decision:
        """An act as it would be ruled, not written down."""
        return Decision(id="only asking", act=act, author="An Official", role=Role.STEWARD, at=0)

    def versions(self, scope: str) -> int:
        return len(self.fold.publications.list(scope).versions)

    def name_of_difference(self, stage: str) -> str:
        certified = self.fold.publications.published.certified.get(stage)
        rows = certified.rows if certified is not None else {}
        return difference_digest(stage_difference(rows, self.stage(stage).rows))

    @property
    def place(self) -> int:
        return self.fold.place

    def stage(self, stage: str) -> StageSheet:
        sheet = self.fold.sheet(Need(stage, None, self.place))
        assert isinstance(sheet, StageSheet)
        return sheet

    def list(self, scope: str) -> ListSheet:
        sheet = self.fold.sheet(Need(None, scope, self.place))
        assert isinstance(sheet, ListSheet)
        return sheet

    def certify(self, *stages: str, clock: str = "18:00") -> str:
        return "".join(
            self.act(Certify(stage, self.place, self.stage(stage).digest), clock) for stage in stages
        )

    def accept(self, stage: str, clock: str = "18:10") -> str:
        return self.act(AcceptAmendment(stage, self.place, self.stage(stage).digest), clock)

    def refuse(self, stage: str, clock: str = "18:10", text: str = "the beam was moved") -> str:
        return self.act(RefuseAmendment(stage, self.place, self.name_of_difference(stage)), clock, text=text)

    def issue(self, scope: str, version: int = 1, clock: str = "18:20") -> str:
        return self.act(Issue(scope, self.place, self.list(scope).digest, version), clock)

    def finalise(self, scope: str, version: int = 1, clock: str = "19:30") -> str:
        return self.act(Finalise(scope, version), clock)

    def times(self, stage: str, car: str = "2") -> tuple[int | None, int | None]:
        """A car's time as it stands, and as the records say now (µs)."""
        return self.fold.rally.stage_results(stage)[car].time, self.stage(stage).rows[car].time

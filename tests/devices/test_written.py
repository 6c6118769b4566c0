"""Files of readings and decisions written by hand: what a line may say, and what is refused by its number."""

import json
from decimal import Decimal

import pytest

from devices.written import read_written
from tests.core.rallies import crews, regularity, stage_rally
from timing.core.decisions import AllowTime, Decision, Interrupt, Penalise, Reason, Role
from timing.core.instant import SECOND, parse_instant
from timing.core.readings import Alert, AlertKind, Source, Stamp
from timing.core.records import Body, Record
from timing.journal.export import LineError

EVENT = regularity(crews("1", "2"))
AT = "2026-09-20T10:20:05.25+02:00"


def read(*lines: object) -> list[Record]:
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return list(read_written([text + b"\n" for text in texts], EVENT))


def body(line: object) -> Body:
    (record,) = read(line)
    return record.body


def ruling(**act: object) -> dict[str, object]:
    return {"decision": "d1", "role": "clerk", "by": "Rosa", "at": AT, "act": act}


def test_a_devices_message_is_decoded_as_the_broker_would_bring_it() -> None:
    message = {"at": AT, "channel": 1, "car": "2", "boot": 3, "n": 7}
    (record,) = read({"topic": "rally/r/stamp/gate", "message": message})
    assert record.body == Stamp(
        device="gate", at=parse_instant(AT), channel="1", car="2", boot=3, n=7, resolution=1
    )
    assert (record.key, record.origin) == ("S/gate/3/7", "mqtt:rally/r/stamp/gate")
    assert json.loads(record.raw) == message
    assert record.received_at == parse_instant(AT)


def test_an_alarm_is_a_message_too() -> None:
    said = body({"topic": "rally/r/alert/t1", "message": {"at": AT, "kind": "SOS", "car": 1}})
    assert isinstance(said, Alert)
    assert (said.kind, said.car) == (AlertKind.SOS, "1")


def test_a_marshals_entry_names_its_control_and_who_made_it() -> None:
    written = {"control": "TC0", "car": "1", "at": AT, "by": "Ada", "kind": "H", "note": "fog"}
    (record,) = read(written)
    assert isinstance(record.body, Stamp)
    assert (record.body.control, record.body.source, record.body.note) == ("TC0", Source.H, "fog")
    assert record.key == f"S/web-Ada/TC0/{parse_instant(AT)}/1"
    assert record.origin == "web:marshal/Ada"


def test_an_act_is_written_as_a_page_writes_it() -> None:
    said = body(ruling(type="AllowTime", stage="PC1", car="1", time="1:30", declared_at=AT))
    assert isinstance(said, Decision)
    assert said.act == AllowTime("PC1", "1", 90 * SECOND, parse_instant(AT))
    assert (said.role, said.author, said.at) == (Role.CLERK, "Rosa", parse_instant(AT))


def test_points_come_as_text_and_a_reason_by_its_code() -> None:
    act = {"type": "Penalise", "car": "1", "rule": "stopping", "points": "12.5", "stage": "PC1"}
    said = body({**ruling(**act), "reason": "CLERK_DECISION", "text": "seen by two marshals"})
    assert isinstance(said, Decision)
    assert said.act == Penalise("1", "stopping", points=Decimal("12.5"), stage="PC1")
    assert (said.reason, said.text) == (Reason.CLERK_DECISION, "seen by two marshals")


def test_an_interruption_lists_its_cars() -> None:
    stages = stage_rally(crews("1", "2"))
    line = ruling(type="Interrupt", stage="SS1", at=AT, caused_by=["2"])
    (record,) = read_written([json.dumps(line).encode()], stages)
    assert isinstance(record.body, Decision)
    assert record.body.act == Interrupt("SS1", parse_instant(AT), ("2",))


def test_empty_lines_and_remarks_are_for_the_reader_and_records_are_numbered() -> None:
    entry = {"control": "TC0", "car": "1", "at": AT, "by": "Ada"}
    records = read(
        b"", b"# the start", entry, b"  ", {**entry, "car": "2", "received": "2026-09-20T18:00:00Z"}
    )
    assert [record.seq for record in records] == [1, 2]
    assert records[1].received_at == parse_instant("2026-09-20T18:00:00Z")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[1]", "no JSON object"),
        (b"nonsense", "Expecting value"),
        ({"control": "TC9", "car": "1", "at": AT, "by": "Ada"}, "control 'TC9' is not in this event"),
        ({"control": "TC0", "car": "77", "at": AT, "by": "Ada"}, "car '77' is not in this event"),
        ({"control": "TC0", "car": "1", "at": AT}, "by is missing"),
        ({"control": "TC0", "car": "1", "at": "10:00", "by": "Ada"}, "is not an instant"),
        ({"control": "TC0", "car": "1", "at": AT, "by": "Ada", "kid": "M"}, "found kid, expected only"),
        ({"topic": "rally/r/fix/t1", "message": {"at": AT, "lat": 1, "lon": 2}}, "no trace"),
        ({"topic": "rally/r/stamp/t1", "message": {"at": AT, "car": []}}, "malformed"),
        ({"topic": "rally/r/stamp/t1", "message": {"channel": "1"}}, "at is missing"),
        (ruling(type="Penalise", car="1", rule="x", when=AT), "unknown fields when"),
        (ruling(type="Pardon", car="1"), "Pardon"),
        (ruling(type="CancelStage", stage="PC99"), "stage 'PC99' is not in this event"),
        ({**ruling(type="Retire", car="1"), "role": "cook"}, "cook"),
        ({**ruling(type="Retire", car="1"), "reason": "WHIM"}, "WHIM"),
    ],
)
def test_what_a_line_cannot_mean_is_named_with_its_number(line: object, said: str) -> None:
    with pytest.raises(LineError, match=r"^line 2: ") as refused:
        read(b"# a remark", line)
    assert said in str(refused.value)

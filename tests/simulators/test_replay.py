"""What an exported journal says was sent: the bytes of devices, once each, in order."""

import io

import pytest

from simulators.replay import Sent, sent_once
from timing.core.readings import Source, Stamp
from timing.core.records import Body, Record, body_key
from timing.journal.export import write_records


def record(seq: int, origin: str, body: Body, raw: bytes, at: int = 5) -> Record:
    return Record(seq=seq, received_at=at, origin=origin, key=body_key(body), body=body, raw=raw)


def stamp(n: int) -> Stamp:
    return Stamp(device="timy", at=n, channel="C1", source=Source.A)


def exported(*records: Record) -> list[str]:
    out = io.BytesIO()
    write_records(records, out)
    return out.getvalue().decode().splitlines()


def test_devices_are_heard_again_and_people_and_our_own_conclusions_are_not() -> None:
    lines = exported(
        record(1, "mqtt:rally/r/stamp/gate", stamp(1), b'{"n":1}', at=10),
        record(2, "web:marshal/Ann", stamp(2), b"{}", at=11),
        record(3, "tracks:trk-1", stamp(3), b"", at=12),
        record(4, "serial:ports/timy", stamp(4), b"\xff 0012\r", at=13),
    )
    assert list(sent_once(lines)) == [
        Sent(at=10, link="mqtt", where="rally/r/stamp/gate", data=b'{"n":1}'),
        Sent(at=13, link="serial", where="ports/timy", data=b"\xff 0012\r"),
    ]


def test_a_piece_of_a_wire_with_two_lines_in_it_is_sent_once() -> None:
    lines = exported(
        record(1, "serial:ports/timy", stamp(1), b"a\rb\r"),
        record(2, "serial:ports/timy", stamp(2), b"a\rb\r"),
    )
    assert len(list(sent_once(lines))) == 1


def test_a_line_that_is_no_record_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(sent_once([*exported(record(1, "mqtt:t", stamp(1), b"x")), '{"origin": 3}']))

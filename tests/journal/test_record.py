"""The written form of records: exact round trips, and a chain that can be proved without this program."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.core.decisions import Act, Decision, MarkSpurious, Penalise, Role
from timing.core.instant import Instant
from timing.core.readings import Alert, AlertKind, Crossing, Fix, Heartbeat, Stamp
from timing.core.records import Body, Record, body_key
from timing.journal.record import (
    NO_HASH,
    Draft,
    UnreadableError,
    UnrecordableError,
    decode_act,
    decode_body,
    encode_body,
    export_line,
    from_storable,
    record_form,
    record_hash,
    storable,
)

_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(1 << 63), (1 << 63) - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    str: st.text(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type of the core: a field added there is tried here without a further word."""
    if kind in _VALUES:
        return _VALUES[kind]
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([values(part) for part in get_args(kind)])
    if get_origin(kind) is tuple and Ellipsis not in get_args(kind):
        return st.tuples(*map(values, get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=4).map(tuple)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(
            kind, **{field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}
        )
    return st.from_type(kind)


@given(values(Body))
def test_every_body_comes_back_exactly(body: Body) -> None:
    written = encode_body(body)
    back = decode_body(written)
    assert back == body
    assert type(back) is type(body)
    assert encode_body(back) == written
    assert body_key(back) == body_key(body)


@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_can_be_written(act: type[Act]) -> None:
    @given(values(act))
    def round_trip(value: Act) -> None:
        decision = Decision(id="1", act=value, author="a", role=Role.CLERK, at=1)
        assert decode_body(encode_body(decision)) == decision

    round_trip()


def test_a_decimal_keeps_its_zeros() -> None:
    decision = Decision(
        id="1", act=Penalise(car="7", rule="8.20", points=Decimal("1.10")), author="a", role=Role.CLERK, at=1
    )
    back = decode_body(encode_body(decision))
    assert isinstance(back, Decision)
    assert isinstance(back.act, Penalise)
    assert str(back.act.points) == "1.10"


def test_the_written_form_is_fixed() -> None:
    """The hash of every journal in the field stands on these bytes: they must never change."""
    body = Heartbeat(device="t1", at=5, battery=88, link="lte")
    expected = (
        b'{"body":{"at":5,"battery":88,"boot":null,"device":"t1","link":"lte","n":null,"online":true,'
        b'"spool":null},"kind":"heartbeat","v":1}'
    )
    assert encode_body(body) == expected
    form = record_form(seq=1, received_at=6, origin="mqtt:a", key="H/t1/5", body=expected, raw=b"\xff")
    assert form == (
        b'{"seq":1,"received_at":6,"origin":"mqtt:a","key":"H/t1/5","body":%b,"raw_base64":"/w=="}' % expected
    )
    digest = record_hash(NO_HASH, form)
    assert digest.hex() == "72922d9643a8fd2dc7e3cd259f1df98713611ecff1d37d55579f43ac5e222b7d"


def test_what_a_gateway_says_of_itself_comes_back_and_is_written_only_where_it_says_something() -> None:
    for body in (Heartbeat(device="g", at=5, lines=0), Heartbeat(device="g", at=5, lines=None)):
        assert decode_body(encode_body(body)) == body
        assert (b'"lines"' in encode_body(body)) == (body.lines is not None)


def test_a_chain_is_proved_with_the_exported_lines_alone(draft: Callable[..., Draft]) -> None:
    previous = NO_HASH
    lines = []
    for seq in range(1, 6):
        record = _chained(draft(seq, raw=bytes([seq, 200])), seq, previous)
        previous = record.hash
        lines.append(export_line(record).decode())
    last = "0" * 64
    for line in lines:
        told = json.loads(line)["hash"]
        without = line.replace(f',"hash":"{told}"', "")
        last = hashlib.sha256((last + without).encode()).hexdigest()
        assert last == told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"", "not a record's body"),
        (b"[]", "not a record's body"),
        (b'{"body":{},"kind":"rumour","v":1}', "not a record's body"),
        (b'{"body":{},"kind":"stamp","v":2}', "found body version 2, expected 1"),
        (b'{"body":{"device":"g"},"kind":"stamp","v":1}', "missing required field `at`"),
        (b'{"body":{"device":"g","at":"5"},"kind":"stamp","v":1}', "Expected `int`, got `str`"),
        (b'{"body":{"device":"g","at":1.5},"kind":"stamp","v":1}', "Expected `int`, got `float`"),
        (b'{"body":{"device":"g","at":5,"lap":2},"kind":"stamp","v":1}', "unknown fields lap"),
        (b'{"body":{"id":"1"},"kind":"decision","v":1}', "missing 4 required"),
        (b'{"body":{"id":"1","act":{"type":"Bribe"}},"kind":"decision","v":1}', "found act type 'Bribe'"),
        (b'{"body":{"id":"1","act":3},"kind":"decision","v":1}', "not an object"),
        (b'{"body":7,"kind":"heartbeat","v":1}', "not an object"),
    ],
)
def test_bytes_that_are_no_body_are_refused_with_the_reason(written: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        decode_body(written)


def test_an_act_is_read_from_what_a_page_sends() -> None:
    assert decode_act({"type": "MarkSpurious", "stamp": "S/g/1/2"}) == MarkSpurious("S/g/1/2")
    with pytest.raises(UnreadableError, match="unknown fields car"):
        decode_act({"type": "MarkSpurious", "stamp": "S/g/1/2", "car": "7"})
    with pytest.raises(UnreadableError, match="missing required"):
        decode_act({"type": "MarkSpurious"})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_has_no_written_form(number: float) -> None:
    good = Fix(device="t", at=1, lat=1.0, lon=2.0)
    bad = dataclasses.replace(good, speed=number)
    crossing = Crossing(before=good, after=bad, before_m=-1.0, after_m=1.0)
    bodies: list[Body] = [
        Alert(device="t", at=1, kind=AlertKind.SOS, lat=number),
        Stamp(device="t", at=1, control="TC1", crossing=crossing),
        Stamp(
            device="t",
            at=1,
            control="TC1",
            crossing=dataclasses.replace(crossing, after=good, after_m=number),
        ),
    ]
    for body in bodies:
        with pytest.raises(UnrecordableError, match="not finite"):
            encode_body(body)


@pytest.mark.parametrize("at", [1 << 63, -(1 << 63) - 1, 10**4000])
def test_an_instant_past_64_bits_has_no_written_form(at: Instant) -> None:
    with pytest.raises(UnrecordableError, match="64 bits"):
        encode_body(Heartbeat(device="t", at=at))


def test_half_a_surrogate_pair_survives() -> None:
    body = Stamp(device="g", at=1, note="half \ud83d é")
    assert decode_body(encode_body(body)) == body


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_storable_form(text: str) -> None:
    stored = storable(text)
    assert from_storable(stored) == text
    assert b"\x00" not in stored.encode("utf-8")


def _chained(draft: Draft, seq: int, previous: bytes) -> Record:
    body, key = encode_body(draft.body), body_key(draft.body)
    form = record_form(
        seq=seq, received_at=draft.received_at, origin=draft.origin, key=key, body=body, raw=draft.raw
    )
    return Record(
        seq=seq,
        received_at=draft.received_at,
        origin=draft.origin,
        key=key,
        body=draft.body,
        raw=draft.raw,
        hash=record_hash(previous, form),
    )

"""A rally written by hand: what devices sent, what marshals entered and what officials ruled, a line each.

The form in which a person writes an example or takes down a paper log: one JSON object a line, in the words
that devices and pages use themselves. Lines that are empty or begin with `#` are for the reader alone.

``{"topic": "rally/RALLY/stamp/DEVICE", "message": {…}}``
    A message of a device, exactly as it sends it (see `devices.decoders.native`).
``{"control": "TC1", "car": "7", "at": "…", "by": "Ada"}``
    A marshal's entry; ``kind`` is M (written down, the default) or H (the hand button), ``note`` a remark.
``{"decision": "d1", "role": "clerk", "by": "…", "at": "…", "act": {"type": "Penalise", …}}``
    An official's act, with ``reason``, ``text`` and ``supersedes`` where they are needed.

Instants are RFC 3339 with a zone, durations in acts texts such as 4:32.1. The key by which an act names a
stamp is `S/DEVICE/BOOT/N`, of a marshal's entry `S/web-BY/CONTROL/µs since the epoch/CAR`. A line arrives at
its own instant, unless ``received`` says when.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from devices.decoding import Decoding
from devices.link import Incoming
from timing.core.decisions import DURATION_FIELDS, INSTANT_FIELDS, Decision, Reason, Role
from timing.core.event import Event
from timing.core.instant import Instant, parse_duration, parse_instant
from timing.core.readings import Fix, Reading, Rejected, Source, Stamp
from timing.core.records import Body, Record, body_key
from timing.journal.export import LineError
from timing.journal.record import decode_act

_MESSAGE = frozenset({"topic", "message", "received"})
_ENTRY = frozenset({"control", "car", "at", "by", "kind", "note", "received"})
_RULING = frozenset({"decision", "role", "by", "at", "act", "reason", "text", "supersedes", "received"})


def read_written(lines: Iterable[bytes], event: Event) -> Iterator[Record]:
    """Yield the records of a file written by hand, numbered from 1 in the order of its lines.

    Raises:
        LineError: a line is none of the three kinds, or names what the event does not have.
    """
    decoding = Decoding(event)
    seq = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith(b"#"):
            continue
        try:
            values = json.loads(text)
            if not isinstance(values, dict):
                raise ValueError("no JSON object")
            records = list(_records(values, decoding, event))
        except (ValueError, KeyError, TypeError) as error:
            raise LineError(f"line {number}: {_said(error)}") from error
        for received_at, origin, body, raw in records:
            seq += 1
            yield Record(
                seq=seq, received_at=received_at, origin=origin, key=body_key(body), body=body, raw=raw
            )


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _records(
    values: dict[str, Any], decoding: Decoding, event: Event
) -> Iterator[tuple[Instant, str, Body, bytes]]:
    if "topic" in values:
        _only(values, _MESSAGE)
        topic = str(values["topic"])
        raw = json.dumps(values["message"], ensure_ascii=False).encode()
        for reading in _decoded(decoding, topic, raw, values):
            if isinstance(reading, Fix):
                raise ValueError("a position; a file written by hand holds no trace")
            yield _received(values, reading.at), f"mqtt:{topic}", reading, raw
    elif "decision" in values:
        _only(values, _RULING)
        ruling = _ruling(values, event)
        yield _received(values, ruling.at), f"web:{ruling.role}/{ruling.author}", ruling, b""
    else:
        _only(values, _ENTRY)
        entry = _entry(values, event)
        yield _received(values, entry.at), f"web:marshal/{values['by']}", entry, b""


def _only(values: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = values.keys() - known
    if unknown:
        raise ValueError(f"found {', '.join(sorted(unknown))}, expected only {', '.join(sorted(known))}")


def _received(values: Mapping[str, Any], otherwise: Instant) -> Instant:
    return parse_instant(values["received"]) if "received" in values else otherwise


def _decoded(decoding: Decoding, topic: str, raw: bytes, values: Mapping[str, Any]) -> Iterator[Reading]:
    """Decode a message as if it came from the broker at its own instant."""
    said = values["message"]["at"]
    at = parse_instant(said) if isinstance(said, str) else int(said)
    for item in decoding.decode(
        Incoming(
            origin=f"mqtt:{topic}",
            device=topic.rpartition("/")[2],
            decoder="native",
            payload=raw,
            received_at=_received(values, at),
            topic=topic,
        )
    ):
        if isinstance(item, Rejected):
            raise ValueError(f"{item.reason}: {item.detail}")
        yield item


def _entry(values: Mapping[str, Any], event: Event) -> Stamp:
    control, car = str(values["control"]), values.get("car")
    _known("control", control, event.itinerary.controls)
    if car is not None:
        _known("car", str(car), event.entries.by_number)
    return Stamp(
        device=f"web-{values['by']}",
        at=parse_instant(values["at"]),
        control=control,
        source=Source(values.get("kind", "M")),
        car=None if car is None else str(car),
        resolution=1_000,
        note=str(values.get("note", "")),
    )


def _ruling(values: Mapping[str, Any], event: Event) -> Decision:
    fields = dict(values["act"])
    for name, known in (
        ("car", event.entries.by_number),
        ("control", event.itinerary.controls),
        ("stage", event.itinerary.stages),
    ):
        if fields.get(name) is not None:
            _known(name, str(fields[name]), known)
    for name in INSTANT_FIELDS & fields.keys():
        fields[name] = parse_instant(fields[name])
    for name in DURATION_FIELDS & fields.keys():
        if isinstance(fields[name], str):
            fields[name] = parse_duration(fields[name])
    return Decision(
        id=str(values["decision"]),
        act=decode_act(fields),
        author=str(values["by"]),
        role=Role(values["role"]),
        at=parse_instant(values["at"]),
        reason=msgspec.convert(values.get("reason"), Reason | None),
        text=str(values.get("text", "")),
        supersedes=values.get("supersedes"),
    )


def _known(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise ValueError(f"{what} {name!r} is not in this event")

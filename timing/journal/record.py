"""The written form of a record: versioned canonical JSON, and the hash chain over it.

One record is one line::

    {"seq":1,"received_at":…,"origin":"…","key":"…","body":{"body":{…},"kind":"stamp","v":1},"raw":"…"}

Its hash is the SHA-256 of the previous record's hash (64 hex digits; zeros before the first) followed
by that line. An exported line ends with `,"hash":"…"}` instead of `}`, so that anybody can prove a
chain with a text editor and `sha256sum`, without this program.
"""

import base64
import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from timing.core.decisions import Act, Decision
from timing.core.instant import Instant
from timing.core.readings import Alert, Heartbeat, Remark, Stamp, SyncCheck
from timing.core.records import Body, Record

BODY_VERSION = 1
#: What stands before the first record of a chain.
NO_HASH = bytes(32)

_KINDS: dict[str, type[Body]] = {
    "stamp": Stamp,
    "heartbeat": Heartbeat,
    "sync_check": SyncCheck,
    "alert": Alert,
    "remark": Remark,
    "decision": Decision,
}
_NAMES: dict[type[Body], str] = {kind: name for name, kind in _KINDS.items()}
_ACTS: dict[str, type[Act]] = {act.__name__: act for act in get_args(Act)}
_FIELDS: dict[type, frozenset[str]] = {
    kind: frozenset(field.name for field in dataclasses.fields(kind))
    for kind in (*_KINDS.values(), *_ACTS.values())
}
_DECISION_TYPES = get_type_hints(Decision)

_encode = msgspec.json.Encoder(order="sorted", decimal_format="string").encode
#: Text columns hold neither NUL (PostgreSQL) nor half surrogate pairs (UTF-8); a backslash escapes them.
_UNSTORABLE = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")

#: The fields of a heartbeat in the first journals.
_FIRST_HEARTBEAT = ("device", "at", "battery", "link", "spool", "online", "boot", "n")

_INT64 = 1 << 63

_T = TypeVar("_T")


class UnrecordableError(ValueError):
    """Something that has no written form: a number that is none, an instant past 64 bits, an endless name.

    It is raised before anything is queued: only this batch is refused, the journal goes on.
    """


class UnreadableError(ValueError):
    """Stored bytes that are no body this version knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What goes into the journal: a record that has no number yet.

    `received_at` is the instant (µs UTC) at which it reached us; `origin` is `mqtt:TOPIC`,
    `serial:PORT`, `web:ROLE/NAME` or `tracks:DEVICE`; `raw` the bytes as received. `key` is the one that it
    has in another journal, which decisions name; where there is none, it follows from the content.
    """

    received_at: Instant
    origin: str
    body: Body
    raw: bytes = b""
    key: str = ""


def body_kind(body: Body) -> str:
    """Return the name of a body's kind as it is written, such as `stamp`."""
    return _NAMES[type(body)]


def encode_body(body: Body) -> bytes:
    """Write a body as canonical JSON: UTF-8, sorted names, no spaces, every field present.

    Decimals are written as text, so that 1.10 comes back as 1.10.

    Raises:
        UnrecordableError: its instant is past 64 bits, or a float in it is not finite.
    """
    _refuse_no_numbers(body)
    shown: object = _tagged(body) if isinstance(body, Decision) else body
    if isinstance(body, Heartbeat) and (body.lines, body.happened) == (None, ()):
        # Fields that came later are written only where they say something: the hash of a record that has
        # long been written stands on the bytes without them, and an import writes it again.
        shown = {name: getattr(body, name) for name in _FIRST_HEARTBEAT}
    envelope = {"body": shown, "kind": body_kind(body), "v": BODY_VERSION}
    try:
        return _encode(envelope)
    except UnicodeEncodeError:
        plain = json.dumps(
            msgspec.to_builtins(envelope), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        # Half a surrogate pair (JSON can carry one) has no UTF-8; its backslash form is JSON's own escape.
        return plain.encode("utf-8", "backslashreplace")
    except (OverflowError, ValueError) as error:
        raise UnrecordableError(f"{body_kind(body)} with a number that cannot be written") from error


def decode_body(data: bytes | str) -> Body:
    """Read what `encode_body` wrote; the result equals the body that was written.

    Raises:
        UnreadableError: no such JSON, an unknown kind, field or version, or a field of a wrong type.
    """
    try:
        envelope = json.loads(data)
        version, kind, fields = envelope["v"], _KINDS[envelope["kind"]], envelope["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"not a record's body: {error!r}") from error
    if version != BODY_VERSION:
        raise UnreadableError(f"found body version {version}, expected {BODY_VERSION}")
    if not isinstance(fields, dict):
        raise UnreadableError(f"{kind.__name__}: not an object")
    return _decision(fields) if kind is Decision else _build(kind, fields)


def decode_act(fields: object) -> Act:
    """Read an act from plain JSON values such as `{"type": "MarkSpurious", "stamp": "S/…"}`.

    Raises:
        UnreadableError: an unknown type or field, a field missing or of a wrong type.
    """
    if not isinstance(fields, Mapping):
        raise UnreadableError("act: not an object")
    values = dict(fields)
    name = values.pop("type", None)
    act = _ACTS.get(name) if isinstance(name, str) else None
    if act is None:
        raise UnreadableError(f"found act type {name!r}, expected one of {', '.join(_ACTS)}")
    return _build(act, values)


def record_form(*, seq: int, received_at: Instant, origin: str, key: str, body: bytes, raw: bytes) -> bytes:
    """Return the line of a record without its hash; `body` is its canonical JSON."""
    return b'{"seq":%d,"received_at":%d,"origin":%b,"key":%b,"body":%b,%b}' % (
        seq,
        received_at,
        _encode(storable(origin)),
        _encode(storable(key)),
        body,
        _raw_form(raw),
    )


def record_hash(previous: bytes, form: bytes) -> bytes:
    """Return the SHA-256 that chains the line `form` (see `record_form`) to the record before it."""
    return hashlib.sha256(previous.hex().encode("ascii") + form).digest()


def export_line(record: Record) -> bytes:
    """Return the line of a record with its hash, without a line end."""
    form = record_form(
        seq=record.seq,
        received_at=record.received_at,
        origin=record.origin,
        key=record.key,
        body=encode_body(record.body),
        raw=record.raw,
    )
    return b'%b,"hash":"%b"}' % (form[:-1], record.hash.hex().encode("ascii"))


def parse_raw(fields: Mapping[str, Any]) -> bytes:
    """Return the raw bytes of an exported line's values (`raw` text or `raw_base64`)."""
    if "raw_base64" in fields:
        return base64.b64decode(fields["raw_base64"], validate=True)
    return str(fields["raw"]).encode("utf-8")


def storable(text: str) -> str:
    r"""Return `text` in a form that every store and UTF-8 can hold; a backslash becomes \u005c."""
    if _UNSTORABLE.search(text) is None:
        return text
    return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def from_storable(text: str) -> str:
    """Undo `storable`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "\\" in text else text


def _raw_form(raw: bytes) -> bytes:
    """Raw bytes as readable text where they are text, else as base64."""
    try:
        return b'"raw":' + _encode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return b'"raw_base64":"' + base64.b64encode(raw) + b'"'


def _tagged(decision: Decision) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(decision)
    fields["act"] = {"type": type(decision.act).__name__, **fields["act"]}
    return fields


def _decision(fields: dict[str, Any]) -> Decision:
    _refuse_unknown(Decision, fields)
    try:
        values: dict[str, Any] = {
            name: decode_act(value) if name == "act" else msgspec.convert(value, _DECISION_TYPES[name])
            for name, value in fields.items()
        }
        return Decision(**values)
    except (msgspec.ValidationError, TypeError) as error:
        raise UnreadableError(f"Decision: {error}") from error


def _build(kind: type[_T], fields: dict[str, Any]) -> _T:
    _refuse_unknown(kind, fields)
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{kind.__name__}: {error}") from error


def _refuse_unknown(kind: type, fields: dict[str, Any]) -> None:
    # A field of a later version must not be lost without a word: it may decide a result.
    unknown = fields.keys() - _FIELDS[kind]
    if unknown:
        raise UnreadableError(f"{kind.__name__}: unknown fields {', '.join(sorted(unknown))}")


def _refuse_no_numbers(body: Body) -> None:
    """JSON has no NaN: written as null it would come back as something else."""
    if not -_INT64 <= body.at < _INT64:
        raise UnrecordableError(f"{body_kind(body)} with an instant past 64 bits")
    numbers: list[float | None] = []
    match body:
        case Alert():
            numbers += (body.lat, body.lon)
        case Stamp(crossing=crossing) if crossing is not None:
            numbers += (crossing.before_m, crossing.after_m)
            for fix in (crossing.before, crossing.after):
                numbers += (fix.lat, fix.lon, fix.speed, fix.course, fix.accuracy, fix.altitude)
        case _:
            return
    if not all(number is None or math.isfinite(number) for number in numbers):
        raise UnrecordableError(f"{body_kind(body)} of {body.device} with a number that is not finite")

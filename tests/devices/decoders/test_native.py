import json
from typing import Any

import pytest

from devices.catalogue import DECODERS
from devices.decoders import Decoded, DecoderContext
from devices.decoders.native import NativeDecoder, identities
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import (
    Alert,
    AlertKind,
    Fix,
    Heartbeat,
    Rejected,
    Stamp,
    StampMark,
    SyncCheck,
    reading_key,
)

ARRIVAL = parse_instant("2024-04-22T16:03:08Z")
AT = parse_instant("2024-04-22T16:03:07.250Z")
FIX: dict[str, Any] = {
    "at": "2024-04-22T16:03:07.250Z",
    "lat": 33.7,
    "lon": -116.4,
    "speed": 20.1,
    "course": 181,
    "acc": 3.5,
    "alt": 90,
    "batt": 88,
    "boot": 2,
    "n": 412,
}
STAMP: dict[str, Any] = {
    "at": "2024-04-22T16:03:07.250123Z",
    "channel": "1",
    "boot": 2,
    "n": 57,
    "car": "17",
    "resolution": 0.001,
    "cancelled": False,
}


def decode(kind: str, payload: object, *, retained: bool = False, wired: str = "") -> Decoded:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    context = DecoderContext(device="gate-1", topic=f"rally/mille/{kind}/gate-1", retained=retained)
    offset = DecoderContext(device="gate-1", clock_offset=-7 * HOUR)
    return NativeDecoder(context, DECODERS[wired].make(offset) if wired else None).feed(data, ARRIVAL)


def stamp(payload: object) -> Stamp:
    [item] = decode("stamp", payload)
    assert isinstance(item, Stamp)
    return item


def rejection(kind: str, payload: object) -> Rejected:
    [item] = decode(kind, payload)
    assert isinstance(item, Rejected)
    return item


def test_a_fix_is_taken_as_it_is() -> None:
    assert decode("fix", FIX) == [
        Fix(
            device="gate-1",
            at=AT,
            lat=33.7,
            lon=-116.4,
            speed=20.1,
            course=181,
            accuracy=3.5,
            altitude=90,
            battery=88,
            boot=2,
            n=412,
        )
    ]


def test_an_array_of_fixes_loses_only_the_bad_one() -> None:
    first, bad, last = decode("fix", [FIX, FIX | {"lat": 133.7}, FIX | {"n": 414}])
    assert isinstance(first, Fix)
    assert isinstance(bad, Rejected)
    assert json.loads(bad.raw)["lat"] == 133.7
    assert isinstance(last, Fix)
    assert last.n == 414


def test_an_array_that_ends_too_soon_is_refused_whole() -> None:
    assert rejection("fix", json.dumps([FIX, FIX]).encode()[:-9]).reason == "malformed"


def test_what_the_broker_kept_says_that_it_is_old() -> None:
    [item] = decode("fix", FIX, retained=True)
    assert isinstance(item, Fix)
    assert item.retained


def test_a_stamp_keeps_every_microsecond_and_states_its_resolution() -> None:
    read = stamp(STAMP)
    assert read.at == parse_instant("2024-04-22T16:03:07.250123Z")
    assert (read.channel, read.car, read.resolution, read.boot, read.n) == ("1", "17", 1_000, 2, 57)


@pytest.mark.parametrize("resolution", [0.0001, "0.0001"])
def test_a_resolution_never_passes_through_a_float(resolution: float | str) -> None:
    assert stamp(STAMP | {"resolution": resolution}).resolution == 100


def test_a_time_may_be_an_integer_of_microseconds_and_must_have_a_zone_as_text() -> None:
    assert stamp(STAMP | {"at": AT}).at == AT
    assert stamp(STAMP | {"at": "2024-04-22T09:03:07.25-07:00"}).at == AT
    assert rejection("stamp", STAMP | {"at": "2024-04-22T16:03:07"}).reason == "malformed"
    assert rejection("stamp", STAMP | {"at": 1713801787.25}).reason == "malformed"


@pytest.mark.parametrize(
    ("sent", "car"), [("0", "0"), ("00", "00"), ("012", "012"), (12, "12"), ("", None), (None, None)]
)
def test_a_car_number_keeps_the_text_that_was_sent(sent: object, car: str | None) -> None:
    assert stamp(STAMP | {"car": sent}).car == car


def test_a_counter_that_starts_anew_gives_another_stamp_and_a_repetition_does_not() -> None:
    assert reading_key(stamp(STAMP)) == reading_key(stamp(STAMP))
    assert reading_key(stamp(STAMP)) != reading_key(stamp(STAMP | {"boot": 3}))


def test_a_clock_that_was_never_set_is_said_to_be_so() -> None:
    assert stamp(STAMP | {"synced": False}).marks == (StampMark.UNSYNCED,)


def test_a_withdrawal_has_an_identity_of_its_own() -> None:
    withdrawn = stamp(STAMP | {"cancelled": True})
    assert withdrawn.cancelled
    assert reading_key(withdrawn) != reading_key(stamp(STAMP))


def test_an_alert_tells_kind_car_and_place() -> None:
    assert decode(
        "alert", {"at": AT, "kind": "SOS", "car": 17, "lat": 33.7, "lon": -116.4, "text": "fire"}
    ) == [Alert(device="gate-1", at=AT, kind=AlertKind.SOS, car="17", lat=33.7, lon=-116.4, text="fire")]


def test_a_heartbeat_tells_battery_and_spool() -> None:
    assert decode("heartbeat", {"at": AT, "batt": 77.5, "link": "lte", "spool": 3}) == [
        Heartbeat(device="gate-1", at=AT, battery=77, link="lte", spool=3)
    ]


def test_a_sync_check_is_the_devices_clock_minus_the_reference() -> None:
    expected = SyncCheck(device="gate-1", at=AT, offset=4_200_000, uncertainty=500, method="ntp")
    by_offset = {"at": AT, "offset": "4.2", "uncertainty": 0.0005, "method": "ntp"}
    by_reference = {"at": AT, "reference": AT - 4_200_000, "uncertainty": 0.0005, "method": "ntp"}
    assert decode("sync", by_offset) == decode("sync", by_reference) == [expected]


def test_a_receiver_that_calls_1980_valid_sets_no_clock() -> None:
    refused = rejection("sync", {"at": AT, "reference": "1980-01-09T10:38:35Z"})
    assert "never set" in refused.detail
    assert rejection("sync", {"at": AT}).reason == "malformed"


def test_a_gateways_line_goes_to_the_decoder_of_the_device_as_at_its_reading() -> None:
    line = b" 0012 C1  09:03:07.2731 00\r"
    message = {"boot": 2, "n": 58, "read_at": "2024-04-22T16:03:08Z", "mono": 812345678, "hex": line.hex()}
    [item] = decode("raw", message, wired="alge_timy")
    assert isinstance(item, Stamp)
    assert item.at == parse_instant("2024-04-22T16:03:07.2731Z")
    assert (item.device, item.boot, item.n) == ("gate-1", None, None)
    late = message | {"read_at": "2024-04-21T16:03:08Z", "hex": line[:-1].hex()}
    [yesterday] = decode("raw", late, wired="alge_timy")
    assert isinstance(yesterday, Stamp)
    assert item.at - yesterday.at == 24 * HOUR


def test_a_gateways_line_for_an_unknown_wire_is_kept() -> None:
    assert rejection("raw", {"hex": "00"}).reason == "no_decoder"


@pytest.mark.parametrize("hex_", ["0", "zz", 17])
def test_a_line_that_is_no_hex_is_refused(hex_: object) -> None:
    [item] = decode("raw", {"hex": hex_}, wired="alge_timy")
    assert isinstance(item, Rejected)
    assert item.reason == "malformed"


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("stamp", b'{"at":1713801787250000,"channel":"\xff"}', "encoding"),
        ("stamp", STAMP | {"n": -1}, "malformed"),
        ("stamp", STAMP | {"car": "x" * 65}, "malformed"),
        ("stamp", STAMP | {"car": "1\n2"}, "malformed"),
        ("stamp", STAMP | {"at": 10**40}, "malformed"),
        ("alert", {"at": AT, "kind": "BORED"}, "malformed"),
        ("live", STAMP, "unknown_topic"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(kind: str, payload: object, reason: str) -> None:
    refused = rejection(kind, payload)
    assert (refused.reason, refused.device) == (reason, "gate-1")
    assert refused.raw


def test_a_receipt_names_what_the_message_names() -> None:
    assert identities(json.dumps(STAMP).encode()) == [(2, 57)]
    assert identities(json.dumps([FIX, FIX | {"n": 413}]).encode()) == [(2, 412), (2, 413)]
    assert identities(b'{"boot":2}') == identities(b"\xff") == identities(b"[" * 100_000) == []

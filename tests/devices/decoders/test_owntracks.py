import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.owntracks import OTHER_TYPES, OwntracksDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Heartbeat, Rejected

ARRIVAL = parse_instant("2017-06-13T10:22:00Z")


def decode(payload: bytes, *, retained: bool = False) -> Decoded:
    context = DecoderContext(device="phone", topic="owntracks/crew/phone", retained=retained)
    return OwntracksDecoder(context).feed(payload, ARRIVAL)


def fix(payload: bytes, *, retained: bool = False) -> Fix:
    [item] = decode(payload, retained=retained)
    assert isinstance(item, Fix)
    return item


def test_a_location_becomes_a_fix_in_our_units() -> None:
    read = fix(
        b'{"cog":271,"lon":2.29513,"acc":5,"vel":61,"vac":21,"lat":48.85833,"tst":1497349316,"alt":167,'
        b'"_type":"location","tid":"JJ","t":"u","batt":67}'
    )
    assert read.at == parse_instant("2017-06-13T10:21:56Z")
    assert (read.lat, read.lon, read.course, read.accuracy, read.altitude) == (48.85833, 2.29513, 271, 5, 167)
    assert read.speed == pytest.approx(61 / 3.6)
    assert read.battery == 67


def test_minus_one_is_unknown_and_not_a_stopped_car() -> None:
    read = fix(
        b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316,"vel":-1,"cog":-1,"acc":-1,"batt":-1}'
    )
    assert (read.speed, read.course, read.accuracy, read.battery) == (None, None, None, None)


def test_zero_speed_is_zero_speed() -> None:
    assert fix(b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316,"vel":0}').speed == 0


def test_a_time_sent_as_text_is_a_time() -> None:
    assert fix(b'{"_type":"location","lat":48.8,"lon":2.2,"tst":"1497349316"}').at == 1_497_349_316_000_000


def test_line_breaks_and_tabs_inside_the_message_change_nothing() -> None:
    pretty = b'{\n\t"_type": "location",\n\t"lat": 48.8, "lon": 2.2,\r\n\t"tst": 1497349316\n}\n'
    assert fix(pretty).lat == 48.8


def test_what_the_broker_kept_says_that_it_is_old() -> None:
    assert fix(b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316}', retained=True).retained


def test_the_brokers_last_will_says_that_the_phone_is_gone() -> None:
    assert decode(b'{"tst":"1440363922","_type":"lwt"}') == [
        Heartbeat(device="phone", at=ARRIVAL, link="mqtt", online=False)
    ]


@pytest.mark.parametrize("kind", sorted(OTHER_TYPES))
def test_other_types_of_message_are_known_and_nothing_for_us(kind: str) -> None:
    assert decode(f'{{"_type":"{kind}","tst":1}}'.encode()) == []


def test_an_empty_body_says_nothing() -> None:
    assert decode(b"") == []


def test_an_unknown_type_is_counted() -> None:
    [item] = decode(b'{"_type":"hologram","tst":1497349316}')
    assert isinstance(item, Rejected)
    assert item.reason == "unknown_type"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"_type":"card","name":"Bj\xf6rn"}', "encoding"),
        (b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316,"tid":"\xff"}', "encoding"),
        (b'{"_type":"location","lat":98.8,"lon":2.2,"tst":1497349316}', "malformed"),
        (b'{"_type":"location","lat":48.8,"tst":1497349316}', "malformed"),
        (b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316', "malformed"),
        (b'{"_type":"location","lat":48.8,"lon":2.2,"tst":1497349316000}', "malformed"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(payload: bytes, reason: str) -> None:
    [item] = decode(payload)
    assert isinstance(item, Rejected)
    assert (item.reason, item.raw, item.device) == (reason, payload, "phone")

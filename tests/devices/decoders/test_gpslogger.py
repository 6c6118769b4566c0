import pytest

from devices.decoders import DecoderContext
from devices.decoders.gpslogger import GpsloggerDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Reading, Rejected

NOW = parse_instant("2026-09-20T10:00:05Z")


def decode(query: bytes) -> list[Reading | Rejected]:
    return GpsloggerDecoder(DecoderContext(device="T17")).feed(query, NOW)


def fix(query: bytes) -> Fix:
    (found,) = decode(query)
    assert isinstance(found, Fix), found
    return found


def test_a_position_has_its_speed_in_metres_a_second_and_its_time() -> None:
    found = fix(
        b"lat=45.4642&lon=9.1900&time=2026-09-20T10%3A00%3A00.250Z&spd=18.5&dir=271.0&acc=4.5&alt=120&batt=88.0"
    )
    assert found == Fix(
        device="T17",
        at=parse_instant("2026-09-20T10:00:00.25Z"),
        lat=45.4642,
        lon=9.19,
        speed=18.5,
        course=271.0,
        accuracy=4.5,
        altitude=120.0,
        battery=88,
    )


@pytest.mark.parametrize("when", [b"timestamp=1789898400", b"timestamp=1789898400000", b"time=1789898400.0"])
def test_seconds_and_milliseconds_since_1970_are_told_apart(when: bytes) -> None:
    assert fix(b"lat=45.4&lon=9.1&" + when).at == parse_instant("2026-09-20T10:00:00Z")


def test_fields_come_in_any_order_and_by_their_usual_other_names() -> None:
    one = fix(b"accuracy=4&battery=50&longitude=9.1&timestamp=1789898400&latitude=45.4&bearing=90&speed=10")
    other = fix(b"lat=45.4&lon=9.1&time=1789898400&spd=10&dir=90&acc=4&batt=50")
    assert one == other


def test_what_the_application_did_not_fill_in_is_unknown() -> None:
    found = fix(b"lat=45.4&lon=9.1&time=1789898400&spd=&dir=%25DIR&acc=-1&batt=%25BATT")
    assert (found.speed, found.course, found.accuracy, found.battery) == (None, None, None, None)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (b"lat=45.4&time=1789898400", "malformed"),
        (b"lat=95&lon=9&time=1789898400", "malformed"),
        (b"lat=nan&lon=9&time=1789898400", "malformed"),
        (b"lat=45&lon=9", "malformed"),
        (b"lat=45&lon=9&time=yesterday", "malformed"),
        (b"lat=45&lon=9&time=1789898400&desc=%", "malformed"),
        (b"lat=45&lon=9&time=1789898400&desc=Bj%F6rn", "encoding"),
        (b"&".join(b"a%d=1" % n for n in range(101)), "malformed"),
        (b"spd=inf&lat=45&lon=9&time=1789898400", "malformed"),
        (b"lat=45&lon=9&time=1e400", "malformed"),
    ],
)
def test_what_is_no_position_is_refused_with_its_bytes(query: bytes, reason: str) -> None:
    (found,) = decode(query)
    assert isinstance(found, Rejected)
    assert (found.reason, found.raw, found.device) == (reason, query, "T17")


def test_an_empty_request_says_nothing() -> None:
    assert decode(b"  ") == []
    assert GpsloggerDecoder(DecoderContext(device="T17")).flush(NOW) == []


def test_a_time_with_an_exponent_is_no_time() -> None:
    (refused,) = decode(b"lat=45.4&lon=9.1&time=17E3808793")
    assert isinstance(refused, Rejected)

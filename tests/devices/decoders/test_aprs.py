import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.aprs import AprsDecoder
from timing.core.instant import SECOND, parse_instant
from timing.core.readings import Fix, Rejected

ARRIVAL = parse_instant("2026-09-20T10:00:05Z")


def decode(*lines: str, received_at: int = ARRIVAL) -> Decoded:
    data = "".join(line + "\r\n" for line in lines).encode("latin-1")
    return AprsDecoder(DecoderContext(device="aprs")).feed(data, received_at)


def fix(text: str) -> Fix:
    [item] = decode("N6ABC-9>APRS,WIDE1-1,qAR,K6XYZ:" + text)
    assert isinstance(item, Fix)
    return item


def test_a_place_becomes_a_fix_of_its_sender_in_metres() -> None:
    read = fix("!6253.52N/02739.47E>036/010/A=000465 hello")
    assert (read.device, read.at) == ("N6ABC-9", ARRIVAL)
    assert (read.lat, read.lon) == pytest.approx((62.8920, 27.657833), abs=1e-6)
    assert read.speed == pytest.approx(5.1444, abs=1e-3)
    assert read.course == 36.0
    assert read.altitude == pytest.approx(141.732)


def test_south_and_west_are_negative() -> None:
    read = fix("=0609.31S/10642.85W>")
    assert (read.lat, read.lon) == pytest.approx((-6.155167, -106.714167), abs=1e-6)


def test_a_third_decimal_of_the_minutes_is_taken() -> None:
    read = fix("/095816h5134.38N/00019.47W>155/023!W26!")
    assert read.lat == pytest.approx(51 + 34.382 / 60, abs=1e-9)
    assert read.lon == pytest.approx(-(19.476 / 60), abs=1e-9)


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("095816h", "2026-09-20T09:58:16Z"),
        ("200958z", "2026-09-20T09:58:00Z"),
        ("192358z", "2026-09-19T23:58:00Z"),
        ("180958z", "2026-09-18T09:58:00Z"),
    ],
)
def test_a_time_of_the_sender_goes_before_the_arrival(time: str, wanted: str) -> None:
    assert fix(f"@{time}5134.38N/00019.47W>").at == parse_instant(wanted)


def test_a_compressed_place_is_unpacked() -> None:
    read = fix("!//zPHTfVv>!V_ Tero, Green Volvo 960")
    assert (read.lat, read.lon) == pytest.approx((60.3582, 24.8084), abs=1e-4)
    assert read.speed == pytest.approx(107.57 / 3.6, abs=0.01)
    assert read.course == 0.0


def test_blanks_for_digits_make_a_place_coarse() -> None:
    assert fix("!4903.  N/07201.  W>").accuracy == 1_852.0
    assert fix("!4903.5 N/07201.7 W>").accuracy == pytest.approx(185.2)


def test_a_repetition_through_another_station_is_passed_over_even_behind_a_newer_packet() -> None:
    first = "N6ABC-9>APRS,WIDE1-1,qAR,K6XYZ:!3343.26N/11622.56W>"
    newer = "N6ABC-9>APRS,qAR,K6XYZ:!3343.12N/11622.56W>"
    again = "N6ABC-9>APRS,qAR,K6QQQ:!3343.26N/11622.56W>"
    assert [item.lat for item in decode(first, newer, again) if isinstance(item, Fix)] == [
        pytest.approx(33.721),
        pytest.approx(33.71866667),
    ]


def test_a_car_that_stands_still_is_heard_again_after_half_a_minute() -> None:
    decoder = AprsDecoder(DecoderContext(device="aprs"))
    line = b"N6ABC-9>APRS:!3343.26N/11622.56W>\r\n"
    assert [len(decoder.feed(line, ARRIVAL + seconds * SECOND)) for seconds in (0, 20, 40)] == [1, 0, 1]


def test_a_radios_packed_place_is_taken_with_its_speed_and_altitude() -> None:
    """The place is in the packet's destination, too: that of perl-aprs-fap's test."""
    [read] = decode('OH7LZB-2>TQ4W2V,WIDE2-1,qAo,OH7LZB:`c51!f?>/]"3x}=')
    assert isinstance(read, Fix)
    assert (read.device, read.at) == ("OH7LZB-2", ARRIVAL)
    assert (read.lat, read.lon) == pytest.approx((41.7877, -71.4202), abs=5e-5)
    assert (read.speed, read.course, read.altitude) == pytest.approx((29.32, 35, 6), abs=0.01)


def test_a_receivers_own_sentence_has_its_own_time_and_checksum() -> None:
    line = "OH7LZB-11>APRS,W4GR*:$GPRMC,145526,A,3349.0378,N,08406.2617,W,23.726,27.9,121207,4.9,W*7A"
    [read] = decode(line, received_at=parse_instant("2007-12-12T15:00:00Z"))
    assert isinstance(read, Fix)
    assert (read.device, read.at) == ("OH7LZB-11", parse_instant("2007-12-12T14:55:26Z"))
    assert (read.lat, read.lon) == pytest.approx((33.817297, -84.104362), abs=1e-6)
    [bad] = decode(line.replace("*7A", "*7B"))
    assert isinstance(bad, Rejected)
    assert bad.reason == "checksum"


@pytest.mark.parametrize(
    "line",
    [
        "# aprsc 2.1.14",
        "N6ABC>APRS:>a status",
        "N6ABC>APRS::K6DEF    :a message",
        "N6ABC>APRS:$ULTW0000000001",
        "N6ABC>APRS:/220958/4903.50N/07201.75W>",
    ],
)
def test_what_holds_no_place_that_is_read_says_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("KJ4ERJ-AL>APWW05,TCPIP*,qAC,FOURTH:@075111h/@@.Y:*lol ", "range"),
        ("N6ABC>APRS:!9143.26N/11622.56W>", "range"),
        ("N6ABC>APRS:!3343.26N/18122.56W>", "range"),
        ("N6ABC>APRS:!3343.26N/11622.56W>181/999", "range"),
        ("N6ABC>APRS:@256060h3343.26N/11622.56W>", "range"),
        ("N6ABC>APRS:@320958z3343.26N/11622.56W>", "range"),
        ("\xff6ABC>APRS:!3343.26N/11622.56W>", "noise"),
        ("n6abc!3343.26N/11622.56W>", "no_frame"),
    ],
)
def test_what_cannot_be_is_refused(line: str, reason: str) -> None:
    [bad] = decode(line)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason

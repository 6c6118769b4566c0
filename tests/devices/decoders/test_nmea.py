import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.nmea import NmeaDecoder, checksum
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Rejected

MOVING = "GPRMC,143308.00,A,5546.81975,N,02334.70604,E,32.000,221.54,091209,,,A"


def sentence(body: str) -> bytes:
    return b"$" + body.encode("ascii") + b"*%02X\r\n" % checksum(body.encode("ascii"))


def decode(*bodies: str) -> Decoded:
    return decode_bytes(b"".join(sentence(body) for body in bodies))


def decode_bytes(data: bytes) -> Decoded:
    decoder = NmeaDecoder(DecoderContext(device="car17"))
    return decoder.feed(data, 0) + decoder.flush(0)


def fixes(*bodies: str) -> list[Fix]:
    decoded = decode(*bodies)
    assert not [item for item in decoded if isinstance(item, Rejected)]
    return [item for item in decoded if isinstance(item, Fix)]


def rejection(data: bytes) -> Rejected:
    [item] = decode_bytes(data)
    assert isinstance(item, Rejected)
    return item


def rmc(time: str, date: str, place: str = "3342.00000,N,11624.00000,W") -> str:
    return f"GNRMC,{time},A,{place},10.0,90.0,{date},,,A,V"


def gga(time: str, altitude: str = "90.5") -> str:
    return f"GNGGA,{time},3342.00000,N,11624.00000,W,1,09,0.9,{altitude},M,-32.1,M,,"


def test_a_moving_car_in_our_units() -> None:
    [read] = fixes(MOVING)
    assert read.at == parse_instant("2009-12-09T14:33:08Z")
    assert [read.lat, read.lon] == pytest.approx([55.7803292, 23.5784340])
    assert read.speed == pytest.approx(59.264 / 3.6)
    assert read.course == 221.54


def test_south_and_west_are_negative_and_a_course_at_rest_is_unknown() -> None:
    [read] = fixes("GNRMC,223745.00,A,3806.62964,S,12237.61382,W,0.040,,110720,,,D,V")
    assert [read.lat, read.lon] == pytest.approx([-38.110494, -122.626897])
    assert read.course is None


@pytest.mark.parametrize(
    "body",
    [
        "GPRMC,,V,,,,,,,,,,N",
        "GPRMC,160302.00,V,3342.00000,N,11624.00000,W,,,220424,,,N",
        "GPRMC,160302.00,A,3342.00000,N,11624.00000,W,,,220424,,,S",
        "GPGGA,,,,,,0,00,99.99,,,,,,",
        "GPZDA,,,,,00,00",
        "GPTXT,01,01,02,u-blox",
        "PMTK001,314,3",
    ],
)
def test_without_a_position_there_is_no_fix(body: str) -> None:
    assert decode(body) == []


def test_the_last_place_repeated_without_reception_moves_nothing() -> None:
    lost = "GPRMC,143309.00,V,5546.81975,N,02334.70604,E,32.000,221.54,091209,,,N"
    assert len(fixes(MOVING, lost, lost)) == 1


@pytest.mark.parametrize("rmc_first", [True, False])
def test_the_altitude_of_the_same_moment_joins_the_place(rmc_first: bool) -> None:
    bodies = []
    for second in range(4):
        pair = [rmc(f"16030{second}.00", "220424"), gga(f"16030{second}.00", f"9{second}.5")]
        bodies += pair if rmc_first else pair[::-1]
    read = fixes(*bodies)
    assert [fix.at % 60_000_000 for fix in read] == [second * 1_000_000 for second in range(4)]
    # The order is learnt from the first pair, for which nothing is held back.
    assert [fix.altitude for fix in read][1:] == [91.5, 92.5, 93.5]


def test_an_altitude_of_another_moment_is_not_joined() -> None:
    read = fixes(gga("160300.00"), rmc("160301.00", "220424"), rmc("160302.00", "220424"))
    assert [fix.altitude for fix in read] == [None, None]


def test_a_fix_whose_altitude_does_not_come_is_not_lost() -> None:
    bodies = [
        rmc("160300.00", "220424"),
        gga("160300.00"),
        *(rmc(f"16030{n}.00", "220424") for n in range(1, 4)),
    ]
    assert len(fixes(*bodies)) == 4


def gst(time: str, north: str = "3.0", east: str = "4.0") -> str:
    return f"GNGST,{time},46,,,,{north},{east},5.3"


@pytest.mark.parametrize("order", ["RGS", "GRS", "GSR", "SRG"])
def test_how_exact_a_place_is_joins_it_whatever_comes_first(order: str) -> None:
    bodies = []
    for second in range(5):
        time = f"16030{second}.00"
        made = {"R": rmc(time, "220424"), "G": gga(time, f"9{second}.5"), "S": gst(time)}
        bodies += [made[letter] for letter in order]
    read = fixes(*bodies)
    assert [fix.at % 60_000_000 // 1_000_000 for fix in read] == [0, 1, 2, 3, 4]
    # The first fix may go before it is known what this receiver sends behind it.
    assert [(fix.altitude, fix.accuracy) for fix in read[1:]] == [(91.5 + n, 5.0) for n in range(4)]


@pytest.mark.parametrize("order", ["RGS", "GRS"])
def test_a_sentence_that_stops_coming_holds_no_fix_for_long(order: str) -> None:
    bodies = []
    for second in range(6):
        time = f"16030{second}.00"
        made = {"R": rmc(time, "220424"), "G": gga(time), "S": gst(time)}
        bodies += [made[letter] for letter in order if letter != "S" or second < 3]
    read = fixes(*bodies)
    assert [fix.at % 60_000_000 // 1_000_000 for fix in read] == [0, 1, 2, 3, 4, 5]
    assert [fix.altitude for fix in read[1:]] == [90.5] * 5
    assert [fix.accuracy for fix in read[1:]] == [5.0, 5.0, None, None, None]


def test_an_unknown_exactness_is_unknown() -> None:
    [read] = fixes(gst("160300.00", north=""), rmc("160300.00", "220424"))
    assert read.accuracy is None


def test_date_and_time_pass_midnight_together() -> None:
    bodies = []
    for time, date in (("235901", "010124"), ("000001", "020124"), ("000101", "020124")):
        bodies += [gga(time), rmc(time, date)]
    assert [fix.at for fix in fixes(*bodies)] == [
        parse_instant("2024-01-01T23:59:01Z"),
        parse_instant("2024-01-02T00:00:01Z"),
        parse_instant("2024-01-02T00:01:01Z"),
    ]


def test_a_leap_second_is_the_last_moment_before_the_minute() -> None:
    leap = b"$GPRMC,235960.00,A,4807.038,N,01131.000,E,022.4,084.4,311226,,,A*5E\r\n"
    [read] = decode_bytes(leap)
    assert isinstance(read, Fix)
    assert read.at == parse_instant("2026-12-31T23:59:59.999999Z")


def test_a_receiver_that_lost_its_weeks_is_decoded_as_it_says() -> None:
    """Whether to believe it is judged with the arrival at hand, not here."""
    [read] = fixes(rmc("100000.00", "040207"))
    assert read.at == parse_instant("2007-02-04T10:00:00Z")


def test_a_wrong_checksum_is_refused() -> None:
    refused = rejection(sentence(MOVING).replace(b"*52", b"*53"))
    assert (refused.reason, refused.device) == ("checksum", "car17")


def test_a_small_letter_in_the_checksum_and_a_blank_behind_it_are_fine() -> None:
    body = "GNRMC,223745.00,A,3806.62964,N,12237.61382,W,0.040,,110720,,,D,V"
    assert checksum(body.encode()) == 0x0E
    assert len(decode_bytes(b"$" + body.encode() + b"*0e \r\n")) == 1


@pytest.mark.parametrize("length", [20, 40, 66, 70])
def test_a_sentence_cut_before_its_checksum_is_refused(length: int) -> None:
    assert rejection(sentence(MOVING)[:length] + b"\r\n").reason == "no_checksum"


def test_a_cut_sentence_does_not_take_the_next_with_it() -> None:
    cut, whole = decode_bytes(sentence(MOVING)[:30] + sentence(MOVING))
    assert isinstance(cut, Rejected)
    assert isinstance(whole, Fix)


@pytest.mark.parametrize(
    "body",
    [
        "GPRMC,246060.00,A,5546.81975,N,02334.70604,E,32.000,221.54,091209,,,A",
        "GPRMC,273308.00,A,5546.81975,N,02334.70604,E,32.000,221.54,091209,,,A",
        "GPRMC,143308.00,A,9546.81975,N,02334.70604,E,32.000,221.54,091209,,,A",
        "GPRMC,143308.00,A,5566.81975,N,02334.70604,E,32.000,221.54,091209,,,A",
        "GPRMC,143308.00,A,5546.81975,X,02334.70604,E,32.000,221.54,091209,,,A",
        "GPRMC,143308.00,A,5546.81975,N,02334.70604,E,999.0,221.54,091209,,,A",
        "GPRMC,143308.00,A,5546.81975,N,02334.70604,E,32.000,421.54,091209,,,A",
        "GPRMC,143308.00,A,5546.81975,N,02334.70604,E,32.000,221.54,320109,,,A",
        "GPRMC,143308.00,A,5546.81975,N,02334.70604,E,3o.000,221.54,091209,,,A",
        "GPRMC,143308.00,A,,,,,32.000,221.54,091209,,,A",
        "GPRMC,143308.00,A",
    ],
)
def test_a_right_checksum_over_absurd_content_is_refused(body: str) -> None:
    [item] = decode(body)
    assert isinstance(item, Rejected)
    assert item.reason == "range"


def test_binary_frames_between_the_sentences_say_nothing() -> None:
    ubx = bytes.fromhex("b5620d031c0000cd0b0083098309c9ac4b16dbf50800c9ac4b16a3f408001d0000005cb3")
    later = MOVING.replace("143308", "143309")
    assert [type(item) for item in decode_bytes(sentence(MOVING) + ubx + sentence(later))] == [Fix, Fix]

import pytest

from devices.decoders.mic_e import mic_e

KNOT = 1852 / 3600


def test_a_radios_packet_from_the_field() -> None:
    told = mic_e(b"TQ4W2V", b'`c51!f?>/]"3x}=')
    assert (told.lat, told.lon) == pytest.approx((41.7877, -71.4202), abs=5e-5)
    assert told.speed == pytest.approx(105.56 / 3.6, abs=0.01)
    assert (told.course, told.altitude, told.accuracy) == (35, 6, None)


def test_north_west_and_a_hundred_degrees_more_are_in_the_destination() -> None:
    told = mic_e(b"S32UVT", b'`(_fn"Oj/')
    assert (told.lat, told.lon) == pytest.approx((33 + 25.64 / 60, -(112 + 7.74 / 60)), abs=1e-6)
    assert told.speed == pytest.approx(20 * KNOT)
    assert told.course == 251


def test_south_east_and_the_longitudes_that_are_written_otherwise() -> None:
    told = mic_e(b"332564", b'`(_fn"Oj/')
    assert (told.lat, told.lon) == pytest.approx((-(33 + 25.64 / 60), 12 + 7.74 / 60), abs=1e-6)
    assert mic_e(b"3325V4", b'`\x7f_fn"Oj/').lon == pytest.approx(9 + 7.74 / 60)
    assert mic_e(b"3325V4", b'`r_fn"Oj/').lon == pytest.approx(106 + 7.74 / 60)


def test_blanks_make_a_place_coarse() -> None:
    told = mic_e(b"S32UZZ", b'`(_fn"Oj/')
    assert told.lat == pytest.approx(33 + 25.5 / 60)
    assert told.accuracy == pytest.approx(1_852)


@pytest.mark.parametrize(
    ("destination", "text"),
    [
        (b"APRS", b'`(_fn"Oj/'),
        (b"S32U6T", b"`(_"),
        (b"S37U6T", b'`(_fn"Oj/'),
        (b"SZ2U6T", b'`(_fn"Oj/'),
        (b"S32U6T", b"`(_fn\x7f\x7fj/"),
        (b"S32U6T", b'`(\xff\xffn"Oj/'),
    ],
)
def test_what_is_no_place_is_refused(destination: bytes, text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        mic_e(destination, text)

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.rmonitor import RmonitorDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp

CROSSING = '$L,"21","P1","SFP","01/27/2009","08:00:55.110"'
CAR = '$A,"21","7",8852130,"Farnbacher /","James, Jr.","Panoz Esperante",1'


def decode(*lines: str) -> Decoded:
    decoder = RmonitorDecoder(DecoderContext(device="circuit", clock_offset=-5 * HOUR))
    return decoder.feed("".join(line + "\r\n" for line in lines).encode("latin-1"), 0)


def stamps(*lines: str) -> list[Stamp]:
    decoded = decode(*lines)
    assert all(isinstance(item, Stamp) for item in decoded)
    return [item for item in decoded if isinstance(item, Stamp)]


def test_a_line_crossing_becomes_a_stamp_of_the_car_with_that_registration() -> None:
    [read] = stamps(CAR, CROSSING)
    assert read.at == parse_instant("2009-01-27T08:00:55.110-05:00")
    assert (read.channel, read.car, read.resolution) == ("P1", "7", 1_000)


def test_a_registration_that_nobody_introduced_is_no_car_number() -> None:
    [read] = stamps(CROSSING)
    assert (read.car, read.note) == (None, "registration 21")


def test_a_new_session_forgets_who_was_who() -> None:
    _, read = stamps(CAR, CROSSING, '$I,"16:36:08.000","12 jan 01"', CROSSING)
    assert read.car is None


@pytest.mark.parametrize(
    "line",
    [
        '$F,9999,"00:00:00","07:59:36","00:59:59","      "',
        '$G,1,"21",,"00:00:56.665"',
        '$J,"21","00:00:00.000","00:00:56.665"',
        '$B,95,"Mountain, twice"',
        '$H,1,"21",0,"00:59:59.999"',
        '$COMP,"21","7",1,"M\xfcller","Jo","",""',
    ],
)
def test_what_the_program_computes_says_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (CROSSING.replace("01/27", "27/01"), "range"),
        (CROSSING.replace("08:00", "28:00"), "range"),
        (CROSSING.replace('"P1",', ""), "range"),
        (CROSSING.replace('"P1"', '"\xff1"'), "range"),
        (CROSSING.replace('"P1"', '"P1'), "no_frame"),
        ("$ZZ,1", "no_frame"),
        ("L,21", "no_frame"),
    ],
)
def test_what_cannot_be_is_refused(line: str, reason: str) -> None:
    [bad] = decode(line)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason

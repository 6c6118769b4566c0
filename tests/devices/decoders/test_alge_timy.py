from datetime import date

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.alge_timy import AlgeTimyDecoder, checksum
from timing.core.instant import HOUR, MINUTE, SECOND, Instant, day_start, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark, reading_key

BERLIN = 2 * HOUR
DAY = date(2026, 9, 20)
ARRIVAL = parse_instant("2026-09-20T10:07:22+02:00")


def decode(*lines: str, received_at: Instant = ARRIVAL, offset: int = BERLIN) -> Decoded:
    decoder = AlgeTimyDecoder(DecoderContext(device="SS1-FF", clock_offset=offset))
    return decoder.feed(b"".join(line.encode("latin-1") + b"\r" for line in lines), received_at)


def stamp(line: str, received_at: Instant = ARRIVAL, offset: int = BERLIN) -> Stamp:
    [item] = decode(line, received_at=received_at, offset=offset)
    assert isinstance(item, Stamp)
    return item


def rejection(line: str) -> Rejected:
    [item] = decode(line)
    assert isinstance(item, Rejected)
    return item


def test_an_impulse_becomes_a_stamp_at_the_devices_own_precision() -> None:
    read = stamp(" 0012 C1  10:07:20.2731 00")
    assert read.at == parse_instant("2026-09-20T10:07:20.2731+02:00")
    assert (read.device, read.channel, read.car, read.resolution) == ("SS1-FF", "C1", "12", 100)
    assert (read.control, read.source, read.marks, read.cancelled) == (None, None, (), False)


def test_the_flags_of_one_passing_in_order() -> None:
    good, cleared, nobody, memory, key, coarse = decode(
        " 0012 C1  10:07:20.2731 00=0",
        "c0012 C1  10:07:20.2731 0013",
        "?0000 C1  10:07:20.2731 00><",
        "m0012 C1  10:07:20.2731 001=",
        " 0012 C1M 10:07:20.2700 00?9",
        " 0012 C1  10:07:20.27   00:<",
        "n0034",
    )
    for item in (good, cleared, nobody, memory, key, coarse):
        assert isinstance(item, Stamp)
    assert isinstance(good, Stamp)
    assert isinstance(cleared, Stamp)
    assert cleared.cancelled
    assert (cleared.channel, cleared.at, cleared.car) == (good.channel, good.at, good.car)
    assert reading_key(cleared) != reading_key(good)
    assert isinstance(nobody, Stamp)
    assert (nobody.car, nobody.marks) == (None, (StampMark.NO_NUMBER,))
    assert isinstance(memory, Stamp)
    assert memory.marks == (StampMark.MEMORY,)
    assert reading_key(memory) == reading_key(good)
    assert isinstance(key, Stamp)
    assert (key.marks, key.resolution) == ((StampMark.MANUAL,), 10_000)
    assert isinstance(coarse, Stamp)
    assert coarse.resolution == 10_000


@pytest.mark.parametrize(
    ("flag", "marks"),
    [
        ("d", (StampMark.DISQUALIFIED,)),
        ("i", (StampMark.TYPED,)),
        ("t", (StampMark.RADIO,)),
        ("p", (StampMark.UNKNOWN_FLAG,)),
        ("b", (StampMark.UNKNOWN_FLAG,)),
    ],
)
def test_a_flag_becomes_a_mark(flag: str, marks: tuple[StampMark, ...]) -> None:
    assert stamp(f"{flag}0012 C1  10:07:20.2731 00").marks == marks


def test_a_clearing_in_memory_withdraws_too() -> None:
    assert stamp("C0012 C1  10:07:20.2731 00").cancelled


def test_a_number_the_device_calls_invalid_is_a_hint_for_people_only() -> None:
    read = stamp("?0300 C0  08:53:39.4922 00")
    assert read.car is None
    assert "300" in read.note


def test_the_printed_form_with_small_letters_and_a_comma_is_the_same_impulse() -> None:
    assert reading_key(stamp(" 0999 c1  10:07:20,2731 00")) == reading_key(
        stamp(" 0999 C1  10:07:20.2731 00")
    )


def test_the_coarse_inputs_claim_no_more_than_they_measure() -> None:
    assert stamp(" 0012 C5  10:07:20.2700 00").resolution == 10_000
    assert stamp(" 0012 C4  10:07:20.2700 00").resolution == 100


@pytest.mark.parametrize(
    ("decimals", "resolution"), [("1   ", 100_000), ("12  ", 10_000), ("123 ", 1_000), ("1234", 100)]
)
def test_the_printed_decimals_are_the_precision(decimals: str, resolution: int) -> None:
    assert stamp(f" 0012 C1  10:07:20.{decimals} 00").resolution == resolution


def test_a_wrong_checksum_is_refused_and_the_next_line_is_read() -> None:
    bad, good = decode(" 0012 C1  10:07:20.2731 00=1", " 0012 C1  10:07:20.2731 00=0")
    assert isinstance(bad, Rejected)
    assert (bad.reason, bad.raw) == ("checksum", b" 0012 C1  10:07:20.2731 00=1")
    assert "expected =0" in bad.detail
    assert isinstance(bad.reading, Stamp)
    assert isinstance(good, Stamp)


@pytest.mark.parametrize(
    ("frame", "sum_"),
    [
        (b" 0003 C2  10:27:28.4172 00", b"=<"),
        (b" 0007 C0M 09:00:38.7600 00", b"0:"),
        (b"?0000 C1  09:17:29.8320 00", b"?>"),
        (b" 0999 RT  00:01:02.58   00", b"?3"),
        (b"c0001 C0M 09:00:38.7600 00", b"47"),
    ],
)
def test_the_checksum_is_the_sum_of_the_columns_in_two_digits(frame: bytes, sum_: bytes) -> None:
    assert checksum(frame) == sum_


@pytest.mark.parametrize(
    "line",
    [
        "n0034",
        "s0003",
        "n0015b",
        " 0012 RT  00:07:20.18   00",
        " 0012 TT  00:07:20.18   00",
        " 0008bDTT 10:12:45.23   09",
        " 0001 RTM 00:00:13.39   00 0001",
        " 0001 MT  00:00:13.39   00 0001",
        "c0043 RT  00:01:06.10   00",
        "                                ",
        "CLASSEMENT:",
        "RUN TIME",
        "TIMYINIT",
        "PROG: Backup",
        "CHK1",
        "  ALGE-TIMING",
        "  TIMY V 1982",
        "20-10-04  16:54",
        "10:15:00.3",
        "HW_SN: 1234",
        "PULSE HOLD:[0.30][0.30]",
    ],
)
def test_what_the_device_prints_besides_impulses_says_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize("time", ["27:07:20.2731", "10:61:20.2731", "10:07:60.2731"])
def test_a_line_that_is_well_formed_and_absurd_is_refused(time: str) -> None:
    assert rejection(f" 0012 C1  {time} 00").reason == "range"


@pytest.mark.parametrize(
    "line", [" 0012 C1  10:07:2", " 0012 C9  10:07:20.2731 00", "hello", " 0012 C1 10:07:20.2731 00"]
)
def test_what_is_no_frame_is_refused_with_its_bytes(line: str) -> None:
    refused = rejection(line)
    assert (refused.reason, refused.raw) == ("no_frame", line.encode())


def test_two_merged_lines_are_shown_to_a_person_and_time_nobody() -> None:
    refused = rejection(" 0012 C1  10:07:20.2731 00 0013 C1  10:08:20.2731 00")
    assert refused.reason in ("no_frame", "line_end")
    assert isinstance(refused.reading, Stamp)


def test_noise_of_the_line_driver_before_a_frame_costs_nothing() -> None:
    assert stamp("\x00\xff\x81 0012 C1  10:07:20.2731 00").car == "12"


def test_midnight_falls_between_the_stamp_and_its_arrival() -> None:
    before = stamp(" 0012 C1  23:59:59.9000 00", parse_instant("2026-09-21T00:00:01+02:00"))
    after = stamp(" 0012 C1  00:03:10.5000 00<2", parse_instant("2026-09-21T00:03:11+02:00"))
    assert before.at == day_start(DAY) + 23 * HOUR + 59 * MINUTE + 59_900_000 - BERLIN
    assert after.at - before.at == 3 * MINUTE + 10 * SECOND + 600_000


def test_a_finish_held_back_for_an_hour_keeps_its_day() -> None:
    assert stamp(
        " 0012 C1  23:50:00.0000 00", parse_instant("2026-09-21T00:44:00+02:00")
    ).at == parse_instant("2026-09-20T23:50:00+02:00")


def test_a_clock_set_to_utc_is_read_as_utc() -> None:
    read = stamp(" 0012 C1  08:07:20.2731 00", offset=0)
    assert read.at == parse_instant("2026-09-20T08:07:20.2731Z")


def test_a_line_cut_off_by_the_end_of_the_link_is_not_joined_with_the_next() -> None:
    decoder = AlgeTimyDecoder(DecoderContext(device="SS1-FF", clock_offset=BERLIN))
    assert decoder.feed(b" 0012 C1  10:07", ARRIVAL) == []
    [cut] = decoder.flush(ARRIVAL)
    assert isinstance(cut, Rejected)
    [whole] = decoder.feed(b" 0013 C1  10:08:20.2731 00\r", ARRIVAL)
    assert isinstance(whole, Stamp)
    assert whole.car == "13"

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.tag_cp520 import TagCp520Decoder
from timing.core.instant import HOUR, Instant, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark, reading_key

ARRIVAL = parse_instant("2026-09-20T10:07:22+02:00")


def decode(*lines: str, received_at: Instant = ARRIVAL) -> Decoded:
    decoder = TagCp520Decoder(DecoderContext(device="SS1-FF", clock_offset=2 * HOUR))
    return decoder.feed(b"".join(line.encode("latin-1") + b"\r" for line in lines), received_at)


def stamps(*lines: str) -> list[Stamp]:
    decoded = decode(*lines)
    assert all(isinstance(item, Stamp) for item in decoded)
    return [item for item in decoded if isinstance(item, Stamp)]


def test_an_impulse_becomes_a_stamp_to_the_millisecond() -> None:
    [read] = stamps("T        12  2 10:07:20.273000")
    assert read.at == parse_instant("2026-09-20T10:07:20.273+02:00")
    assert (read.device, read.channel, read.car, read.resolution) == ("SS1-FF", "2", "12", 1_000)
    assert (read.marks, read.cancelled) == ((), False)


def test_an_hour_of_zero_is_left_out_and_a_number_may_be_absent() -> None:
    [read] = [
        item
        for item in decode(
            "T           M2    28:44.266000", received_at=parse_instant("2026-09-20T00:29:00+02:00")
        )
        if isinstance(item, Stamp)
    ]
    assert read.at == parse_instant("2026-09-20T00:28:44.266+02:00")
    assert (read.car, read.channel, read.marks) == (None, "M2", (StampMark.MANUAL,))


@pytest.mark.parametrize("kind", ["T-", "TC"])
def test_a_false_or_discarded_impulse_withdraws_the_one_of_its_time(kind: str) -> None:
    good, withdrawn = stamps("T        12  2 10:07:20.273000", f"{kind}       12  2 10:07:20.273000")
    assert withdrawn.cancelled
    assert (withdrawn.at, withdrawn.channel, withdrawn.car) == (good.at, good.channel, good.car)
    assert reading_key(withdrawn) != reading_key(good)


def test_a_changed_number_takes_the_stamp_from_the_former_car() -> None:
    first, withdrawn, second = stamps("T        12  2 10:07:20.273000", "T*       13  2 10:07:20.273000")
    assert (withdrawn.cancelled, withdrawn.car) == (True, first.car)
    assert (second.car, second.at, second.cancelled) == ("13", first.at, False)


def test_a_number_changed_more_than_half_a_day_later_means_the_same_impulse() -> None:
    decoder = TagCp520Decoder(DecoderContext(device="d"))
    [first] = decoder.feed(b"T        12  2  8:07:20.273000\r", parse_instant("2026-09-20T08:07:21Z"))
    withdrawn, second = decoder.feed(
        b"T*       13  2  8:07:20.273000\r", parse_instant("2026-09-20T21:00:00Z")
    )
    assert isinstance(first, Stamp)
    assert isinstance(withdrawn, Stamp)
    assert isinstance(second, Stamp)
    assert withdrawn.at == second.at == first.at


def test_a_number_changed_on_an_impulse_that_was_never_seen_is_a_stamp() -> None:
    [read] = stamps("T*       13  2 10:07:20.273000")
    assert (read.car, read.cancelled, read.note) == ("13", False, "number changed")


def test_an_inserted_time_is_one_that_was_typed_in() -> None:
    [read] = stamps("T+       12  2 10:07:20.250000")
    assert read.marks == (StampMark.TYPED,)


@pytest.mark.parametrize(
    "line",
    ["R   1   200           1.570000", "S 002          NET TIME       ", "L   1    12    10:13:01.100000"],
)
def test_what_the_device_computes_says_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize("time", ["24:07:20.273000", "10:60:20.273000", "10:07:60.273000", "          07.27"])
def test_a_time_that_does_not_exist_is_refused(time: str) -> None:
    [item] = decode(f"T        12  2 {time}")
    assert isinstance(item, Rejected)
    assert item.reason == "range"


@pytest.mark.parametrize(
    "line",
    [
        "T        12  2 10:07:20.27300",
        "T        12  2 10:07:20.273000 ",
        "T       12  2  10:07:20.273000",
        "TX       12  2 10:07:20.273000",
        "T       1 2  2 10:07:20.273000",
        "T        12  2 10:07:20.273000T        13  2 10:07:21.273000",
    ],
)
def test_a_line_of_another_form_is_refused_with_its_bytes(line: str) -> None:
    [item] = decode(line)
    assert isinstance(item, Rejected)
    assert (item.reason, item.raw) == ("no_frame", line.encode())
    assert "expected" in item.detail

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.mylaps_toolkit import MylapsToolkitDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2026-09-20T10:30:20+02:00")


def decode(record: bytes) -> Decoded:
    context = DecoderContext(device="mat", clock_offset=2 * HOUR, cars={"DB7B5": "12"})
    return MylapsToolkitDecoder(context).feed(record, ARRIVAL)


def test_each_passing_of_a_record_is_a_stamp_at_its_place() -> None:
    found = decode(b"Finish@Passing@c=DB7B5|t=10:30:00.123|d=260920@c=DB7B6|t=10:30:01.5|d=260920@7@$")
    assert [(one.at, one.channel, one.car, one.resolution) for one in found if isinstance(one, Stamp)] == [
        (parse_instant("2026-09-20T10:30:00.123+02:00"), "Finish", "12", 1_000),
        (parse_instant("2026-09-20T10:30:01.5+02:00"), "Finish", None, 100_000),
    ]


def test_without_a_date_the_one_nearest_to_the_arrival_is_taken() -> None:
    [read] = decode(b"Finish@Passing@c=DB7B5|t=10:30:00.123@7@$")
    assert isinstance(read, Stamp)
    assert read.at == parse_instant("2026-09-20T10:30:00.123+02:00")


def test_a_mark_that_an_official_set_is_by_hand_and_of_no_car() -> None:
    [read] = decode(b"Start@Marker@mt=Gunshot|t=10:30:00.000@8@$")
    assert isinstance(read, Stamp)
    assert (read.car, read.marks, read.note) == (None, (StampMark.MANUAL,), "marker Gunshot")


@pytest.mark.parametrize("record", [b"Finish@Pong@$", b"Finish@Ping@$", b"Finish@Store@x@9@$"])
def test_what_is_only_answered_says_nothing(record: bytes) -> None:
    assert decode(record) == []


@pytest.mark.parametrize(
    "record",
    [
        b"Finish@Passing@c=DB7B5|t=30:30.123@7@$",
        b"Finish@Passing@c=DB7B5|t=10:30:00.123|d=260231@7@$",
        b"Finish@Passing@c=D|t=10:30:00.123@7@$",
        b"Finish@Passing@c=DB7B5@7@$",
        b"Finish@Passing@c=DB7B5|t=10:30:00.123@x@$",
        b"\xffinish@Passing@c=DB7B5|t=10:30:00.123@7@$",
        b"nobody$",
    ],
)
def test_what_cannot_be_is_refused(record: bytes) -> None:
    [item] = decode(record)
    assert isinstance(item, Rejected)

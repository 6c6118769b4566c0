from pathlib import Path

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.alpenhunde import AlpenhundeDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2022-09-16T20:02:00+02:00")
EVENT = '{{"i":"{i}","c":"{c}","n":"{n}","m":"1129739","t":"20:01:13.3432","d":"{d}"}}'


def decode(payload: str | bytes) -> Decoded:
    data = payload if isinstance(payload, bytes) else payload.encode()
    return AlpenhundeDecoder(DecoderContext(device="beam", clock_offset=2 * HOUR)).feed(data, ARRIVAL)


def stamp(i: str = "7", c: str = "1", n: str = "12", d: str = "2022-09-16") -> Stamp:
    [item] = decode(EVENT.format(i=i, c=c, n=n, d=d))
    assert isinstance(item, Stamp)
    return item


def test_an_event_is_a_stamp_of_its_channel_by_the_units_own_date() -> None:
    read = stamp()
    assert read.at == parse_instant("2022-09-16T20:01:13.3432+02:00")
    assert (read.channel, read.car, read.resolution, read.marks) == ("1", "12", 100, ())


def test_a_number_may_be_a_text_and_a_run_without_one_asks_for_a_person() -> None:
    assert stamp(n="abc2").car == "abc2"
    assert stamp(i="-1").car is None
    assert stamp(i="-1").marks == (StampMark.NO_NUMBER,)
    assert stamp(n="").marks == (StampMark.NO_NUMBER,)


def test_of_a_text_that_is_too_long_for_a_number_no_other_number_is_made() -> None:
    read = stamp(n="123456789")
    assert (read.car, read.marks, read.note) == (None, (StampMark.NO_NUMBER,), "run 7, showed 123456789")


def test_in_a_list_a_bad_event_costs_only_itself() -> None:
    good = EVENT.format(i="7", c="1", n="12", d="2022-09-16")
    found = decode(f'{{"events":[{good},{{"i":"8","c":"1"}},{good.replace("20:01", "27:01")},{good}]}}')
    assert [type(item) for item in found] == [Stamp, Rejected, Rejected, Stamp]
    assert [(item.reason, item.raw[:8]) for item in found if isinstance(item, Rejected)] == [
        ("malformed", b'{"i":"8"'), ("range", b'{"i":"7"'),
    ]  # fmt: skip


def test_a_clock_that_was_not_set_is_held_for_its_offset() -> None:
    read = stamp(d="1970-01-01")
    assert read.marks == (StampMark.UNSYNCED,)
    assert abs(read.at - ARRIVAL) < 12 * HOUR


@pytest.mark.parametrize(
    "payload",
    [
        EVENT.format(i="7", c="3", n="1", d="2022-09-16"),
        EVENT.format(i="7", c="1", n="1", d="2022-02-30"),
        EVENT.format(i="7", c="1", n="1", d="1999-09-16"),
        EVENT.format(i="7", c="1", n="1", d="2022-09-16").replace("20:01", "27:01"),
        '{"c":"1"}',
        b"\xff",
    ],
)
def test_what_cannot_be_is_refused(payload: str | bytes) -> None:
    [item] = decode(payload)
    assert isinstance(item, Rejected)


def test_events_captured_from_photocells(samples: Path) -> None:
    decoded = decode((samples / "alpenhunde" / "events_01.json").read_bytes())
    stamps = [item for item in decoded if isinstance(item, Stamp)]
    assert [(one.channel, one.car) for one in stamps] == [
        ("1", "1"), ("1", "abc2"), ("128", "1"), ("128", "abc2"), ("128", None),
    ]  # fmt: skip
    assert stamps[2].at - stamps[0].at == 28_085_300
    assert StampMark.UNSYNCED in stamps[4].marks

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.line import LineFormDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark, reading_key

ARRIVAL = parse_instant("2026-09-20T10:27:30+02:00")


def decode(line: str, template: str = "", cars: dict[str, str] | None = None) -> Decoded:
    context = DecoderContext(device="d", clock_offset=2 * HOUR, template=template, cars=cars or {})
    return LineFormDecoder(context).feed(line.encode("latin-1") + b"\r\n", ARRIVAL)


def stamp(line: str, template: str = "", cars: dict[str, str] | None = None) -> Stamp:
    [item] = decode(line, template, cars)
    assert isinstance(item, Stamp)
    return item


def refused(line: str, template: str = "") -> Rejected:
    [item] = decode(line, template)
    assert isinstance(item, Rejected)
    return item


def test_time_channel_and_number_need_no_template() -> None:
    read = stamp("10:27:28.417,1,42")
    assert read.at == parse_instant("2026-09-20T10:27:28.417+02:00")
    assert (read.channel, read.car, read.resolution) == ("1", "42", 1_000)


def test_a_comma_between_fields_is_no_decimal_comma() -> None:
    read = stamp("10:27:28,1,42")
    assert (read.channel, read.car, read.resolution) == ("1", "42", 1_000_000)


def test_a_hand_timers_line_has_a_decimal_comma() -> None:
    read = stamp("42;10:27:28,4")
    assert read.at == parse_instant("2026-09-20T10:27:28.4+02:00")
    assert (read.channel, read.car, read.resolution) == ("", "42", 100_000)


def test_a_chip_is_the_car_whose_tracker_it_is() -> None:
    line = "01539;20-09-2026 10:26:30.620;0A;559;;1"
    read = stamp(line, cars={"01539": "42"})
    assert read.at == parse_instant("2026-09-20T10:26:30.62+02:00")
    assert (read.channel, read.car, read.marks) == ("0A", "42", (StampMark.MEMORY,))
    assert (stamp(line).car, stamp(line).note) == (None, "transponder 01539")


def test_a_chip_is_no_car_number() -> None:
    assert stamp("3;dec;C1;42;10h27:52.4321;2026-09-20").car is None


def test_an_ultra_reader_counts_from_1980() -> None:
    read = stamp("0,E2001018860B01290700D0D8,1474367248,250,1,-8,0,1,1,1,456789,12")
    assert read.at == parse_instant("2026-09-20T10:27:28.25+02:00")


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{compact} {channel}", "102728417 1"),
        ("{compact};{channel}", "102728.417;1"),
        ("{ms};{channel}", "37648417;1"),
        ("{iso}|{channel}", "2026-09-20T08:27:28.417Z|1"),
        ("{epoch} {channel}", "1789892848.417  1"),
        ("{epoch_ms} {channel}", "1789892848417 1"),
        ("{dmy} {time} {channel}", "20.09.2026 10:27:28.417 1"),
        ("{mdy} {time} {channel}", "09/20/2026 10:27:28.417 1"),
        ("TIME={time} CH={channel};{rest}", "TIME=10:27:28.417 CH=1; and more"),
        ("{skip},{time},{skip},{channel}", "x,10:27:28.417,,1"),
        ("nothing like it {time}\n{channel}: {time}", "1: 10:27:28.417"),
    ],
)
def test_a_template_says_what_stands_where(template: str, line: str) -> None:
    read = stamp(line, template)
    assert read.at == parse_instant("2026-09-20T10:27:28.417+02:00")
    assert (read.channel, read.resolution) == ("1", 1_000)


@pytest.mark.parametrize(
    ("flag", "marks", "cancelled"),
    [
        ("", (), False),
        ("c", (), True),
        ("-", (), True),
        ("m", (StampMark.MEMORY,), False),
        ("M", (StampMark.MANUAL,), False),
        ("i", (StampMark.TYPED,), False),
        ("t", (StampMark.RADIO,), False),
        ("z", (StampMark.UNKNOWN_FLAG,), False),
    ],
)
def test_a_flag_becomes_a_mark(flag: str, marks: tuple[StampMark, ...], cancelled: bool) -> None:
    read = stamp(f"{flag}12 1 10:27:28.417", "{flag}{number} {channel} {time}")
    assert (read.car, read.marks, read.cancelled) == ("12", marks, cancelled)


def test_a_number_called_invalid_is_a_hint_for_people_only() -> None:
    read = stamp("?12 1 10:27:28.417", "{flag}{number} {channel} {time}")
    assert (read.car, read.marks) == (None, (StampMark.NO_NUMBER,))
    assert "12" in read.note


def test_a_withdrawal_means_the_stamp_of_its_channel_and_time() -> None:
    form = "{flag}{number} {channel} {time}"
    assert (
        reading_key(stamp("c12 a 10:27:28.417", form)) == reading_key(stamp("12 A 10:27:28.417", form)) + "/x"
    )


@pytest.mark.parametrize(("kind", "value"), [("xor", "0F"), ("sum", "CF")])
def test_a_checksum_guards_the_line(kind: str, value: str) -> None:
    template = f"${{time}},{{channel}}*{{{kind}}}"
    assert stamp(f"$10:27:28.417,1*{value}", template).channel == "1"
    bad = refused(f"$10:27:28.417,2*{value}", template)
    assert bad.reason == "checksum"
    assert "expected" in bad.detail


def test_noise_before_a_line_without_a_checksum_leaves_it_to_a_person() -> None:
    bad = refused("\xff0:27:28.417,1,42")
    assert bad.reason == "noise"
    assert isinstance(bad.reading, Stamp)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("25:27:28.417,1,42", "range"),
        ("10:27:28.417,1,42,7", "no_frame"),
        ("01539;31-09-2026 10:26:30.620;0A;559;;1", "range"),
        ("\xe9t\xe9 10:27:28", "encoding"),
        ("$P,1,4711,x,y,99999999,z", "range"),
    ],
)
def test_what_cannot_be_is_refused(line: str, reason: str) -> None:
    assert refused("x" + line if reason == "encoding" else line).reason == reason

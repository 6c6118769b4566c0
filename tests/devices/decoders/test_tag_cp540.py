import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.tag_cp540 import TagCp540Decoder, checksum
from timing.core.instant import HOUR, Instant, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2026-09-20T10:07:22+02:00")
#: 2026-09-20 counted from 2000-01-01.
TODAY = 9759


def framed(text: str) -> bytes:
    return text.encode() + b"\t%04X\r\n" % checksum(text.encode())


def decode(*texts: str, received_at: Instant = ARRIVAL) -> Decoded:
    decoder = TagCp540Decoder(DecoderContext(device="SS1-FF", clock_offset=2 * HOUR))
    return decoder.feed(b"".join(framed(text) for text in texts), received_at)


def stamps(*texts: str) -> list[Stamp]:
    decoded = decode(*texts)
    assert all(isinstance(item, Stamp) for item in decoded)
    return [item for item in decoded if isinstance(item, Stamp)]


def test_an_impulse_becomes_a_stamp_to_a_hundred_thousandth() -> None:
    [read] = stamps(f"TN   12    2  4 10:07:20.27315  {TODAY}")
    assert read.at == parse_instant("2026-09-20T10:07:20.27315+02:00")
    assert (read.channel, read.car, read.resolution, read.marks) == ("4", "12", 10, ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("AN    1    1 M1 20:37:44.13600  6899", 0x069F),
        ("T+    1    1  1 11:11:11.11100  6994", 0x0649),
        ("DE 01", 0x010A),
    ],
)
def test_the_checksum_is_the_sum_of_the_bytes_before_the_tab(text: str, wanted: int) -> None:
    assert checksum(text.encode()) == wanted


def test_a_wrong_checksum_is_refused_and_the_next_line_is_read() -> None:
    line = f"TN   12    2  4 10:07:20.27315  {TODAY}"
    decoder = TagCp540Decoder(DecoderContext(device="d"))
    bad, good = decoder.feed(line.encode() + b"\t0001\r\n" + framed(line), ARRIVAL)
    assert isinstance(bad, Rejected)
    assert bad.reason == "checksum"
    assert f"expected {checksum(line.encode()):04X}" in bad.detail
    assert isinstance(good, Stamp)


def test_a_line_without_its_checksum_is_refused() -> None:
    decoder = TagCp540Decoder(DecoderContext(device="d"))
    [bad] = decoder.feed(b"TN   12    2  4 10:07:20.27315  9759\r\n", ARRIVAL)
    assert isinstance(bad, Rejected)
    assert bad.reason == "no_checksum"


def test_a_suppressed_impulse_is_withdrawn() -> None:
    good, withdrawn = stamps(
        f"TN   12    2  4 10:07:20.27315  {TODAY}", f"T-   12    2  4 10:07:20.27315  {TODAY}"
    )
    assert withdrawn.cancelled
    assert (withdrawn.at, withdrawn.channel, withdrawn.car) == (good.at, good.channel, good.car)


def test_a_suppressed_impulse_is_found_by_its_own_number_when_its_car_was_changed_meanwhile() -> None:
    *_, second, withdrawn = stamps(
        f"TN   12    2  4 10:07:20.27315  {TODAY}",
        f"T*   13    2  4 10:07:20.27315  {TODAY}",
        f"T-   12    2  4 10:07:20.27315  {TODAY}",
    )
    assert (withdrawn.cancelled, withdrawn.car) == (True, second.car)


def test_a_change_of_number_or_time_withdraws_the_earlier_form_of_the_impulse() -> None:
    first, taken, second, again, third = stamps(
        f"TN   12    2  4 10:07:20.27315  {TODAY}",
        f"T*   13    2  4 10:07:20.27315  {TODAY}",
        f"T*   13    2  4 10:07:21.00000  {TODAY}",
    )
    assert (taken.cancelled, taken.car, taken.at) == (True, "12", first.at)
    assert (second.cancelled, second.car) == (False, "13")
    assert (again.cancelled, again.car, again.at) == (True, "13", first.at)
    assert third.at == parse_instant("2026-09-20T10:07:21+02:00")


def test_a_key_and_an_inserted_time_are_marked() -> None:
    key, typed = stamps(
        f"TN   12    2 M4 10:07:20.27315  {TODAY}", f"T+   12    3  4 10:07:20.27315  {TODAY}"
    )
    assert (key.channel, key.marks) == ("M4", (StampMark.MANUAL,))
    assert typed.marks == (StampMark.TYPED,)


def test_what_comes_out_of_the_memory_keeps_its_day() -> None:
    [read] = stamps("DS 01", f"AN   12    2  4 19:07:20.27315  {TODAY - 2}", "DE 01")
    assert read.at == parse_instant("2026-09-18T19:07:20.27315+02:00")
    assert read.marks == (StampMark.MEMORY,)


def test_a_day_count_that_means_another_year_is_not_believed() -> None:
    [read] = stamps("AN   12    2  4 10:07:20.27315  6899")
    assert read.at == parse_instant("2026-09-20T10:07:20.27315+02:00")


def test_a_live_time_is_dated_by_its_arrival_whatever_the_unit_counts() -> None:
    [read] = stamps(f"TN   12    2  4 10:07:20.27315  {TODAY - 1}")
    assert read.at == parse_instant("2026-09-20T10:07:20.27315+02:00")


@pytest.mark.parametrize("text", ["RR    0    1           2.47700", "ID 01904", "DE 01", "AK F", "#RT 1"])
def test_results_answers_and_echoes_say_nothing(text: str) -> None:
    assert decode(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [("TN   12    2  4 25:07:20.27315  9759", "range"), ("TX   12    2  4 10:07:20.27315  9759", "no_frame")],
)
def test_a_right_checksum_does_not_make_a_time_of_nonsense(text: str, reason: str) -> None:
    [bad] = decode(text)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason

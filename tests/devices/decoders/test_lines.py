from dataclasses import dataclass

from devices.decoders import Decoded, DecoderContext
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise, wrong_sum
from timing.core.instant import Instant
from timing.core.readings import Heartbeat, Rejected


@dataclass(slots=True)
class Echo(LineDecoder):
    def read(self, line: bytes, received_at: Instant) -> Decoded:
        if line == b"sum":
            raise wrong_sum("01", "02")
        if line == b"frame":
            raise no_frame(line, "a beat")
        return [Heartbeat(device=self.context.device, at=int(line))]


def test_a_bad_line_costs_only_itself_and_says_why() -> None:
    one, bad_sum, no_line, no_number, two = Echo(DecoderContext(device="d")).feed(b"1\rsum\rframe\rx\r2\r", 0)
    assert isinstance(one, Heartbeat)
    assert isinstance(two, Heartbeat)
    refused = [item for item in (bad_sum, no_line, no_number) if isinstance(item, Rejected)]
    assert [item.reason for item in refused] == ["checksum", "no_frame", "range"]
    assert [item.raw for item in refused] == [b"sum", b"frame", b"x"]
    assert [item.detail for item in refused][:2] == [
        "checksum 01, expected 02",
        "5 bytes that are no frame, expected a beat",
    ]


def test_the_last_line_needs_no_end_when_the_link_has_ended() -> None:
    decoder = Echo(DecoderContext(device="d"))
    assert decoder.feed(b"7", 0) == []
    assert decoder.flush(0) == [Heartbeat(device="d", at=7)]


def test_what_a_line_seemed_to_say_is_kept_with_the_refusal() -> None:
    seems = Heartbeat(device="d", at=1)
    assert BadLine("x", "y", seems).seems == seems


def test_noise_is_taken_off_the_front_alone() -> None:
    assert without_noise(b"\x00\xffab\x00\xff") == b"ab\x00\xff"

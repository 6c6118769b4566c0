import random

import pytest

from devices.conversation import Heard, QueclinkConversation, TeltonikaConversation
from simulators.counterparts.teltonika import login, packet
from simulators.counterparts.truth import drive
from timing.core.instant import parse_instant

IMEI = "356307042441013"
NOW = parse_instant("2026-09-20T10:00:00Z")
PLACES = list(drive(NOW, 3, random.Random(1)))
PACKET = packet(PLACES)
HEAD = "+RESP:GTFRI,020102,356307042441013,,0,0,1,1,4.3,92,70.0,121.354335,31.222073,20260920013254,0460,0000"
REPORT = f"{HEAD},18d8,6141,00,,20260920093254,11F0$".encode()


def tracker() -> TeltonikaConversation:
    return TeltonikaConversation(lambda device: device == IMEI)


def said(found: list[Heard]) -> list[tuple[bytes, bytes]]:
    return [(heard.at_once, heard.kept) for heard in found]


def test_a_known_tracker_is_let_in_and_told_the_number_of_its_records_once_they_are_kept() -> None:
    talk = tracker()
    assert said(talk.hear(login(IMEI))) == [(b"\x01", b"")]
    [heard] = talk.hear(PACKET)
    assert (heard.device, heard.data, heard.at_once, heard.kept) == (IMEI, PACKET, b"", b"\x00\x00\x00\x03")


def test_bytes_may_come_in_any_pieces_and_signs_of_life_between() -> None:
    talk = tracker()
    stream = login(IMEI) + b"\xff" + PACKET + b"\xff\xff" + PACKET
    found = [heard for sign in stream for heard in talk.hear(bytes([sign]))]
    assert found == tracker().hear(stream)
    assert [heard.kept for heard in found] == [b"", b"\x00\x00\x00\x03", b"\x00\x00\x00\x03"]


def test_a_tracker_in_a_list_is_let_in_though_its_last_digit_is_no_check_digit() -> None:
    talk = TeltonikaConversation(lambda device: device == "123456789012345")
    [heard] = talk.hear(login("123456789012345"))
    assert (heard.at_once, heard.device, heard.data) == (b"\x01", "123456789012345", b"")


def test_a_tracker_that_is_in_no_list_is_refused_by_its_name() -> None:
    [heard] = tracker().hear(login("352093085698206") + PACKET)
    assert (heard.at_once, heard.reason, heard.device, heard.hang_up) == (
        b"\x00",
        "unknown_tracker",
        "352093085698206",
        True,
    )
    assert "entries.csv" in heard.fault


@pytest.mark.parametrize("data", [b"\x00\x0fGET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n"])
def test_who_is_no_tracker_is_shown_and_hung_up_on(data: bytes) -> None:
    [heard] = tracker().hear(data)
    assert (heard.reason, heard.hang_up, heard.device) == ("no_frame", True, "")


def test_a_damaged_packet_is_asked_for_again_but_not_for_ever() -> None:
    talk = tracker()
    talk.hear(login(IMEI))
    bad = PACKET[:40] + bytes([PACKET[40] ^ 1]) + PACKET[41:]
    answers = [heard.kept for _ in range(4) for heard in talk.hear(bad)]
    assert answers == [b"\x00" * 4, b"\x00" * 4, b"\x00\x00\x00\x03", b"\x00\x00\x00\x03"]
    assert [heard.kept for heard in talk.hear(PACKET)] == [b"\x00\x00\x00\x03"]


def test_bytes_that_are_no_packet_end_the_connection_so_that_the_tracker_begins_anew() -> None:
    talk = tracker()
    talk.hear(login(IMEI))
    [heard] = talk.hear(b"\x00\x00\x00\x00\xff\xff\xff\xff\x08garbage" + PACKET)
    assert (heard.reason, heard.device, heard.hang_up) == ("no_frame", IMEI, True)


def test_an_answer_to_a_command_is_not_answered() -> None:
    talk = tracker()
    talk.hear(login(IMEI))
    answer = bytes.fromhex(
        "00000000000000370C01060000002F4449313A31204449323A30204449333A302041494E313A302041494E323A313639323420"
        "444F313A3020444F323A3101000066E3"
    )
    assert said(talk.hear(answer)) == [(b"", b"")]


def test_a_report_is_answered_by_its_count_when_it_is_kept() -> None:
    talk = QueclinkConversation(lambda device: device == IMEI)
    [heard] = talk.hear(REPORT)
    assert (heard.device, heard.kept, heard.data) == (IMEI, b"+SACK:11F0$", REPORT)
    buffered = REPORT.replace(b"+RESP", b"+BUFF")
    assert [one.kept for one in talk.hear(b"\r\n" + buffered + REPORT)] == [b"+SACK:11F0$"] * 2


def test_a_heartbeat_is_answered_by_its_version_too_and_an_answer_by_nothing() -> None:
    talk = QueclinkConversation(lambda device: True)
    [heard] = talk.hear(f"+ACK:GTHBD,C30203,{IMEI},,20260920161532,FFFF$".encode())
    assert heard.kept == b"+SACK:GTHBD,C30203,FFFF$"
    [heard] = talk.hear(f"+ACK:GTRTO,C30203,{IMEI},,GPS,0001,20260920161532,0002$".encode())
    assert heard.kept == b""


def test_the_answer_can_be_switched_off() -> None:
    [heard] = QueclinkConversation(lambda device: True, answers=False).hear(REPORT)
    assert heard.kept == b""


def test_a_report_of_a_stranger_or_of_nobody_is_shown() -> None:
    talk = QueclinkConversation(lambda device: False)
    [heard] = talk.hear(REPORT)
    assert (heard.reason, heard.device, heard.kept, heard.hang_up) == ("unknown_tracker", IMEI, b"", True)
    [heard] = talk.hear(b"+RESP:GTXXX,none$")
    assert heard.reason == "no_frame"


def test_noise_before_a_report_costs_nothing_but_itself() -> None:
    talk = QueclinkConversation(lambda device: True)
    noise, report = talk.hear(b"garbage" + REPORT)
    assert (noise.reason, noise.data, noise.hang_up) == ("no_frame", b"garbage", False)
    assert report.data == REPORT
    assert talk.hear(b"x" * 3_000)[-1].hang_up

import pytest

from devices.chip_conversation import JchipConversation, MylapsConversation

PASSING = b"Finish@Passing@c=DB7B5|t=10:30:00.123|d=260920@c=DB7B6|t=10:30:01.5|d=260920@17@$"


def test_a_jchip_reader_is_asked_for_its_time_and_started() -> None:
    talk = JchipConversation()
    answers = [one.at_once for one in talk.hear(b"N0000FINISH\rGT010111850 date=20260920\r")]
    assert answers == [b"GT\r", b"S0000\r"]
    [read] = talk.hear(b"DJZ413A35 10:11:16.4433 10  10000      C7\r\n")
    assert (read.data[:4], read.at_once, read.kept) == (b"DJZ4", b"", b"")


def test_a_reader_that_has_run_for_days_is_started_too() -> None:
    [clock] = JchipConversation().hear(b"GT310111850\r")
    assert clock.at_once == b"S0000\r"


def test_a_passing_is_answered_by_its_number_when_it_is_kept() -> None:
    [heard] = MylapsConversation().hear(PASSING)
    assert (heard.data, heard.at_once, heard.kept) == (PASSING, b"", b"rallykeeper@AckPassing@17@$")
    [mark] = MylapsConversation().hear(b"Start@Marker@mt=Gunshot|t=10:30:00.000@8@$")
    assert mark.kept == b"rallykeeper@AckMarker@8@$"


def test_pings_are_answered_at_once_and_pieces_put_together() -> None:
    talk = MylapsConversation()
    stream = b"Finish@Pong@$\r\nFinish@Ping@$" + PASSING
    found = [one for sign in stream for one in talk.hear(bytes([sign]))]
    assert [(one.at_once, one.kept) for one in found] == [
        (b"rallykeeper@AckPong@Version2.1@c|t|d@$", b""),
        (b"rallykeeper@AckPing@$", b""),
        (b"", b"rallykeeper@AckPassing@17@$"),
    ]


def test_a_passing_without_its_number_is_not_answered() -> None:
    [heard] = MylapsConversation().hear(b"Finish@Passing@c=DB7B5|t=10:30:00.123@$")
    assert heard.kept == b""


@pytest.mark.parametrize("talk", [JchipConversation(), MylapsConversation()])
def test_who_never_ends_a_line_is_hung_up_on(talk: JchipConversation | MylapsConversation) -> None:
    assert talk.hear(b"x" * 9_000)[-1].hang_up

"""Each text is the form that the program prints; values are those of a machine in good or bad order."""

from collections.abc import Sequence

import pytest

from devices.host_clock import HostClock, chrony_clock, ntpd_clock, read_host_clock, systemd_clock

CHRONY = (
    "C0A80101,192.168.1.1,3,1789898400.123456789,0.000012345,-0.000001,0.00002,"
    "-12.3,0.001,0.02,0.01,0.0005,64.2,Normal\n"
)
CHRONY_LOST = "7F7F0101,,0,0.000000000,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n"
NTPD = "associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,\nleap=00, stratum=2,\noffset=-1.234\n"
NTPD_LOST = (
    "associd=0 status=c016 leap_alarm, sync_unspec, 1 event, restart,\nleap=11, stratum=16, offset=0.000\n"
)


def test_chrony_says_how_far_and_by_whom() -> None:
    assert chrony_clock(CHRONY) == HostClock(
        synchronised=True, by="chrony", offset=12, detail="stratum 3, 192.168.1.1"
    )
    assert chrony_clock(CHRONY_LOST) == HostClock(
        synchronised=False, by="chrony", detail="chrony has no source"
    )


def test_ntpd_says_it_in_milliseconds() -> None:
    assert ntpd_clock(NTPD) == HostClock(synchronised=True, by="ntpd", offset=1234, detail="stratum 2")
    lost = ntpd_clock(NTPD_LOST)
    assert lost is not None
    assert lost.synchronised is False


def test_systemd_says_whether_and_whether_it_tries() -> None:
    good = systemd_clock("NTPSynchronized=yes\nNTP=yes\n")
    trying = systemd_clock("NTP=yes\nNTPSynchronized=no\n")
    nobody = systemd_clock("NTPSynchronized=no\nNTP=no\n")
    assert good is not None
    assert good.synchronised is True
    assert trying is not None
    assert (trying.synchronised, trying.detail) == (False, "not set by the network, but not yet")
    assert nobody is not None
    assert nobody.synchronised is False


@pytest.mark.parametrize(
    "said", ["", "506 Cannot talk to daemon\n", ",,,", "a=b=c\n=\n", "NTPSynchronized=perhaps", "\ufffd" * 40]
)
def test_what_cannot_be_read_is_passed_over(said: str) -> None:
    assert [read(said) for read in (chrony_clock, ntpd_clock, systemd_clock)] == [None, None, None]


@pytest.mark.parametrize("field", [2, 4])
def test_a_field_that_is_no_number_is_no_answer(field: int) -> None:
    fields = CHRONY.split(",")
    fields[field] = "nan" if field == 4 else "x"
    assert chrony_clock(",".join(fields)) is None


def test_the_most_telling_program_is_believed_and_the_next_one_asked_where_it_is_silent() -> None:
    def only(program: str, said: str) -> HostClock:
        def ask(command: Sequence[str]) -> str | None:
            return said if command[0] == program else None

        return read_host_clock(ask)

    assert only("chronyc", CHRONY).by == "chrony"
    assert only("ntpq", NTPD).by == "ntpd"
    assert only("timedatectl", "NTPSynchronized=yes\n").by == "systemd"
    nobody = read_host_clock(lambda command: None)
    assert nobody.synchronised is None
    assert nobody.detail


def test_this_machine_answers_without_an_exception_whatever_is_installed() -> None:
    assert read_host_clock().detail

import json
from pathlib import Path

import pytest

from dashboard.gateway_command import main
from dashboard.gateway_view import clock_text, row, view
from devices.gateway_state import BrokerState, ClockState, GatewayState, PortState
from devices.spool import Spool
from timing.core.instant import SECOND, parse_instant

NOW = parse_instant("2026-06-06T15:00:00Z")
PORT = PortState(
    device="timer-1", link="serial:/dev/ttyUSB0", up=True, since=NOW, count=12, last=(NOW, b" 0012 C1\xff")
)
GOOD = GatewayState(
    at=NOW,
    broker=BrokerState(up=True, since=NOW),
    ports=(PORT,),
    depth=3,
    on_way=2,
    held=0,
    dropped=0,
    acknowledged=40,
    fault="",
    clock=ClockState(offset=2000, unsure=1000, trusted=True),
)
BAD = GatewayState(
    at=NOW,
    broker=BrokerState(up=False, since=NOW, error="connection lost"),
    ports=(PortState(device="timer-2", link="tcp:10.0.0.9:7000", up=False, since=NOW, error="no answer"),),
    depth=900,
    on_way=0,
    held=7,
    dropped=5,
    acknowledged=0,
    fault="disk full",
    clock=ClockState(offset=None, unsure=None, trusted=False),
)


def test_a_gateway_in_order_has_no_mark_on_its_screen_and_shows_the_last_line() -> None:
    screen = view(GOOD, rally="mille", name="gw")
    assert "!" not in screen
    assert "12 lines read; the last:" in screen
    assert "15:00:00.000   0012 C1\\xff" in screen
    assert "3 lines wait for the service, 2 of them on their way; 40 acknowledged" in screen
    assert "+0.002 s from the service (known to 0.001 s)" in screen


def test_what_needs_a_hand_is_marked() -> None:
    marked = [line for line in view(BAD, rally="mille", name="gw").splitlines() if line.startswith("!")]
    assert len(marked) == 6
    text = "\n".join(marked)
    for word in (
        "NO CONNECTION",
        "connection lost",
        "NOT KNOWN TO BE SET",
        "disk full",
        "7 lines are in memory",
        "5 sentences",
    ):
        assert word in text
    assert "NO LINE: no answer" in text


def test_a_clock_far_off_is_said_with_what_is_done_about_it() -> None:
    assert "dated by the service's" in clock_text(ClockState(offset=-90 * SECOND, unsure=5000, trusted=False))
    assert "has not told" in clock_text(ClockState(offset=None, unsure=None, trusted=True))


def test_a_program_gets_the_same_as_json() -> None:
    told = json.loads(json.dumps(row(BAD)))
    assert told["broker"]["up"] is False
    assert told["clock"] == {"offset_us": None, "unsure_us": None, "synchronised": False}
    assert told["ports"]["timer-2"]["error"] == "no answer"
    assert json.loads(json.dumps(row(GOOD)))["ports"]["timer-1"]["last"] == " 0012 C1\\xff"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["mille", "timer-1", "--broker", "mqtt://h"], "DEVICE=LINK"),
        (["mille", "t/1=serial:/dev/x", "--broker", "mqtt://h"], "DEVICE=LINK"),
        (["mille", "t=serial:", "--broker", "mqtt://h"], "not a serial port"),
        (["mille", "t=tcp:host", "--broker", "mqtt://h"], "not a device's address"),
        (["mille", "t=serial:/dev/x", "t=serial:/dev/y", "--broker", "mqtt://h"], "twice"),
        (["mille", "t=serial:/dev/x", "--broker", "http://h"], "not a broker's address"),
        (["mille", "t=serial:/dev/x", "--broker", "mqtt://h", "--most", "0"], "--most"),
        (
            ["mille", "t=serial:/dev/x", "--broker", "mqtt://h", "--password-file", "/not/there"],
            "No such file",
        ),
        (["mille", "t=serial:/dev/x", "--broker", "mqtt://h", "--password-file", __file__], "needs a user"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_opened(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert word in capsys.readouterr().err


def test_a_spool_that_another_gateway_has_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    arguments = [
        "mille",
        "t=tcp:127.0.0.1:9",
        "--broker",
        "mqtt://127.0.0.1:9",
        "--spool",
        str(tmp_path / "spool"),
    ]
    assert main(arguments) == 1
    assert "in use" in capsys.readouterr().err
    taken.close()

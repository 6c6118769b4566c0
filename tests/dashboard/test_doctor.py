"""The doctor on this machine: real ports (pseudo-terminals), real brokers, a real disk."""

import contextlib
import json
import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from dashboard import doctor_command
from dashboard.serve import main
from devices.broker import Broker
from devices.host_clock import HostClock
from devices.mqtt import try_broker
from devices.serial_port import FoundPort
from timing.core.instant import MILLISECOND
from timing.folder_template import write_template

CAPTURES = Path(__file__).parent.parent / "devices" / "captures"
Findings = dict[str, dict[str, str]]


class Talking:
    """A device that says the same over and over."""

    def __init__(self, data: bytes) -> None:
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port = os.ttyname(self._theirs)
        self._data = data
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        while self._data and not self._ended.wait(0.05):
            with contextlib.suppress(OSError):
                os.write(self._ours, self._data)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def talking() -> Iterator[Callable[[bytes], str]]:
    made: list[Talking] = []

    def talk(data: bytes) -> str:
        made.append(Talking(data))
        return made[-1].port

    yield talk
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is set and which has no port but those of the test."""
    clock = HostClock(synchronised=True, by="chrony", offset=12, detail="stratum 2")
    monkeypatch.setattr(doctor_command, "read_host_clock", lambda: clock)
    monkeypatch.setattr(doctor_command, "found_ports", list)


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Findings]:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json", "--seconds", "0.6", *arguments])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["ok"] == (ended.value.code == 0)
    return int(ended.value.code or 0), {finding["what"]: finding for finding in told["findings"]}


@pytest.mark.parametrize("decoder", ["alge_timy", "nmea", "tag_cp520"])
def test_what_is_on_a_port_is_recognised_and_the_lines_for_the_register_are_given(
    decoder: str, talking: Callable[[bytes], str], capsys: pytest.CaptureFixture[str]
) -> None:
    port = talking((CAPTURES / f"{decoder}.bin").read_bytes())
    code, found = doctor(capsys, "--port", port)
    assert code == 0
    assert f'decoder = "{decoder}"' in found[port]["do"]
    assert f'link = "serial:{port}?baud=9600"' in found[port]["do"]


def test_several_ports_are_listened_to_and_a_silent_or_strange_one_is_said(
    talking: Callable[[bytes], str], capsys: pytest.CaptureFixture[str]
) -> None:
    silent, strange = talking(b""), talking(b"hello, world\r\n")
    code, found = doctor(capsys, "--port", silent, "--port", strange, "--port", "/dev/not-there")
    assert code == 0, "none of it keeps the rally from running"
    assert (found[silent]["verdict"], found[strange]["verdict"]) == ("look", "look")
    assert "silent" in found[silent]["found"]
    assert "hello" in found[strange]["found"]
    assert "No such file" in found["/dev/not-there"]["found"]
    assert all(finding["do"] for finding in found.values() if finding["verdict"] != "fine")


def test_a_port_that_a_running_service_reads_is_left_to_it(
    talking: Callable[[bytes], str], capsys: pytest.CaptureFixture[str]
) -> None:
    port = talking((CAPTURES / "alge_timy.bin").read_bytes())
    held = serial.Serial(port, exclusive=True)
    _, found = doctor(capsys, "--port", port)
    held.close()
    assert found[port]["verdict"] == "fine"
    assert "in use" in found[port]["found"]


def test_no_port_is_opened_where_that_is_not_wanted(
    talking: Callable[[bytes], str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [FoundPort("/dev/serial/by-id/usb-FTDI", "/dev/ttyUSB0", "FT232R")]
    monkeypatch.setattr(doctor_command, "found_ports", lambda: ports)
    monkeypatch.setattr(doctor_command, "listen", lambda settings, seconds: pytest.fail("opened"))
    _, found = doctor(capsys, "--no-listen")
    assert found["/dev/serial/by-id/usb-FTDI"]["found"] == "FT232R"


def test_a_broker_that_is_away_is_wrong(
    capsys: pytest.CaptureFixture[str], free_port: Callable[[], int]
) -> None:
    code, found = doctor(capsys, "--broker", f"mqtt://user:secret@127.0.0.1:{free_port()}")
    assert code == 1
    assert found["broker"]["verdict"] == "wrong"
    assert "secret" not in json.dumps(found), "a password is not for a screen"


async def test_a_broker_that_answers_is_fine_and_one_that_refuses_us_is_not(tmp_path: Path) -> None:
    async with Broker(tmp_path / "broker", "mille") as broker:
        assert await try_broker(broker.url(), client_id="doctor") == ""
        wrong = broker.url().replace(broker.password("service"), "guessed")
        assert await try_broker(wrong, client_id="doctor") != ""


def test_an_event_with_errors_is_wrong_and_one_without_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_template(tmp_path / "event")
    _, found = doctor(capsys, str(tmp_path / "event"))
    assert "0 errors" in found["event"]["found"]
    entries = tmp_path / "event" / "entries.csv"
    entries.write_text(entries.read_text().replace("car_number", "number_of_car"))
    code, found = doctor(capsys, str(tmp_path / "event"))
    assert code == 1
    assert found["event"]["verdict"] == "wrong"
    assert "check" in found["event"]["do"]


def test_a_full_disk_is_wrong_before_the_rally(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(free: int) -> Callable[[Path], object]:
        return lambda place: type("Usage", (), {"total": 64 * 1024**3, "free": free})()

    for free, verdict in ((100 * 1024**2, "wrong"), (1024**3, "look"), (20 * 1024**3, "fine")):
        monkeypatch.setattr("shutil.disk_usage", usage(free))
        assert doctor(capsys)[1]["disk"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("clock", "verdict"),
    [
        (HostClock(synchronised=True, by="chrony", offset=12, detail="stratum 2"), "fine"),
        (HostClock(synchronised=True, by="systemd", detail="set by the network"), "fine"),
        (HostClock(synchronised=True, by="ntpd", offset=40 * MILLISECOND, detail="stratum 2"), "look"),
        (HostClock(synchronised=False, by="systemd", detail="not set by the network, but not yet"), "wrong"),
        (HostClock(synchronised=None, detail="neither chrony, ntpd nor systemd answers here"), "look"),
    ],
)
def test_the_clock_is_judged_by_who_sets_it(
    clock: HostClock, verdict: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_command, "read_host_clock", lambda: clock)
    _, found = doctor(capsys)
    assert found["clock"]["verdict"] == verdict
    assert bool(found["clock"]["do"]) == (verdict != "fine")


def test_a_broker_address_that_is_none_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--broker", "http://x"])
    assert ended.value.code == 2
    assert "not a broker's address" in capsys.readouterr().err


def test_people_read_a_line_for_each_thing_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fine  clock: chrony: stratum 2")
    assert any(line.startswith("look  ports: no serial port") for line in lines)

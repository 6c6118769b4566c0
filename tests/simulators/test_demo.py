"""The demo as a user starts and stops it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def board(self) -> str:
        """Wait for the whole greeting; return the board's address."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        else:
            pytest.fail(self.said)
        return next(line.split()[1] for line in self.said.splitlines() if line.strip().startswith("Board"))

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def tokens(data: Path) -> dict[str, str]:
    """The personal links' secrets: kept as long as the data folder is."""
    known: dict[str, str] = json.loads((data / "run.json").read_text())["tokens"]
    return known


@contextmanager
def demo(data: Path, *more: str) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.demo", "--event", "night-stages", "--data", str(data), *more],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    running = Demo(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.end(signal.SIGTERM)
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_the_demo_leaves_no_child_and_no_port_behind(number: signal.Signals, tmp_path: Path) -> None:
    with demo(tmp_path / "data", "--port", "0") as running:
        running.board()
        family = running.family()
        assert any("nats-server" in child.name() for child in family)
        assert len(family) >= 2
        assert running.end(number) == 0
        gone, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        assert len(gone) == len(family)
        assert not list((tmp_path / "data" / "ports").iterdir())


def test_a_second_start_goes_on_where_the_first_was_stopped_and_fresh_begins_afresh(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with demo(data, "--port", "0", "--speed", "1000") as first:
        first.board()
        deadline = time.monotonic() + 20
        while not (data / "demo.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        first.end(signal.SIGINT)
        links = tokens(data)
    with demo(data, "--port", "0") as second:
        second.board()
        assert "Going on from 2026-10-2" in second.said
        assert tokens(data) == links
    with demo(data, "--port", "0", "--fresh") as third:
        third.board()
        assert "Going on" not in third.said
        assert not set(tokens(data).values()) & set(links.values())


def test_a_taken_port_makes_the_demo_take_the_next_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with demo(tmp_path / "data", "--port", str(port)) as running:
            address = running.board()
    assert int(address.rstrip("/").rpartition(":")[2]) != port


@pytest.mark.parametrize("wrong", [["--speed", "0"], ["--speed", "fast"], ["--event", "no-such-event"]])
def test_a_wrong_wish_is_refused_in_plain_words(wrong: list[str], tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "simulators.demo", "--data", str(tmp_path / "data"), *wrong],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert answer.returncode == 2
    assert wrong[1] in answer.stderr
    assert not (tmp_path / "data").exists()

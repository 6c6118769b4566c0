"""A process that dies at any moment, and a disk that fills up: nothing acknowledged is ever lost."""

import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from timing.journal.journal import Journal, open_journal

APPENDER = Path(__file__).with_name("appender.py")
ROOT = APPENDER.parents[2]


@pytest.mark.timeout(300)
async def test_a_kill_at_any_moment_loses_no_acknowledged_record(target: str) -> None:
    chance = random.Random(2024)
    acknowledged: list[str] = []
    for boot in range(1, 13):
        told = _run_until_killed(target, boot, after_lines=chance.randrange(1, 3000))
        acknowledged += told
        journal = open_journal(target)
        try:
            _check(journal, acknowledged)
        finally:
            await journal.close()
    assert sum(line.startswith("r ") for line in acknowledged) > 1000


@pytest.mark.timeout(300)
async def test_a_full_disk_is_told_and_loses_no_acknowledged_record(tmp_path: Path) -> None:
    limit = 3 << 20

    def with_little_space() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = _start(tmp_path, boot=1, preexec_fn=with_little_space)
    told, _ = process.communicate(timeout=60)
    *acknowledged, last = told.decode().splitlines()
    assert process.returncode == 0
    assert last.startswith(f"failed {tmp_path / 'journal.sqlite'}: a write failed")
    assert "not acknowledged is not recorded" in last
    journal = open_journal(tmp_path)  # without the limit: there is space again
    try:
        _check(journal, acknowledged)
    finally:
        await journal.close()
    assert len(acknowledged) > 500


def _check(journal: Journal, acknowledged: Iterable[str]) -> None:
    keys = [record.key for record in journal.read()]
    assert [record.seq for record in journal.read()] == list(range(1, len(keys) + 1))
    assert len(set(keys)) == len(keys)
    assert {line[2:] for line in acknowledged if line.startswith("r ")} <= set(keys)
    fixes = [stored.fix.at for stored in journal.read_fixes()]
    assert len(set(fixes)) == len(fixes)
    assert {int(line[2:]) for line in acknowledged if line.startswith("f ")} <= set(fixes)
    assert journal.verify() == []


def _run_until_killed(target: str, boot: int, after_lines: int) -> list[str]:
    """Kill the appender once it has told so much; return every line it got out."""
    process = _start(target, boot)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) == after_lines:
            os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    assert process.wait(20) == -signal.SIGKILL
    if not lines[-1].endswith(b"\n"):  # cut off in the middle of being told
        lines.pop()
    return [line.decode().strip() for line in lines]


def _start(target: str | Path, boot: int, **more: object) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, APPENDER, target, str(boot)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, **more)  # type: ignore[call-overload,no-any-return]

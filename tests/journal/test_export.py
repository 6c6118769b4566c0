"""Exported lines: they make the same journal again, and show every change made to them."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from timing.core.readings import Stamp, StampMark
from timing.core.records import first_key
from timing.journal.export import LineError, import_records, read_records, verify_lines
from timing.journal.journal import open_journal
from timing.journal.record import Draft

Drafts = Callable[..., Draft]


@pytest.fixture
async def lines(tmp_path: Path, draft: Drafts) -> list[bytes]:
    journal = open_journal(tmp_path / "source")
    await journal.append([draft(n, raw=b"\xff\n%d" % n if n % 2 else None) for n in range(1, 1201)])
    file = io.BytesIO()
    assert journal.export(file) == 1200
    await journal.close()
    return file.getvalue().splitlines(keepends=True)


async def test_an_import_gives_the_same_journal_to_the_hash(tmp_path: Path, lines: list[bytes]) -> None:
    source = open_journal(tmp_path / "source")
    copy = open_journal(tmp_path / "copy")
    assert await import_records(copy, lines) == 1200
    assert copy.head() == source.head()
    assert list(copy.read()) == list(source.read()) == list(read_records(lines))
    assert await import_records(copy, [*lines, b"\n"]) == 0
    await copy.close()
    await source.close()


async def test_a_journal_from_before_keys_of_a_device_were_told_apart_is_imported_to_the_hash(
    tmp_path: Path, draft: Drafts
) -> None:
    by_key = Stamp(device="G1", at=7, channel="C0", car="12", marks=(StampMark.MANUAL,))
    old = Draft(received_at=8, origin="serial:x", body=by_key, key=first_key(by_key))
    source, copy = open_journal(tmp_path / "source"), open_journal(tmp_path / "copy")
    await source.append([draft(1), old, draft(2)])
    file = io.BytesIO()
    source.export(file)
    assert await import_records(copy, file.getvalue().splitlines(keepends=True)) == 3
    assert copy.head() == source.head()
    assert copy.find("S/G1/C0/7/12") is not None
    await copy.close()
    await source.close()


def test_whole_lines_prove_themselves(lines: list[bytes]) -> None:
    assert verify_lines(lines) == []


def test_a_changed_line_is_named(lines: list[bytes]) -> None:
    lines[6] = lines[6].replace(b'"car":"17"', b'"car":"71"')
    assert verify_lines(lines) == ["record 7 was changed after it was written, or the hash of record 6 was"]


def test_a_changed_time_of_receipt_is_named(lines: list[bytes]) -> None:
    lines[6] = lines[6].replace(b'"received_at":1', b'"received_at":2')
    assert verify_lines(lines) == ["record 7 was changed after it was written, or the hash of record 6 was"]


def test_missing_and_moved_lines_are_named(lines: list[bytes]) -> None:
    del lines[2:4]
    lines[10], lines[11] = lines[11], lines[10]
    assert verify_lines(lines) == ["line 12: record 13 stands behind record 14", "records 3 to 4 are missing"]


def test_a_doubled_line_is_named(lines: list[bytes]) -> None:
    assert "record 5 is there twice" in verify_lines([*lines[:5], lines[4], *lines[5:]])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"what is this", "line 2: found no JSON"),
        (b"[1]", "line 2: found no JSON object"),
        (b'{"seq":1}', "line 2: found no record"),
        (b'{"seq":1.5,"received_at":1}', "line 2: found no record"),
    ],
)
def test_a_line_that_is_no_record_is_named(lines: list[bytes], line: bytes, told: str) -> None:
    with pytest.raises(LineError, match=told):
        list(read_records([lines[0], line]))
    assert any(told in fault for fault in verify_lines([lines[0], line]))


def test_a_key_that_does_not_fit_its_record_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(LineError, match="found key 'S/gate/1/9', expected 'S/gate/1/2'"):
        list(read_records([lines[1].replace(b'"key":"S/gate/1/2"', b'"key":"S/gate/1/9"')]))


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_the_shell_script_of_the_documentation_proves_an_export(tmp_path: Path, lines: list[bytes]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "journal.md").read_text("utf-8")
    script = page.split("```sh\n")[1].split("```")[0]

    def run(some: list[bytes]) -> subprocess.CompletedProcess[bytes]:
        (tmp_path / "journal.jsonl").write_bytes(b"".join(some))
        return subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, capture_output=True, check=False, timeout=60
        )

    head = json.loads(lines[39])["hash"]
    assert run(lines[:40]).stdout.decode().strip() == head
    changed = lines[20].replace(b'"car":"17"', b'"car":"71"')
    refused = run([*lines[:20], changed, *lines[21:40]])
    assert refused.returncode == 1
    assert refused.stdout.startswith(b'does not fit: {"seq":21,')

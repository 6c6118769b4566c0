import os
from pathlib import Path

import pytest

from timing.imports.write import replace_file


def test_a_new_file_leaves_nothing_behind(tmp_path: Path) -> None:
    assert replace_file(tmp_path / "route" / "leg-1.gpx", b"new") is None
    assert [path.name for path in (tmp_path / "route").iterdir()] == ["leg-1.gpx"]


def test_the_old_file_is_kept_under_the_date_of_its_last_change(tmp_path: Path) -> None:
    path = tmp_path / "entries.csv"
    path.write_bytes(b"old")
    os.utime(path, (1_713_688_200, 1_713_688_200))
    kept = replace_file(path, b"new")
    assert kept == tmp_path / "entries.csv.2024-04-21-083000.bak"
    assert (kept.read_bytes(), path.read_bytes()) == (b"old", b"new")
    os.utime(path, (1_713_688_200, 1_713_688_200))
    assert replace_file(path, b"newer") == tmp_path / "entries.csv.2024-04-21-083000-2.bak"
    assert kept.read_bytes() == b"old"


def test_the_same_content_keeps_no_old_file(tmp_path: Path) -> None:
    path = tmp_path / "entries.csv"
    path.write_bytes(b"same")
    assert replace_file(path, b"same") is None
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "entries.csv").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "entries.csv", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["entries.csv"]


def test_the_rights_of_the_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "entries.csv"
    path.write_bytes(b"old")
    path.chmod(0o660)
    replace_file(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o660

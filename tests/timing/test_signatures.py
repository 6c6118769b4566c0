"""The Timekeeper's key: made once, for its owner's eyes only, and what it signs."""

import stat
from pathlib import Path

import pytest

from timing.signatures import (
    KeyFileError,
    ensure_key,
    fingerprint,
    key_file,
    load_key,
    read_public,
    signed_by,
)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    key = ensure_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ensure_key(path).public == key.public == read_public(path.with_name("timekeeper.pub"))
    assert [each.name for each in sorted(path.parent.iterdir())] == ["timekeeper.key", "timekeeper.pub"]


def test_a_new_key_beside_the_public_half_of_another_is_said_and_replaces_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = key_file(tmp_path)
    first = ensure_key(path)
    assert not caplog.messages
    path.unlink()
    assert ensure_key(path).public != first.public
    assert read_public(path.with_name("timekeeper.pub")) == first.public
    assert "is not the key of" in caplog.text


def test_the_same_text_has_the_same_signature_and_another_has_none(tmp_path: Path) -> None:
    key = ensure_key(tmp_path / "a.key")
    other = ensure_key(tmp_path / "sub" / "b.key")
    signature = key.sign(b"4:32.1")
    assert signature == load_key(tmp_path / "a.key").sign(b"4:32.1")
    assert signed_by(key.public, b"4:32.1", signature)
    assert not signed_by(key.public, b"4:31.1", signature)
    assert not signed_by(other.public, b"4:32.1", signature)
    assert not signed_by(key.public, b"4:32.1", signature[:-2])
    assert not signed_by(key.public, b"4:32.1", "no hex")
    assert not signed_by("00", b"4:32.1", signature)
    assert fingerprint(key.public) != fingerprint(other.public)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    ensure_key(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="can be read by others"):
        ensure_key(path)


@pytest.mark.parametrize("text", [b"", b"-----BEGIN PRIVATE KEY-----\nxyz\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"a\.key is no private key"):
        ensure_key(path)
    with pytest.raises(KeyFileError, match="no public key"):
        read_public(path)

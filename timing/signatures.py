"""The Official Timekeeper's key: made once, held in a file of its own, never in a database.

Signatures are Ed25519 (RFC 8032): the same key and text give the same signature, so that a document can
be written anew from the journal, byte for byte.
"""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

log = logging.getLogger("rallykeeper.signatures")

FOLDER = "keys"
PRIVATE = "timekeeper.key"
PUBLIC = "timekeeper.pub"


class KeyFileError(Exception):
    """A key file that cannot be used; the text tells the operator why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half (`public`, 64 hex digits)."""

    _private: Ed25519PrivateKey
    public: str

    def sign(self, text: bytes) -> str:
        """Return the signature of a text, 128 hex digits."""
        return self._private.sign(text).hex()


def key_file(data: Path) -> Path:
    """Return where the key of a data folder lies if no other place is named."""
    return data / FOLDER / PRIVATE


def ensure_key(path: Path) -> SigningKey:
    """Return the key in a file; where there is none, make one that only its owner can read.

    The public half lies beside it, for everybody. That of another key stays as it is, since documents were
    signed with that one; it is said in the log.

    Raises:
        KeyFileError: the file is no Ed25519 key, or others can read it.
        OSError: it cannot be read or written.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # Whole or not at all, and never another's: a key cut short would be no key.
        unfinished = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass  # another process was faster: its key is the one
        finally:
            unfinished.unlink()
    key = load_key(path)
    public = path.with_name(PUBLIC)
    if not public.exists():
        public.write_text(f"{key.public}\n", encoding="ascii")
    elif public.read_text(encoding="ascii", errors="replace").strip() != key.public:
        log.warning("%s is not the key of %s: what it signs is not by whom people know", path, public)
    return key


def load_key(path: Path) -> SigningKey:
    """Return the key in a file.

    Raises:
        KeyFileError: the file is no Ed25519 key, or others can read it.
        OSError: it cannot be read.
    """
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path} can be read by others: chmod 600 it")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is no private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is no Ed25519 key")
    return SigningKey(key, key.public_key().public_bytes_raw().hex())


def read_public(path: Path) -> str:
    """Return the public key in a file (64 hex digits).

    Raises:
        KeyFileError: it holds no public key.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="ascii", errors="replace").strip().lower()
    if _public(text) is None:
        raise KeyFileError(f"{path} holds no public key (64 hex digits)")
    return text


def signed_by(public: str, text: bytes, signature: str) -> bool:
    """Return whether a signature of a text was made with the private half of a public key."""
    key = _public(public)
    if key is None or signature != signature.lower():
        return False
    try:
        key.verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: str) -> str:
    """Return a short name of a public key, to be read out on the telephone."""
    name = hashlib.sha256(public.encode("ascii", "replace")).hexdigest()[:16]
    return "-".join(name[i : i + 4] for i in range(0, 16, 4))


def _public(text: str) -> Ed25519PublicKey | None:
    if text != text.lower():
        return None  # one key, one way of writing it
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        return None

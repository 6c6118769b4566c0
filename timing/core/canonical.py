"""The one written form of a document, so that equal documents are equal bytes (RFC 8785)."""

import hashlib
from typing import TypeAlias

import rfc8785

#: JSON without fractions: whole numbers are exact up to 2^53, everything else is text.
Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | bool | None"


def canonical(value: Plain) -> bytes:
    """Write a value by the JSON Canonicalization Scheme (RFC 8785): UTF-8, sorted names, no spaces.

    Raises:
        rfc8785.CanonicalizationError: a number past 2^53, or a text that has no UTF-8.
    """
    return rfc8785.dumps(value)


def digest(value: Plain) -> str:
    """Return the SHA-256 of a value's canonical form, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()

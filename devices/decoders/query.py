"""Fields of a query or a posted form: `lat=60.0&lon=30.0&time=2026-09-20T10%3A00%3A00Z`.

No protocol of its own: what the decoders of the phones' HTTP requests share.
"""

#: No request of a phone has near so many; a stranger's flood of fields ends here.
_MOST_FIELDS = 100


def fields_of(data: bytes) -> dict[str, str]:
    """Return the fields by their names in small letters; of one that comes twice, the first.

    Raises:
        ValueError: not text once the escapes are taken out, an escape that is none, or too many fields.
    """
    fields: dict[str, str] = {}
    parts = data.strip().lstrip(b"?").split(b"&")
    if len(parts) > _MOST_FIELDS:
        raise ValueError(f"{len(parts)} fields, expected at most {_MOST_FIELDS}")
    for part in parts:
        name, _, value = part.partition(b"=")
        if name:
            fields.setdefault(_unescaped(name).lower(), _unescaped(value).strip())
    return fields


def _unescaped(data: bytes) -> str:
    first, *rest = data.replace(b"+", b" ").split(b"%")
    plain = bytearray(first)
    for piece in rest:
        try:
            plain += bytes.fromhex(piece[:2].decode("ascii"))
        except ValueError:
            raise ValueError(f"{piece[:2]!r} behind a % is no two hexadecimal digits") from None
        if len(piece) < 2:
            raise ValueError("an escape ends early")
        plain += piece[2:]
    return plain.decode()

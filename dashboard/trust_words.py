"""What the trust page says, by language: trust.toml beside this file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The page in one language."""

    own_name: str
    languages: str
    heading: str
    why: str
    get_apple: str
    apple: tuple[str, ...]
    get_android: str
    android: tuple[str, ...]
    compare: str
    compare_how: str
    then: str
    then_how: str
    afterwards: str
    code: str


def _read(table: dict[str, Any]) -> Words:
    # A missing word, or one too many, is an error here, at the start.
    words: dict[str, Any] = {
        name: tuple(text) if isinstance(text, list) else text for name, text in table.items()
    }
    return Words(**words)


WORDS: dict[str, Words] = {
    code: _read(table)
    for code, table in tomllib.loads(
        Path(__file__).with_name("trust.toml").read_text(encoding="utf-8")
    ).items()
}


def language_of(wanted: str) -> str:
    """Return the first language that the page speaks of an Accept-Language header or a code, else English."""
    for part in wanted.lower().split(","):
        code = part.split(";")[0].strip().split("-")[0]
        if code in WORDS:
            return code
    return "en"

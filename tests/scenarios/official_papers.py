"""What the papers of `official_day` say, worked out by hand, and ways of tampering with them."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from timing.core.canonical import canonical

#: SS1 as certified first: cut to tenths; car 8 by its replacement time.
FIRST_TIMES = {
    "1": "5:41.4", "2": "5:42.5", "3": "5:43.6", "4": "5:44.7", "5": "5:45.8", "6": "5:46.9", "7": "5:48.0",
    "8": "5:49.1E", "9": "5:50.2", "10": "5:51.3", "11": "5:52.4", "12": "5:53.5", "13": "5:54.6",
    "14": "5:55.7",
}  # fmt: skip
SECOND_TIMES = {
    "8": "5:56.2*", "12": "5:56.2N", "13": "5:56.2N", "5": "5:57.5*", "2": "5:58.8*", "10": "6:00.1*",
    "7": "6:01.4*", "4": "6:02.7*", "1": "6:04.0*", "9": "6:05.3*", "6": "6:06.6*", "14": "6:07.8*",
    "3": "6:07.9*",
}  # fmt: skip
FIRST_TOTALS = {
    "2": "11:41.3", "5": "11:43.3", "8": "11:45.3", "1": "11:45.4", "4": "11:47.4", "7": "11:49.4",
    "12": "11:49.7", "13": "11:50.8", "10": "11:51.4", "3": "11:51.5", "6": "11:53.5", "9": "11:55.5",
    "14": "12:03.5",
}  # fmt: skip
#: Car 3 is 0.1 s better on SS1: level with car 10, before it by the better time on the first stage.
SECOND_TOTALS = {
    "2": "11:41.3", "5": "11:43.3", "8": "11:45.3", "1": "11:45.4", "4": "11:47.4", "7": "11:49.4",
    "12": "11:49.7", "13": "11:50.8", "3": "11:51.4", "10": "11:51.4", "6": "11:53.5", "9": "11:55.5",
    "14": "12:03.5",
}  # fmt: skip
#: The list as it is issued at 11:00 and at 11:20, each open to protests for 30 minutes.
V1 = {
    "state": "PROVISIONAL",
    "version": 1,
    "issued_at": "2026-06-06T09:00:00.000Z",
    "protest_until": "2026-06-06T09:30:00.000Z",
    "protests": 0,
}
V2 = {
    "state": "PROVISIONAL",
    "version": 2,
    "issued_at": "2026-06-06T09:20:00.000Z",
    "protest_until": "2026-06-06T09:50:00.000Z",
    "protests": 0,
}
#: Each document with its state as it is printed, and with what else is on the paper.
PAPERS = [
    ("stage-SS1-v1", "CERTIFIED v1", ("5:43.6", "5:49.1")),
    ("stage-SS2-v1", "CERTIFIED v1", ("5:56.2", "6:07.8")),
    ("list-overall-v1", "PROVISIONAL v1", ("11:41.3", "11:51.5")),
    ("stage-SS1-v2", "CERTIFIED v2", ("5:43.5", "5:49.1")),
    ("list-overall-v2", "PROVISIONAL v2", ("11:51.4", "Equal totals parted by best on stage order: 3, 10.")),
    ("list-overall-v2-official", "OFFICIAL v2", ("11:51.4", "Declared official by Stella (steward).")),
]


def _with(name: str, value: Any) -> Callable[[bytes], bytes]:
    """A copy in which one value of the document is another."""

    def change(text: bytes) -> bytes:
        values = json.loads(text)
        values["document"][name] = value
        return canonical(values)

    return change


def _another_time(text: bytes) -> bytes:
    values = json.loads(text)
    values["document"]["rows"][0]["time"] = {"us": 341_300_000, "text": "5:41.3"}
    return canonical(values)


def _another_time_and_digest(text: bytes) -> bytes:
    values = json.loads(_another_time(text))
    values["sha256"] = hashlib.sha256(canonical(values["document"])).hexdigest()
    return canonical(values)


#: One way of tampering with each of `PAPERS`, and what is said of it.
TAMPERED: list[tuple[Callable[[bytes], bytes], str]] = [
    (_another_time, "the text was changed after it was signed: its SHA-256 is "),
    (_another_time_and_digest, "the signature does not fit: the document or its signature was changed"),
    (
        _with("version", 2),
        "it calls itself 'list-overall-v1', but by what it says it is 'list-overall-v2'",
    ),
    (lambda text: text[:-40], "this is no whole document: the file was cut off or is no JSON"),
    (
        _with("state", "OFFICIAL"),
        "it calls itself 'list-overall-v2', but by what it says it is 'list-overall-v2-official'",
    ),
    (_with("public_key", "00" * 32), "but the document names another key"),
]

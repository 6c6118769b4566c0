"""Each capture of a real device through its real link into a journal: no file is passed over unseen."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.devices.way_in import WayIn, bare_event, way_in
from tests.scenarios.captures import CAPTURES, IMEI, LENIENT, NO_CAPTURES, Capture
from tests.scenarios.senders import SENDERS, settled
from timing.core.event import DeviceConfig
from timing.core.instant import DAY, parse_instant
from timing.core.readings import Heartbeat


def test_each_file_has_a_row_or_a_reason(samples: Path) -> None:
    files = {path.relative_to(samples).as_posix() for path in samples.rglob("*") if path.is_file()}
    assert files == CAPTURES.keys() | NO_CAPTURES.keys()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", CAPTURES)
async def test_a_capture_is_in_the_journal_as_it_says(
    samples: Path, tmp_path: Path, free_port: Callable[[], int], name: str
) -> None:
    capture, data = CAPTURES[name], (samples / name).read_bytes()
    pieces = pieces_of(name, data)
    async with way_of(capture, pieces, tmp_path, free_port()) as way:
        await settled(way, capture.count + sum(capture.refused.values()))
        # Signs of life have the time of their arrival: how many differ is the machine's affair.
        found = [item for item in (*way.fixes(), *way.readings()) if not isinstance(item, Heartbeat)]
        refused = Counter(item.reason for item in way.refused())
    assert (len(found), dict(refused)) == (capture.count, capture.refused)
    if capture.find is not None:
        times = {item.at % DAY if capture.clock else item.at for item in found}
        assert times == set(capture.find(data))


def pieces_of(name: str, data: bytes) -> list[bytes]:
    """What a device would put on its wire at a time: lines with their ends, packets, messages."""
    lines = [line for line in data.splitlines() if line.strip() and not re.match(rb"#(?!P;)", line)]
    match Path(name).suffix:
        case ".hex":
            return [bytes.fromhex(line.decode()) for line in lines]
        case ".bin":
            return [data]
        case ".rec":
            return [line.split(b"\t")[2] for line in lines]
        case ".json":
            return [data]
        case ".jsonl":
            return (
                _messages(lines)
                if not name.startswith("gpsd")
                else [line + b"\r\n" for line in [*lines, *_again(name, lines)]]
            )
    if name.startswith("traccar"):
        return lines
    # Dumps were stored with LF; CR ends a line on the wires of timers.
    end = b"\r" if name.startswith(("alge", "tagheuer/cp520")) else b"\r\n"
    return [line + end for line in [*lines, *_again(name, lines)]]


def _again(name: str, lines: list[bytes]) -> list[bytes]:
    """A place once more: the last one waits for what the receiver may add to it, until another begins."""
    place = rb"RMC,\d.*,A,.*\*" if name.startswith("nmea") else rb'"TPV".*"lat"'
    found = [line for line in lines if re.search(place, line)]
    return found[:1] if name.startswith(("nmea", "gpsd")) else []


def _messages(lines: list[bytes]) -> list[bytes]:
    """Messages as they are, and positions of a Traccar server in the envelope in which it forwards them."""
    if not any(b'"fixTime"' in line for line in lines):
        return lines
    rows = [json.loads(line) for line in lines]
    [device] = [row for row in rows if "uniqueId" in row]
    return [json.dumps({"position": row, "device": device}).encode() for row in rows if "fixTime" in row]


@asynccontextmanager
async def way_of(capture: Capture, pieces: list[bytes], folder: Path, port: int) -> AsyncIterator[WayIn]:
    """The way in, with a capture on its way through its link."""
    place = {"serial": f"serial:{folder}/port", "tcp": f"tcp:127.0.0.1:{port}"}
    link = place.get(capture.link, f"listen:127.0.0.1:{port}" if capture.link == "listen" else "mqtt")
    topic = "devices/d" if capture.link == "mqtt" else ""
    device = DeviceConfig(
        id="d", decoder=capture.decoder, link=link, clock="utc", topic=topic, checks=LENIENT
    )
    trackers = [
        IMEI,
        "123456789012345",
        *re.findall(r",(\d{15}|A[0-9A-F]{13}),", b"".join(pieces).decode("latin-1")),
    ]
    now = parse_instant(capture.now)
    event = bare_event(device, trackers=dict.fromkeys(trackers), day=dt.date.fromisoformat(capture.now[:10]))
    sender = SENDERS[capture.link]
    async with way_in(event, folder, now) as way, sender(way, event, pieces, folder, port):
        yield way

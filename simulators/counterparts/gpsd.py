"""A gpsd: greets with its version, says nothing more until it is told to watch, then a report a second.

Written from gpsd's description of its JSON protocol.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Self

from simulators.counterparts.truth import Place
from timing.core.instant import MILLISECOND, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECEIVER = "/dev/ttyACM0"
_VERSION = {
    "class": "VERSION", "release": "3.25", "rev": "3.25", "proto_major": 3, "proto_minor": 15,
}  # fmt: skip


def iso(at: Instant) -> str:
    """Write an instant as gpsd does, to the millisecond."""
    when = _EPOCH + timedelta(microseconds=at // MILLISECOND * MILLISECOND)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def reports(place: Place) -> Iterator[dict[str, object]]:
    """Yield what gpsd says of one moment: the position, and the satellites behind it."""
    if place.satellites < 4:
        yield {"class": "TPV", "device": _RECEIVER, "mode": 1, "time": iso(place.at)}
        return
    yield {
        "class": "TPV",
        "device": _RECEIVER,
        "mode": 3,
        "time": iso(place.at),
        "ept": 0.005,
        "lat": round(place.lat, 9),
        "lon": round(place.lon, 9),
        "altHAE": round(place.altitude - 32.1, 3),
        "altMSL": round(place.altitude, 3),
        "epx": round(place.accuracy * 0.7, 3),
        "epy": round(place.accuracy * 0.8, 3),
        "track": round(place.course, 4),
        "magtrack": round((place.course - 11.5) % 360, 4),
        "speed": round(place.speed, 3),
        "climb": 0.0,
        "eph": round(place.accuracy, 3),
    }
    yield {
        "class": "SKY",
        "device": _RECEIVER,
        "time": iso(place.at),
        "hdop": 0.8,
        "nSat": place.satellites,
        "satellites": [{"PRN": n, "el": 45.0, "az": 30.0 * n, "ss": 40.0, "used": True} for n in range(1, 4)],
    }


def line(report: dict[str, object]) -> bytes:
    """Write one report as it is on the wire."""
    return json.dumps(report, separators=(",", ":")).encode() + b"\r\n"


class Gpsd:
    """The daemon on a port of this machine, for as long as it is entered."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.told: list[str] = []
        self._watching: list[asyncio.StreamWriter] = []
        self._all: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Be gone."""
        assert self._server is not None
        self._server.close()
        self.hang_up()

    @property
    def watchers(self) -> int:
        """How many have asked to be told."""
        return len(self._watching)

    def hang_up(self) -> None:
        """Cut everybody off."""
        for writer in self._all:
            writer.close()
        self._all.clear()
        self._watching.clear()

    def say(self, places: Iterable[Place]) -> None:
        """Tell all who watch."""
        said = b"".join(line(report) for place in places for report in reports(place))
        for writer in self._watching:
            writer.write(said)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.append(writer)
        writer.write(line(_VERSION))
        with contextlib.suppress(OSError):
            while asked := await reader.readline():
                command = asked.decode("ascii", "replace").strip()
                self.told.append(command)
                if command.startswith("?WATCH=") and json.loads(command[7:].rstrip(";")).get("json"):
                    writer.write(
                        line({"class": "DEVICES", "devices": [{"class": "DEVICE", "path": _RECEIVER}]})
                    )
                    writer.write(line({"class": "WATCH", "enable": True, "json": True}))
                    self._watching.append(writer)
        writer.close()

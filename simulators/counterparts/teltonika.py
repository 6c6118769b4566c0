"""A Teltonika tracker: logs in, sends packets of records, keeps each until the server has counted them.

Written from Teltonika's description of its codecs. Codec 8: ids of one byte; codec 8 Extended: of two.
"""

import asyncio
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from simulators.counterparts.truth import Place
from timing.core.instant import MILLISECOND

#: Inputs and outputs as a tracker with the ignition on reports them: (id, value) by their size in bytes.
_IGNITION = (239, 1)
_BATTERY_MV = (67, 4_112)
_ODOMETER_M = (16, 1_204_310)


def crc16(data: bytes) -> int:
    """Return the CRC-16 by shifting each bit: polynomial 0x8005 the other way round, beginning at 0."""
    crc = 0
    for value in data:
        crc ^= value
        for _ in range(8):
            low = crc & 1
            crc >>= 1
            if low:
                crc ^= 0xA001
    return crc


def login(imei: str) -> bytes:
    """Write the first words of a connection."""
    return struct.pack(">H", len(imei)) + imei.encode("ascii")


def packet(places: Sequence[Place], *, extended: bool = False) -> bytes:
    """Write a packet of records, oldest first."""
    records = b"".join(_record(place, extended=extended) for place in places)
    data = bytes([0x8E if extended else 0x08, len(places)]) + records + bytes([len(places)])
    return struct.pack(">II", 0, len(data)) + data + struct.pack(">I", crc16(data))


def _record(place: Place, *, extended: bool) -> bytes:
    known = place.satellites > 0
    gps = struct.pack(
        ">iihHBH",
        round(place.lon * 10_000_000) if known else 0,
        round(place.lat * 10_000_000) if known else 0,
        round(place.altitude),
        int(place.course) % 360,
        place.satellites,
        round(place.speed * 3.6) if known else 0,
    )
    return struct.pack(">QB", place.at // MILLISECOND, 0) + gps + _elements(extended=extended)


def _elements(*, extended: bool) -> bytes:
    number = ">H" if extended else ">B"

    def group(size: str, *elements: tuple[int, int]) -> bytes:
        written = b"".join(
            struct.pack(number, key) + struct.pack(f">{size}", value) for key, value in elements
        )
        return struct.pack(number, len(elements)) + written

    total = struct.pack(number, 0) + struct.pack(number, 3)  # no event; three elements
    groups = group("B", _IGNITION) + group("H", _BATTERY_MV) + group("I", _ODOMETER_M) + group("Q")
    return total + groups + (struct.pack(">H", 0) if extended else b"")


@dataclass(slots=True)
class TeltonikaTracker:
    """One tracker with its memory. `refused` says that the server did not want it."""

    imei: str
    extended: bool = False
    most: int = 25
    waiting: list[Place] = field(default_factory=list)
    acknowledged: int = 0
    refused: bool = False

    async def connect(
        self, host: str, port: int, *, patience: float = 10.0
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect and log in.

        Raises:
            ConnectionError: the server refused it or said nothing it understands.
        """
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(login(self.imei))
        answer = await asyncio.wait_for(reader.read(1), patience)
        self.refused = answer == b"\x00"
        if answer != b"\x01":
            writer.close()
            raise ConnectionError(f"login answered with {answer!r}")
        return reader, writer

    async def send_all(
        self, host: str, port: int, places: Iterable[Place] = (), patience: float = 10.0
    ) -> None:
        """Connect and send everything that waits; forget what the server has counted, and nothing else."""
        self.waiting += places
        reader, writer = await self.connect(host, port, patience=patience)
        try:
            while self.waiting:
                part = self.waiting[: self.most]
                writer.write(packet(part, extended=self.extended))
                answer = await asyncio.wait_for(reader.readexactly(4), patience)
                if int.from_bytes(answer, "big") == len(part):
                    del self.waiting[: len(part)]
                    self.acknowledged += len(part)
        finally:
            writer.close()

"""Writes a small base map for the tests: PMTiles 3 with Mapbox vector tiles 2.1, in Protomaps' layers.

Each tile is land with a lake in its middle, a road across, and a place with a name.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from math import asinh, pi, radians, tan
from pathlib import Path

EXTENT = 4096
_POLYGON, _LINE, _POINT = 3, 2, 1
_MOVE, _LINE_TO, _CLOSE = 1, 2, 7
Ring = list[tuple[int, int]]
Box = tuple[float, float, float, float]
"""West, south, east, north."""


def write_pmtiles(
    path: Path, box: Box, *, zooms: range = range(9), place: str = "Ville", credit: str = ""
) -> int:
    """Write a base map of a box; return how many tiles it has."""
    tiles = sorted(
        (tile_id(z, x, y), tile(f"{place} {z}/{x}/{y}")) for z in zooms for x, y in _covering(box, z)
    )
    body, entries = b"", []
    for number, content in tiles:
        entries.append((number, len(body), len(content)))
        body += content
    root = _directory(entries)
    metadata = json.dumps({"vector_layers": [], "attribution": credit}).encode()
    at_metadata = 127 + len(root)
    at_tiles = at_metadata + len(metadata)
    plain = 1  # nothing compressed, so that a test may read it
    header = b"PMTiles\x03" + struct.pack(
        "<11Q",
        127,
        len(root),
        at_metadata,
        len(metadata),
        at_tiles,
        0,
        at_tiles,
        len(body),
        *[len(tiles)] * 3,
    )
    header += struct.pack("<6B", 1, plain, plain, 1, zooms.start, zooms.stop - 1)
    header += struct.pack("<4i", *(round(degrees * 10_000_000) for degrees in box))
    header += struct.pack("<B2i", zooms.start, *(round(d * 10_000_000) for d in _middle(box)))
    path.write_bytes(header + root + metadata + body)
    return len(tiles)


def tile_id(z: int, x: int, y: int) -> int:
    """Return the place of a tile on the Hilbert curves of all zooms (PMTiles specification, 4.1)."""
    before = ((1 << (2 * z)) - 1) // 3
    d, s = 0, (1 << z) >> 1
    while s:
        rx, ry = int((x & s) > 0), int((y & s) > 0)
        d += s * s * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x, y = s - 1 - x, s - 1 - y
            x, y = y, x
        s >>= 1
    return before + d


def tile(name: str) -> bytes:
    """Return a vector tile."""
    whole = [(-80, -80), (4176, -80), (4176, 4176), (-80, 4176)]
    lake = [(1500, 1500), (2600, 1500), (2600, 2600), (1500, 2600)]
    return b"".join(
        (
            _layer("earth", [(_POLYGON, _rings([whole]), {"kind": "earth"})]),
            _layer("water", [(_POLYGON, _rings([lake]), {"kind": "lake"})]),
            _layer("roads", [(_LINE, _line([(0, 300), (4096, 3800)]), {"kind": "major_road"})]),
            _layer("places", [(_POINT, _line([(2048, 700)]), {"kind": "locality", "name": name})]),
        )
    )


def _covering(box: Box, z: int) -> Iterator[tuple[int, int]]:
    west, south, east, north = box
    (left, top), (right, bottom) = _tile_at(west, north, z), _tile_at(east, south, z)
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            yield x, y


def _tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    n = 1 << z
    return int((lon + 180) / 360 * n), int((1 - asinh(tan(radians(lat))) / pi) / 2 * n)


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _directory(entries: list[tuple[int, int, int]]) -> bytes:
    out = [_varint(len(entries))]
    last = 0
    for number, _, _ in entries:
        out.append(_varint(number - last))
        last = number
    out += [_varint(1) for _ in entries]
    out += [_varint(length) for _, _, length in entries]
    out += [_varint(offset + 1 if i == 0 else 0) for i, (_, offset, _) in enumerate(entries)]
    return b"".join(out)


def _layer(name: str, features: Iterable[tuple[int, list[int], dict[str, str]]]) -> bytes:
    keys: list[str] = []
    values: list[str] = []
    body = _field(15, 2) + _bytes(1, name.encode())
    for kind, geometry, tags in features:
        pairs: list[int] = []
        for key, value in tags.items():
            for known, one in ((keys, key), (values, value)):
                if one not in known:
                    known.append(one)
                pairs.append(known.index(one))
        packed = b"".join(map(_varint, pairs)), b"".join(map(_varint, geometry))
        body += _bytes(2, _bytes(2, packed[0]) + _field(3, kind) + _bytes(4, packed[1]))
    body += b"".join(_bytes(3, key.encode()) for key in keys)
    body += b"".join(_bytes(4, _bytes(1, value.encode())) for value in values)
    return _bytes(3, body + _field(5, EXTENT))


def _line(points: Ring, start: tuple[int, int] = (0, 0)) -> list[int]:
    out = [_command(_MOVE, 1)]
    x, y = start
    for i, (px, py) in enumerate(points):
        if i == 1:
            out.append(_command(_LINE_TO, len(points) - 1))
        out += [_zigzag(px - x), _zigzag(py - y)]
        x, y = px, py
    return out


def _rings(rings: list[Ring]) -> list[int]:
    return [number for ring in rings for number in (*_line(ring), _command(_CLOSE, 1))]


def _command(what: int, count: int) -> int:
    return what | (count << 3)


def _zigzag(n: int) -> int:
    return (n << 1) ^ (n >> 31)


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def _field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value

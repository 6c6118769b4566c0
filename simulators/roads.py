"""From hand-placed waypoints and a plan to the route files and the itinerary of an event folder.

    python -m simulators.roads simulators/events/california-mille

reads `waypoints/leg-N.csv` (lat, lon, ele, name; a height in m and a name only where they are known)
and `plan.csv`, and writes `route/leg-N.gpx` and `itinerary.csv`. The plan has the columns of the
itinerary, but says where a control stands by a waypoint's name (`place`) and how many km behind it
(`plus_km`, may be negative) instead of by km, lat and lon. The same input gives the same bytes.
"""

import argparse
import csv
import io
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from simulators.road_line import RoadLine, Waypoint, build_line

#: Metres between two points of a route file: near enough for bends, few enough for a small file.
SPACING = 80.0
#: The header of itinerary.csv, the order in which its columns are written.
ITINERARY_COLUMNS = (
    *("leg", "section", "control", "kind", "name", "stage"),
    *("km", "lat", "lon"),
    *("target", "average", "first_car"),
)
PLAN_COLUMNS = (
    *("leg", "section", "control", "kind", "name", "stage"),
    *("place", "plus_km"),
    *("target", "average", "first_car"),
)
_WAYPOINT_COLUMNS = ("lat", "lon", "ele", "name")


def read_waypoints(text: str) -> tuple[Waypoint, ...]:
    """Read the text of a waypoint file.

    Raises:
        ValueError: another header, or a cell that is no number; the message names the line.
    """
    return tuple(_waypoint(line, row) for line, row in _rows(text, _WAYPOINT_COLUMNS))


def write_gpx(line: RoadLine, name: str) -> str:
    """Return the line as a GPX 1.1 document with one track of one segment (topografix.com/GPX/1/1)."""
    points = "".join(
        f'<trkpt lat="{point.lat:.6f}" lon="{point.lon:.6f}"><ele>{point.elevation}</ele></trkpt>\n'
        for point in line.points
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Rallykeeper" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>{escape(name)}</name><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )


def write_itinerary(plan: str, lines: Mapping[int, RoadLine]) -> str:
    """Return the text of itinerary.csv: the plan's rows with the km, lat and lon of each place.

    Raises:
        ValueError: a leg, place or distance of the plan that the roads do not have; names the line.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ITINERARY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number, row in _rows(plan, PLAN_COLUMNS):
        km, lat, lon = _located(number, row, lines)
        cells = {column: row.get(column, "") for column in ITINERARY_COLUMNS}
        writer.writerow({**cells, "km": km, "lat": lat, "lon": lon})
    return out.getvalue()


def regenerate(folder: Path) -> dict[Path, bytes]:
    """Return the derived files of an event folder as they should be, by path inside the folder."""
    lines = {}
    found = {}
    for path in sorted((folder / "waypoints").glob("leg-*.csv")):
        leg = int(path.stem.removeprefix("leg-"))
        lines[leg] = build_line(read_waypoints(path.read_text(encoding="utf-8")), SPACING)
        found[Path("route") / f"leg-{leg}.gpx"] = write_gpx(lines[leg], f"Leg {leg}").encode()
    plan = (folder / "plan.csv").read_text(encoding="utf-8")
    found[Path("itinerary.csv")] = write_itinerary(plan, lines).encode()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the derived files of one event folder and print the length of each leg."""
    parser = argparse.ArgumentParser(prog="python -m simulators.roads", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="the event folder, with waypoints/ and plan.csv")
    folder: Path = parser.parse_args(arguments).folder
    for path, content in regenerate(folder).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    total = 0.0
    for path in sorted((folder / "waypoints").glob("leg-*.csv")):
        length = build_line(read_waypoints(path.read_text(encoding="utf-8")), SPACING).length / 1000
        total += length
        print(f"{path.stem}: {length:.1f} km")
    print(f"in all: {total:.1f} km")


def _rows(text: str, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Read CSV text as (line number, cells); every column must be there, none besides."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != columns:
        raise ValueError(f"line 1: found {reader.fieldnames}, expected the columns {','.join(columns)}")
    return [(reader.line_num, row) for row in reader]


def _waypoint(line: int, row: dict[str, str]) -> Waypoint:
    try:
        height = float(row["ele"]) if row["ele"] else None
        return Waypoint(lat=float(row["lat"]), lon=float(row["lon"]), elevation=height, name=row["name"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"line {line}: {error}") from error


def _located(line: int, row: dict[str, str], lines: Mapping[int, RoadLine]) -> tuple[str, str, str]:
    """Return km, lat and lon of a row of the plan as the itinerary prints them."""
    road = lines.get(int(row["leg"]))
    if road is None:
        raise ValueError(f"line {line}: leg {row['leg']} has no waypoints")
    if row["place"] not in road.places:
        raise ValueError(f"line {line}: no waypoint of leg {row['leg']} is named {row['place']!r}")
    # Whole metres, so that the printed km and the printed place are the same point; cut, so that the
    # last place of a leg stays on its road.
    metres = math.floor(road.places[row["place"]] + float(Decimal(row["plus_km"] or 0) * 1000))
    try:
        lat, lon = road.at(metres)
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error
    return f"{metres / 1000:.3f}", f"{lat:.6f}", f"{lon:.6f}"


if __name__ == "__main__":
    main()

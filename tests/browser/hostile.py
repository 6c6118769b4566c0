"""An event whose organizer copied whatever people wrote into the forms."""

import csv
import re
from pathlib import Path

#: Written by strangers: markup, formulas, marks that turn the writing round, what is endless.
IMAGE = "<img src=x onerror=alert(1)>"
NAMES = {
    "1": IMAGE,
    "2": '=HYPERLINK("http://evil.example","click")',
    "3": "\u202egnp.exe\u202c Rossi",
    "4": "Anna-Maria Wilhelmina Theodora von und zu Hohenlohe-Waldenburg-Schillingsfürst " * 2,
    "5": "👩‍🚀🏁 Ōé̂́ Name",
    "6": "</script><script>alert(2)</script>",
    "7": "\"><svg onload=alert(3)> ' -- {{7*7}} ${7*7}",
    "8": "+SUM(1+1)*cmd|' /C calc'!A0",
    "9": "@import url(//evil.example)",
    "10": "\x1b]0;owned\x07 javascript:alert(4)",
}
CONTROL = '<b onmouseover="alert(5)">Piazza</b>'


def make_hostile(folder: Path) -> None:
    """Write such names into an event folder: crews, cars, a control, the rally, its timekeeper."""
    entries = folder / "entries.csv"
    with entries.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        name = NAMES.get(row["car_number"])
        if name is not None:
            row["driver"] = "".join(
                sign for sign in name if sign.isprintable() or sign in "\u202e\u202c\u200d"
            )
            row["car" if "car" in row else "make"] = IMAGE
    with entries.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    itinerary = folder / "itinerary.csv"
    with itinerary.open(encoding="utf-8", newline="") as file:
        stops = list(csv.DictReader(file))
    for stop in stops[1:4]:
        stop["name"] = CONTROL
    with itinerary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(stops[0]))
        writer.writeheader()
        writer.writerows(stops)
    rally = folder / "rally.toml"
    text = rally.read_text(encoding="utf-8")
    text = re.sub(r'(?m)^name = ".*"', f'name = "{IMAGE} Rally"', text, count=1)
    rally.write_text(text, encoding="utf-8")

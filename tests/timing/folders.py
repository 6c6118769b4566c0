"""Small event folders for the tests of the loader: the template of `init`, and other roads."""

from pathlib import Path

from timing.core.event import Event
from timing.event_folder import load_event
from timing.folder_template import write_template

COLUMNS = "leg,section,control,kind,name,stage,km,lat,lon,target,average,first_car"
#: The columns that an itinerary may have behind the twelve common ones.
OPTIONAL = ",section_kind,stage_type,opens,closes,minimum,pause,early_allowed"
SPECIAL_STAGES = (
    "1,1,TC0,TC,,,0,,,,,08:00,,,,,,,",
    "1,1,SS1.S,SS_START,,SS1,5,,,,,,,,,,,,",
    "1,1,SS1.F,FF,,SS1,8,,,,,,,,,,,,",
    "1,1,TC1,TC,,,20,,,0:30,,,standard,,,,,,",
    "1,1,SS2.S,SS_START,,SS2,25,,,,,,,,,,,,",
    "1,1,SS2.F,FF,,SS2,28,,,,,,,,,,,,",
    "1,1,TC2,TC,,,40,,,0:30,,,,,,,,,",
)


def make(folder: Path, preset: str, *rows: str, columns: str = COLUMNS + OPTIONAL, rules: str = "") -> Path:
    """Write the template's folder with another preset, another road and other rules."""
    write_template(folder)
    (folder / "route" / "leg-1.gpx").unlink()
    (folder / "itinerary.csv").write_text("\n".join((columns, *rows)) + "\n", "utf-8")
    text = (folder / "rally.toml").read_text("utf-8").replace("ACI_REGULARITY", preset, 1)
    before, _, after = text.partition("# Change single numbers of the preset here.\n")
    kept = after[after.index("[classes]") :]
    (folder / "rally.toml").write_text(f"{before}{rules}\n{kept}", "utf-8")
    return folder


def line_of(folder: Path, name: str, text: str) -> int:
    """Return the line of a file on which a text stands first."""
    lines = (folder / name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def event(folder: Path) -> Event:
    """Return the event of a folder without errors."""
    loaded = load_event(folder)
    assert loaded.event is not None, [str(problem) for problem in loaded.problems]
    return loaded.event


def said(folder: Path) -> str:
    """Return all problems of a folder, one a line."""
    return "\n".join(str(problem) for problem in load_event(folder).problems)

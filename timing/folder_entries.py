"""entries.csv: who competes, in start order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from timing.core.entries import Entry, EntryList
from timing.core.instant import HOUR, MINUTE, Duration, parse_clock, parse_duration
from timing.folder_text import Problems, Row, did_you_mean, read_table

ENTRIES_FILE = "entries.csv"
ENTRY_COLUMNS = (
    "car_number",
    "driver",
    "codriver",
    "car",
    "year",
    "class",
    "category",
    "coefficient",
    "nationality",
    "tracker",
    "start",
    "group",
    "team",
)
#: Entries of this class ride on the road and are never ranked (0, 00, 000, the sweep).
COURSE_CLASS = "course"
_FIRST_MOTOR_CAR = 1885


@dataclass(frozen=True, slots=True)
class StartRule:
    """How the `start` column becomes an offset: the first car's rally time of day, and the interval."""

    first_car: Duration
    interval: Duration


def read_entries(text: str, classes: Iterable[str], rule: StartRule, problems: Problems) -> EntryList:
    """Read the entry list; every fault is noted, and an entry with a faulty number is left out.

    `classes` are the ids of [classes]; with none declared, any class is taken.
    """
    rows = read_table(text, ENTRY_COLUMNS, ("car_number", "driver"), problems)
    known = tuple(classes)
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    trackers: dict[str, int] = {}
    starting = 0
    for row in rows:
        number = row["car_number"]
        if not _fresh_number(number, row.line, lines, problems):
            continue
        course = row["class"].lower() == COURSE_CLASS
        slot = 0 if course else starting
        starting += not course
        lines[number] = row.line
        _check_texts(row, known, course, trackers, problems)
        entries[number] = Entry(
            car_number=number,
            order=len(entries),
            start_offset=_offset(row, rule, slot, problems),
            driver=row["driver"],
            codriver=row["codriver"],
            car=row["car"],
            year=_year(row, problems),
            class_="" if course else row["class"],
            category=row["category"],
            coefficient=_coefficient(row, problems),
            nationality=row["nationality"].upper(),
            tracker=row["tracker"],
            course_car=course,
            group=row["group"],
            team=row["team"],
        )
    if rows and not entries:
        problems.error(1, "no usable entry", "at least one crew")
    return EntryList(_in_start_order(entries))


def _fresh_number(number: str, line: int, lines: dict[str, int], problems: Problems) -> bool:
    if not number:
        problems.error(line, "no car number", 'a number such as 12, 0A or "00"')
        return False
    if not number.replace("-", "").isalnum():
        problems.error(line, f"the car number {number!r}", "letters and digits only")
        return False
    if number in lines:
        problems.error(line, f"car number {number} again (first on line {lines[number]})", "each number once")
        return False
    if number.isdecimal():
        for other, at in lines.items():
            if other.isdecimal() and int(other) == int(number) and int(number) != 0:
                problems.warn(
                    line, f"car {number} beside car {other} (line {at})", "numbers that differ by value"
                )
    return True


def _check_texts(
    row: Row, classes: tuple[str, ...], course: bool, trackers: dict[str, int], problems: Problems
) -> None:
    if not row["driver"]:
        problems.error(row.line, f"no driver for car {row['car_number']}", "a name")
    if not row["class"]:
        problems.warn(row.line, f"car {row['car_number']} without a class", "a class of [classes]")
    elif classes and not course and row["class"] not in classes:
        hint = did_you_mean(row["class"], classes)
        problems.error(row.line, f"the class {row['class']!r}{hint}", f"one of {', '.join(classes)}")
    nationality = row["nationality"]
    if nationality and not (len(nationality) == 3 and nationality.isascii() and nationality.isalpha()):
        problems.warn(row.line, f"nationality {nationality!r}", "three letters such as ITA or USA")
    tracker = row["tracker"]
    if tracker:
        if any(c in tracker for c in "/+# \t"):
            problems.error(
                row.line, f"the tracker id {tracker!r}", "no blank and none of / + # (it is a topic)"
            )
        if tracker in trackers:
            problems.error(
                row.line, f"tracker {tracker} again (line {trackers[tracker]})", "one car a tracker"
            )
        trackers.setdefault(tracker, row.line)


def _year(row: Row, problems: Problems) -> int | None:
    text = row["year"]
    if not text:
        return None
    if not (text.isdecimal() and len(text) == 4 and int(text) >= _FIRST_MOTOR_CAR):
        problems.error(row.line, f"year {text!r}", "the car's year of build, such as 1927")
        return None
    return int(text)


def _coefficient(row: Row, problems: Problems) -> Decimal | None:
    text = row["coefficient"].replace(",", ".")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or value <= 0:
        problems.error(row.line, f"coefficient {row['coefficient']!r}", "a number above zero such as 1.80")
        return None
    return value


def _offset(row: Row, rule: StartRule, slot: int, problems: Problems) -> Duration:
    """Return the start offset: a time of day, `+M` or `+MM:SS` behind the first car, or by place."""
    text = row["start"]
    try:
        if not text:
            return slot * rule.interval
        if text.startswith("+"):
            plain = text[1:].strip()
            return int(plain) * MINUTE if plain.isdecimal() else parse_duration(plain)
        offset = parse_clock(text) - rule.first_car
    except ValueError:
        problems.error(row.line, f"start {text!r}", "a time of day (08:03), +3 or +1:30 behind the first car")
        return slot * rule.interval
    # A start list that runs past midnight prints 00:02 for what the itinerary calls 24:02.
    return offset + 24 * HOUR if offset < -12 * HOUR else offset


def _in_start_order(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Sort by start offset (file order among equals) and number the order anew."""
    ordered = sorted(entries.values(), key=lambda entry: (entry.start_offset, entry.order))
    return {entry.car_number: replace(entry, order=order) for order, entry in enumerate(ordered)}

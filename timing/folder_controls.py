"""One row of itinerary.csv becomes a control; what its kind cannot carry is a problem."""

from timing import folder_cells as cells
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control, ControlKind
from timing.folder_cells import Calendar
from timing.folder_text import Problems, Row, did_you_mean

#: What a row of `stage_type` may say, on the start row of a special stage.
STAGE_TYPES = ("SSS", "POWER")
#: Where a regularity test or an average trial may begin, besides at a line of its own.
STARTS = frozenset({ControlKind.RESTART, ControlKind.SELF_START})

_TIMED = frozenset({ControlKind.REG_TEST, ControlKind.AVG_TRIAL})
_UNTIMED = PASSAGE_CONTROLS | {ControlKind.TIME_CHECK}
#: Which kinds of control a column means something for; elsewhere it is a slip that would be lost silently.
_MEANT_FOR = {
    "stage_type": frozenset({ControlKind.SS_START}),
    "section_kind": TIME_CONTROLS | _TIMED,
    "minimum": TIME_CONTROLS,
    "early_allowed": TIME_CONTROLS,
    "pause": _TIMED | STARTS | _UNTIMED,
    "average": _TIMED | STARTS | _UNTIMED,
}
_NO_STAGE = frozenset({ControlKind.OFF_COURSE, ControlKind.TIME_CHECK})


def read_control(row: Row, order: int, calendar: Calendar, problems: Problems) -> Control | None:
    """Return the control of a row, or None where its id, leg or kind cannot be read."""
    ident = row["control"]
    if not ident or any(c in ident for c in "/+#?& \t"):
        problems.error(
            row.line, f"the control id {ident!r}", "an id such as TC3 or SS1.FF (no blank / + # ? &)"
        )
        return None
    if not row["leg"].isdecimal() or int(row["leg"]) < 1:
        problems.error(row.line, f"leg {row['leg']!r}", "a whole number from 1")
        return None
    leg = int(row["leg"])
    kind = _kind(row, problems)
    if kind is None:
        return None
    _check_columns(row, kind, problems)
    averages = cells.averages(row, problems)
    metres = cells.distance(row, problems)
    return Control(
        id=ident,
        order=order,
        leg=leg,
        section=row["section"],
        kind=kind,
        name=row["name"] or ident,
        stage=row["stage"] or None,
        metres=None if metres is None else int(metres),
        exact_metres=None if metres is None or metres.denominator == 1 else metres,
        lat=cells.degrees(row, "lat", 90, problems),
        lon=cells.degrees(row, "lon", 180, problems),
        target=cells.target(row, kind, problems),
        average=averages.common,
        averages=averages.by_category or {},
        first_car=cells.instant(row, "first_car", leg, calendar, problems),
        early_allowed=cells.yes(row, "early_allowed", problems),
        section_kind=row["section_kind"].lower(),
        opens=cells.instant(row, "opens", leg, calendar, problems),
        closes=cells.instant(row, "closes", leg, calendar, problems),
        minimum=cells.minimum(row, problems),
        pause=cells.pause(row, problems),
    )


def read_stage_type(row: Row, problems: Problems) -> tuple[str, ...]:
    """Return what the `stage_type` cell says: `SSS`, `POWER`, both or nothing."""
    words = tuple(row["stage_type"].upper().split())
    for word in words:
        if word not in STAGE_TYPES:
            hint = did_you_mean(word, STAGE_TYPES)
            problems.error(row.line, f"stage_type {row['stage_type']!r}{hint}", f"{' or '.join(STAGE_TYPES)}")
    return words


def _kind(row: Row, problems: Problems) -> ControlKind | None:
    text = row["kind"].upper()
    if text not in set(ControlKind):
        hint = did_you_mean(text, ControlKind)
        problems.error(row.line, f"kind {row['kind']!r}{hint}", f"one of {', '.join(ControlKind)}")
        return None
    return ControlKind(text)


def _check_columns(row: Row, kind: ControlKind, problems: Problems) -> None:
    for column, kinds in _MEANT_FOR.items():
        if row[column] and row[column].lower() != "no" and kind not in kinds:
            problems.error(row.line, f"{column} {row[column]!r} at a {kind}", f"it at {_listed(kinds)}")
    if kind in _NO_STAGE and row["stage"]:
        problems.error(row.line, f"stage {row['stage']!r} at a {kind}", "none: it is never timed")
    if kind in _NO_STAGE and row["target"]:
        problems.error(row.line, f"target {row['target']!r} at a {kind}", "none: it is never timed")


def _listed(kinds: frozenset[ControlKind]) -> str:
    return ", ".join(kind for kind in ControlKind if kind in kinds)

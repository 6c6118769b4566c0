"""Classifications as rows of the board: what spectators may see of them, and which ones the board carries."""

from collections.abc import Iterable
from decimal import Decimal

from dashboard.amounts import amount
from dashboard.board import hidden, names_hidden
from dashboard.messages import Amount, StandingRow, points
from timing.core.event import Event
from timing.core.preset import Unit
from timing.core.rally import Rally
from timing.core.results import Classification, Standing, StandingStatus
from timing.core.scopes import OVERALL, RAW, TEAMS

#: The lists in everybody's live document; all others are asked for one by one, since each list is as
#: long as the field and all of them move with every stamp.
_ON_BOARD = (OVERALL, "leg-", "class-", "category-", TEAMS)


def board_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return which lists the live document carries."""
    return tuple(scope for scope in scopes if scope.startswith(_ON_BOARD) and scope != RAW)


def standing_rows(rally: Rally, scope: str) -> dict[str, StandingRow]:
    """Return a classification's lines, in display order.

    Raises:
        KeyError: there is no such classification.
    """
    listed = rally.classification(scope)
    return {name: standing_row(rally.event, listed, name, row) for name, row in listed.rows.items()}


def standing_row(event: Event, listed: Classification, name: str, row: Standing) -> StandingRow:
    """Return one line of a classification: of a crew, or of a team."""
    unit = listed.unit
    entry = None if listed.scope == TEAMS else event.entries.by_number.get(name)
    # The disqualified are named, without times (they are in no result any more).
    shown = row.status is not StandingStatus.DSQ
    return StandingRow(
        order=row.order,
        stages_done=row.stages_done,
        status=row.status.value,
        marks="".join(row.marks),
        class_="" if entry is None else entry.class_,
        rank=row.rank,
        total=_amount(event, unit, row.total) if shown else None,
        gap=_amount(event, unit, row.gap, sign=True),
        to_previous=_amount(event, unit, row.to_previous, sign=True),
        penalties=_amount(event, unit, row.penalties) if row.penalties and shown else None,
        fails=row.fails or None,
        stopped_at=_open_place(event, row.stopped_at) if shown else None,
        cause=row.cause if row.cause and shown and not names_hidden(event, row.cause) else None,
        tie=row.tie or None,
        crews=", ".join(row.crews) or None,
    )


def _amount(event: Event, unit: Unit, value: int | Decimal | None, *, sign: bool = False) -> Amount | None:
    """An amount in the unit of the list: that of championship points is not the rally's."""
    if value is not None and unit is not event.preset.unit:
        return points(Decimal(value), decimals=0, sign=sign)
    return amount(event, value, sign=sign)


def _open_place(event: Event, control: str) -> str | None:
    """The name of a control, where its place is no secret."""
    found = event.itinerary.controls.get(control)
    return control if found is not None and not hidden(event, found) else None

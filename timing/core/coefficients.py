"""Coefficients of cars: what multiplies the score or the penalties of a crew's tests.

Where they come from and what they multiply differ: 1000 Miglia multiplies the score of a test;
Swiss and Italian club events multiply penalties by 1 + yy/100, yy the car's year of build, so that
37 penalties in a car of 1934 (49.58) beat 30 in one of 1979 (53.70) (RAID marathon endurance,
timing rules; Regolamento raduni di precisione 2019).
"""

from collections.abc import Iterable
from decimal import Decimal

from timing.core.entries import Entry
from timing.core.fact import copy_with
from timing.core.instant import SECOND
from timing.core.preset import CoefficientMode, CoefficientSource, Preset, Unit
from timing.core.results import PenaltyRow

_ONE = Decimal(1)


def year_coefficient(year: int) -> Decimal:
    """Return 1 + yy/100 with the last two digits of a car's year of build: 1971 gives 1.71."""
    return _ONE + Decimal(year % 100) / 100


def coefficient_of(entry: Entry, preset: Preset) -> Decimal:
    """Return the coefficient of a crew's car; 1 where the regulations or the entry list have none."""
    if preset.coefficient_mode is CoefficientMode.NONE:
        return _ONE
    match preset.coefficient_source:
        case CoefficientSource.ENTRY:
            return _ONE if entry.coefficient is None else entry.coefficient
        case CoefficientSource.YEAR:
            return _ONE if entry.year is None else year_coefficient(entry.year)


def weighed(rows: Iterable[PenaltyRow], entry: Entry, preset: Preset) -> list[PenaltyRow]:
    """Return the penalties of a crew's controls with its coefficient, where the regulations apply it there.

    The penalties that officials gave are no rows of this kind: they are given as they stand.
    """
    rows = list(rows)
    if not preset.coefficient_on_controls:
        return rows
    factor = coefficient_of(entry, preset)
    if factor == 1:
        return rows
    return [row if not row.amount else _times(row, factor, preset.unit) for row in rows]


def _times(row: PenaltyRow, factor: Decimal, unit: Unit) -> PenaltyRow:
    if row.amount is None:
        return row
    amount = Decimal(row.amount) * factor
    text = f"{row.text}, times {factor}" if row.text else f"times {factor}"
    # Time is in whole microseconds; what is charged is cut, as all times are.
    return copy_with(row, amount=int(amount) if unit is Unit.SECONDS else amount, text=text)


def seconds_of(points: Decimal) -> int:
    """Return seconds charged by a test (a Decimal) as µs."""
    return int(points * SECOND)

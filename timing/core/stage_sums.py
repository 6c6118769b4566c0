"""What one crew's results on all stages add, kept by stage.

A new sheet costs only what is new on it; the sums come to the same as if they were made from the sheet
alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from timing.core.itinerary import Stage, StageKind
from timing.core.preset import CoefficientMode, Preset, Unit
from timing.core.results import (
    CORRECTED,
    NOTIONAL,
    REPLACEMENT,
    UNDER_REVIEW,
    Amount,
    PenaltyRow,
    ResultStatus,
)
from timing.core.sheet import Sheet
from timing.core.stage_amounts import stage_amount

_DONE, _SS = ResultStatus.DONE, StageKind.SS
_OPEN = frozenset({ResultStatus.MISSING, ResultStatus.HELD})


def _stands_for_stage(row: PenaltyRow) -> bool:
    """Whether a penalty is for a whole stage, not for something at one of its controls (a false start)."""
    return row.stage is not None and row.control is None and not row.undecided


class StageSums:
    """What one crew's results on all stages add, kept by stage: only what is new is counted again.

    The bits and amounts go by the place of the stage among those of the road.
    """

    __slots__ = (
        "_places",
        "_plain",
        "_preset",
        "_ruled",
        "_sheet",
        "amounts",
        "corrected",
        "done",
        "doubted",
        "lacking",
        "notional",
        "replaced",
        "unknown",
    )

    def __init__(self, stages: Sequence[Stage], preset: Preset) -> None:
        self._places = tuple([(index, 1 << index, stage) for index, stage in enumerate(stages)])
        self._preset = preset
        # The commonest kind of counting needs no look at the regulations for each result.
        self._plain = preset.unit is Unit.POINTS and preset.coefficient_mode is CoefficientMode.NONE
        self._sheet: Sheet | None = None
        self._ruled: frozenset[str | None] = frozenset()
        self.amounts: list[Amount | None] = [None] * len(stages)
        self.done = self.lacking = self.unknown = 0
        # Whose times are not the driven ones as measured, or wait for an official: their letters go on to
        # every list.
        self.notional = self.replaced = self.corrected = self.doubted = 0

    def follow(self, sheet: Sheet) -> None:
        """Bring the sums up to a sheet."""
        before = self._sheet
        if before is sheet:
            return
        ruled = frozenset([row.stage for row in sheet.rows if _stands_for_stage(row)])
        turned = ruled ^ self._ruled
        self._sheet, self._ruled = sheet, ruled
        results, known = sheet.results, before.results if before is not None else {}
        entry, preset, plain, amounts = sheet.entry, self._preset, self._plain, self.amounts
        scores = preset.unit is Unit.SCORE
        done, lacking, unknown = self.done, self.lacking, self.unknown
        notional, replaced, corrected = self.notional, self.replaced, self.corrected
        doubted = self.doubted
        # One plain loop: after a restart it runs once for each crew and stage of the rally.
        for index, bit, stage in self._places:
            ident = stage.id
            result = results[ident]
            if known:
                if known[ident] is result and ident not in turned:
                    continue
                others = ~bit
                done, lacking, unknown = done & others, lacking & others, unknown & others
                notional, replaced, corrected = notional & others, replaced & others, corrected & others
                doubted &= others
            amount: Amount | None = None
            if result.status is _DONE:
                done |= bit
                if plain and stage.kind is not _SS:
                    amount = result.points
                else:
                    amount = stage_amount(stage, result, entry, preset)
                # In a rally of scores a result without one waits for an official (no table is published).
                if amount is None and scores:
                    unknown |= bit
            elif result.status in _OPEN:
                # An official's penalty for the stage stands for the result that is lacking.
                if ident in ruled:
                    done |= bit
                else:
                    lacking |= bit
            amounts[index] = amount
            if result.marks:
                notional |= bit if NOTIONAL in result.marks else 0
                replaced |= bit if REPLACEMENT in result.marks else 0
                corrected |= bit if CORRECTED in result.marks else 0
                doubted |= bit if UNDER_REVIEW in result.marks else 0
        self.done, self.lacking, self.unknown = done, lacking, unknown
        self.notional, self.replaced, self.corrected = notional, replaced, corrected
        self.doubted = doubted


def without_coefficients(preset: Preset) -> Preset:
    """Return the regulations as if no car had a coefficient."""
    return replace(preset, coefficient_mode=CoefficientMode.NONE)

"""By which rules the results of a document are: what every number of the regulations was."""

import dataclasses
from decimal import Decimal
from typing import Any

import msgspec

from dashboard.amounts import resolution_of
from timing.core.canonical import Plain, digest
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import Preset


def rules_in_force(event: Event, rules: Preset, last: int) -> Plain:
    """Return the regulations in force for a part of the rally, which ends at the control with order `last`.

    Bulletins for what comes behind it are not among them.
    """
    controls = event.itinerary.controls
    bulletins = [
        bulletin.number
        for bulletin in event.bulletins
        if bulletin.effective_from is None or controls[bulletin.effective_from].order <= last
    ]
    return {
        "preset": rules.name,
        "version": rules.version,
        "bulletins": list(bulletins),
        "digest": rules_digest(rules),
    }


def rules_digest(rules: Preset) -> str:
    """Return the SHA-256 of every number and mode of the regulations that is not as by default."""
    given: dict[str, Any] = {}
    for field in dataclasses.fields(rules):
        value = getattr(rules, field.name)
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value != default:
            given[field.name] = value
    built = msgspec.to_builtins(given, str_keys=True, enc_hook=str, order="sorted")
    # Text throughout: a fraction of the regulations is no number of the canonical form.
    return digest(msgspec.json.encode(built, order="sorted").decode())


def rounding(event: Event, stage: Stage) -> Plain:
    """Return to what the times of a stage are cut, and whether readings or their difference is."""
    cut = resolution_of(event, stage)
    rules = event.rules_at(event.itinerary.controls[stage.start].order)
    return {
        "resolution_us": cut,
        "text": f"cut to {(Decimal(cut) / SECOND).normalize():f} s, never rounded",
        "cut": (rules.truncate if stage.kind is StageKind.SS else rules.test_truncate).value,
    }

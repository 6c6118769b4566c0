"""One small event of every kind of regulations, and the two example events with few cars."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.core.rallies import crews, regularity, stage_rally
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.preset import CoefficientMode, Truncate
from timing.event_folder import load_event
from timing.presets import load_preset

EXAMPLES = Path(__file__).parents[2] / "simulators" / "events"


def regular(name: str, **changes: object) -> Event:
    """The small regularity rally under another set of regulations."""
    event = regularity(crews("1", "2", "3", classes="AAB"))
    return replace(event, preset=replace(load_preset(name), **changes))  # type: ignore[arg-type]


def special(name: str, **changes: object) -> Event:
    event = stage_rally(crews("1", "2", "3", classes="AAB"))
    return replace(event, preset=replace(load_preset(name), **changes))  # type: ignore[arg-type]


def example(name: str) -> Event:
    loaded = load_event(EXAMPLES / name)
    assert loaded.event is not None, loaded.problems
    few = dict(list(loaded.event.entries.by_number.items())[:8])
    return replace(loaded.event, entries=replace(loaded.event.entries, by_number=few))


TABLE = tuple(Decimal(value) for value in (420, 395, 380, 370, 360))
EVENTS: dict[str, Callable[[], Event]] = {
    "italian regularity": lambda: regular("ACI_REGULARITY"),
    "italian, worst dropped": lambda: regular("ACI_REGULARITY", drop_worst=1, missed_line=300),
    "weights": lambda: regular("ACI_REGULARITY", early_weight=Decimal(2), late_only_cap=60),
    "coefficients": lambda: regular("ACI_REGULARITY", coefficient_mode=CoefficientMode.PENALTY_TIMES),
    "score": lambda: regular("MILLE_MIGLIA", score_table=TABLE, avg_score_table=TABLE),
    "british historic": lambda: regular("MSUK_HISTORIC_ROAD"),
    "hundredths of a minute": lambda: regular("TSD_HUNDREDTH"),
    "seconds": lambda: regular("TSD_SECOND"),
    "tour": lambda: regular("TOUR"),
    "tests in a stage rally": lambda: regular("FIA_STAGE"),
    "stages": lambda: special("FIA_STAGE"),
    "stages, stamps cut": lambda: special("FIA_STAGE", truncate=Truncate.STAMPS),
    "stages with bounds": lambda: special(
        "MSUK_STAGE_TARGET",
        bogey={"SS1": 380 * SECOND},
        stage_max={"SS1": 500 * SECOND, "SS2": 401 * SECOND},
        missed_stage_extra=60,
        false_start=(10, 60),
        false_start_add_actual=True,
    ),
    "california": lambda: example("california-mille"),
    "night": lambda: example("night-stages"),
}

"""How the fields of the regulations are written in TOML, in a preset file or an event's overrides.

Durations are texts with a unit ("0.1 s", "1 min", "500 ms", "1/100 min") or, under the field's
name with `_us` behind it, whole microseconds. "none" lifts a cap or a limit. Decimals are texts or
numbers; parts of a whole are "2/3" or "50 %". What a table does not name stays as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields

from timing.core.clocks import GRAINS
from timing.core.itinerary import ControlKind
from timing.core.preset import (
    Better,
    CoefficientMode,
    CoefficientSource,
    FinisherRule,
    LatenessSpan,
    MinuteRule,
    OtlEffect,
    PointOrigin,
    Preset,
    SectionOrigin,
    TieBreak,
    Truncate,
    Unit,
)
from timing.folder_text import did_you_mean
from timing.presets import tables, values
from timing.presets.tables import FieldError, TableFile
from timing.presets.values import parse_length

__all__ = ["DURATIONS", "FieldError", "field_names", "missing_fields", "parse_length", "read_fields"]

#: The fields of `Preset` that are durations; the annotation itself is a plain int.
DURATIONS = frozenset(
    {
        "ss_resolution",
        "test_resolution",
        "avg_resolution",
        "start_interval",
        "provisional_start_gap",
        "test_unit",
        "avg_unit",
        "debounce",
        "pass_gap",
        "opens_before",
    }
)
_CAPS = (
    "tc_late_cap",
    "tc_early_cap",
    "max_late_control",
    "max_late_total",
    "max_early",
    "otl_points",
    "test_cap",
    "avg_cap",
    "late_only_cap",
    "missed_control",
    "missed_passage",
    "missed_line",
    "missed_mtc",
    "missed_stage_extra",
    "visited_twice",
    "off_course",
    "protest_minutes",
)
_WHOLES = (
    "tc_late_per_min",
    "tc_early_per_min",
    "drop_worst",
    "fastest_average_kmh",
    "missed_control_fails",
    "missed_passage_fails",
    "missed_mtc_fails",
)
_SIMPLE: dict[str, values.Read] = {
    **dict.fromkeys(("name", "version", "title", "source"), values.text),
    **dict.fromkeys(DURATIONS, values.length),
    **dict.fromkeys(_CAPS, values.or_none(values.whole)),
    **dict.fromkeys(_WHOLES, values.whole),
    **dict.fromkeys(
        ("false_start_add_actual", "charge_stage_max", "fails", "coefficient_on_controls", "secret_lines"),
        values.flag,
    ),
    **dict.fromkeys(("false_start", "refused_start", "min_time_steps"), values.wholes),
    "closes_after": values.or_none(values.length),
    "open_road_average_kmh": values.or_none(values.decimal_above_zero),
    "unit": values.member(Unit),
    "better": values.member(Better),
    "truncate": values.member(Truncate),
    "test_truncate": values.member(Truncate),
    "minute_rule": values.member(MinuteRule),
    "section_origin": values.member(SectionOrigin),
    "otl_effect": values.member(OtlEffect),
    "coefficient_mode": values.member(CoefficientMode),
    "coefficient_source": values.member(CoefficientSource),
    "avg_origin": values.member(PointOrigin),
    "finisher_rule": values.member(FinisherRule),
    "finisher_share": values.share,
    "tie_breaks": values.members(TieBreak),
    "early_weight": values.decimal,
    "test_unit_points": values.decimal_above_zero,
    "late_total_over": values.member(LatenessSpan),
    "eet_neighbours": values.choice(("10_before", "5_5", "nearest_10")),
}
#: Tables from a stage, a kind of control or a field to a value.
_MAPS: dict[str, values.Read] = {
    "bogey": values.length,
    "stage_max": values.length,
    "stage_resolution": values.length,
    "precedence": values.sources,
    "source_tolerance": values.length,
    "clock_warn": values.length,
    "clock_fail": values.length,
    "sources": values.text,
    "unverified": values.text,
}
_BY_KIND = frozenset({"precedence", "source_tolerance"})
_BY_GRAIN = frozenset({"clock_warn", "clock_fail"})
_BY_FIELD = frozenset({"sources", "unverified"})
_NESTED: dict[str, Callable[[object, Preset | None], object]] = {
    "rates": tables.rates,
    "restart": tables.restart,
    "time_allowance": tables.time_allowance,
    "championship": tables.championship,
}
_SCORES = ("score_table", "avg_score_table")
_ALIASES = {"false_start_s": "false_start", **{f"{name}_us": name for name in sorted(DURATIONS)}}
#: Set by the preset file alone; an event cannot rename its regulations.
_OWN = ("name", "version", "title", "source", "sources", "unverified")


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads fields on top of a preset (`base`), whose tables stay where they are not named.

    `table_file` reads a score table out of a file of the event folder; a preset file has none.
    """

    base: Preset | None = None
    table_file: TableFile | None = None

    def read(self, written: str, value: object) -> object:
        """Return the value of one field as it is written in TOML.

        Raises:
            ValueError: a wrong value; the text says what was expected.
            FieldError: the same inside a nested table, with the path to the field.
        """
        name = canonical(written)
        if name in _NESTED:
            return _NESTED[name](value, self.base)
        if name in _SCORES:
            return tables.score_table(value, self.table_file)
        if name in _MAPS:
            before: Mapping[str, object] = getattr(self.base, name) if self.base else {}
            return {**before, **_mapping(name, value)}
        if written != name and name in DURATIONS:
            return values.microseconds(value)
        return _SIMPLE[name](value)


def field_names() -> tuple[str, ...]:
    """Return every name that an event's [timing] or [scoring] table may use."""
    return tuple(f.name for f in fields(Preset) if f.name not in _OWN) + tuple(_ALIASES)


def canonical(written: str) -> str:
    """Return the field that a written name means: `ss_resolution_us` is `ss_resolution`."""
    return _ALIASES.get(written, written)


def read_fields(
    written: Mapping[str, object], base: Preset | None = None, table_file: TableFile | None = None
) -> tuple[dict[str, object], dict[str, str]]:
    """Turn TOML values into values for `Preset`.

    Returns:
        The values by field, and the faults: by the path of the written field
        (`rates.standard.late_per_min`) what was expected there.
    """
    # An event changes rules; it cannot give its preset another name or another source.
    known = {f.name for f in fields(Preset)} - (set() if base is None else set(_OWN))
    reader = FieldReader(base, table_file)
    read: dict[str, object] = {}
    faults: dict[str, str] = {}
    for key, value in written.items():
        if canonical(key) not in known:
            faults[key] = "a field of the regulations"
            continue
        try:
            read[canonical(key)] = reader.read(key, value)
        except FieldError as error:
            faults[f"{key}.{error.path}".rstrip(".")] = str(error)
        except ValueError as error:
            faults[key] = str(error)
    return read, faults


def _mapping(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    found: dict[str, object] = {}
    for key, item in value.items():
        if name in _BY_KIND and key not in {*ControlKind, "default"}:
            hint = did_you_mean(key, ControlKind)
            raise FieldError(key, f"kinds of control ({', '.join(ControlKind)}) or default{hint}")
        if name in _BY_GRAIN and key not in GRAINS:
            raise FieldError(key, f"one of {', '.join(GRAINS)}{did_you_mean(key, GRAINS)}")
        if name in _BY_FIELD and key not in _names():
            raise FieldError(key, f"a field of the regulations{did_you_mean(key, _names())}")
        try:
            found[key] = _MAPS[name](item)
        except ValueError as error:
            raise FieldError(key, str(error)) from error
    return found


def _names() -> tuple[str, ...]:
    return tuple(f.name for f in fields(Preset) if f.name not in _OWN)


def missing_fields(written: Mapping[str, object]) -> tuple[str, ...]:
    """Return the fields without a default that a preset file does not set."""
    return tuple(
        f.name
        for f in fields(Preset)
        if f.default is MISSING and f.default_factory is MISSING and f.name not in written
    )

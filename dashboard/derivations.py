"""Derivations as plain JSON: exact values, so that any program can work them out again."""

from typing import Any

from timing.core.derivation import Derivation, Value


def derivation_row(derivation: Derivation | None) -> dict[str, Any]:
    """Return a derivation: instants and durations in µs as numbers, points and factors as text."""
    if derivation is None:
        return {}
    value = {} if derivation.value is None else {"value": _plain(derivation.value)}
    return {
        "rule": derivation.rule,
        "subject": derivation.subject,
        "car": derivation.car,
        "inputs": [
            {"name": given.name, "value": _plain(given.value), "kind": str(given.kind)}
            | ({} if given.seq is None else {"record": given.seq})
            for given in derivation.inputs
        ],
        "steps": [
            {
                "what": step.what,
                "operation": str(step.operation),
                "operands": list(step.operands),
                "value": _plain(step.value),
                "kind": str(step.kind),
            }
            for step in derivation.steps
        ],
        **value,
        "kind": str(derivation.kind),
        "words": derivation.words,
        "records": list(derivation.records),
    }


def _plain(value: Value) -> int | str | list[str]:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value if isinstance(value, int) else str(value)

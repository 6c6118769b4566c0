"""Derivations as JSON: whoever reads them can work the value out again with exact numbers."""

import json
from decimal import Decimal

from dashboard.derivations import derivation_row
from tests.core.rallies import Pen, regularity, told


def test_a_derivation_is_whole_and_exact_as_json() -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05.00", "1"), pen.stamp("L1", "10:20:20.07", "1")]
    row = json.loads(json.dumps(derivation_row(told(regularity(), records).derivation("PC1", "1"))))
    assert (row["rule"], row["subject"], row["car"], row["value"]) == ("REG_TEST", "PC1", "1", "7")
    given = {each["name"]: each for each in row["inputs"]}
    assert (given["start"]["record"], given["finish"]["record"]) == (1, 2)
    assert given["target"] == {"name": "target", "value": 15_000_000, "kind": "duration"}
    steps = {step["what"]: step for step in row["steps"]}
    start, end = (given[name]["value"] // 10_000 * 10_000 for name in ("start", "finish"))
    assert steps["time"]["value"] == end - start
    assert steps["deviation"]["value"] == steps["time"]["value"] - given["target"]["value"]
    units = steps["deviation"]["value"] // given["unit"]["value"]
    cap = Decimal(given["cap"]["value"])
    assert min(units * Decimal(given["points for a unit"]["value"]), cap) == Decimal(row["value"])


def test_nothing_to_derive_is_an_empty_row() -> None:
    assert derivation_row(None) == {}
    pending = derivation_row(told(regularity(), []).derivation("PC1", "1"))
    assert "value" not in pending
    assert pending["steps"] == []

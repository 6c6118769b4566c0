"""Every shown value follows from the steps that `/api/why` gives for it, worked out from that JSON alone.

The arithmetic below shares nothing with the service: it knows the operations by their names and exact
numbers, and no regulations.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.core.driven import drive_all
from tests.core.kinds import EXAMPLES
from tests.dashboard.test_publishing import certify
from timing.core.decisions import CorrectTime, Decision, SetNotional
from timing.core.event import Event
from timing.core.instant import DAY, HOUR, SECOND, format_instant
from timing.core.itinerary import StageKind
from timing.core.readings import Stamp
from timing.event_folder import load_event

Number = int | Fraction


def number(value: int | str) -> Number:
    """A JSON number is whole; a text is an exact decimal or fraction."""
    return value if isinstance(value, int) else Fraction(value)


def worked(derivation: dict[str, Any]) -> dict[str, Any]:
    """Work a derivation out: each step from the inputs and the steps before it, none from what it claims."""
    known: dict[str, Any] = {}
    for given in derivation["inputs"]:
        table = isinstance(given["value"], list)
        known[given["name"]] = [number(each) for each in given["value"]] if table else number(given["value"])
    for step in derivation["steps"]:
        known[step["what"]] = operate(step["operation"], [known[name] for name in step["operands"]])
        assert known[step["what"]] == number(step["value"]), (derivation["subject"], step)
    return known


def reckoned(derivation: dict[str, Any]) -> Number:
    """What it comes to: the last step, or without any the last input."""
    value: Number = next(reversed(worked(derivation).values()))
    return value


def operate(operation: str, values: list[Any]) -> Number:
    first, *others = values
    match operation:
        case "add":
            return sum(values)  # type: ignore[no-any-return]
        case "subtract":
            return first - sum(others)  # type: ignore[no-any-return]
        case "negate":
            return -first  # type: ignore[no-any-return]
        case "times":
            product = Fraction(1)
            for value in values:
                product *= value
            return product
        case "cut":
            return first // others[0] * others[0]  # type: ignore[no-any-return]
        case "whole":
            return first // others[0]  # type: ignore[no-any-return]
        case "begun":
            return -(-first // others[0])  # type: ignore[no-any-return]
        case "least":
            return min(values)  # type: ignore[no-any-return]
        case "most":
            return max(values)  # type: ignore[no-any-return]
        case "look up":
            return first[min(int(others[0]), len(first) - 1)]  # type: ignore[no-any-return]
        case "as time":
            return int(first * 1_000_000)
        case _:
            raise AssertionError(f"{operation}: an operation that nobody told us of")


def example(name: str) -> Event:
    loaded = load_event(EXAMPLES / name)
    assert loaded.event is not None, loaded.problems
    return loaded.event


def simulated(event: Event, seed: int) -> Iterator[Any]:
    """A day of the whole field, with what goes wrong on one, and its officials' rulings; in order of time."""
    records = sorted(drive_all(event, seed), key=lambda record: record.seq)
    yield from (record.body for record in records)


def shown(row: dict[str, Any], kind: StageKind) -> Number | None:
    """What the results say: a time of a special stage, else points."""
    value = row.get("time") if kind is StageKind.SS else row.get("points")
    if value is None:
        return None
    return number(value["us"]) if "us" in value else number(value["text"])


@pytest.mark.parametrize(("name", "least"), [("california-mille", 880), ("night-stages", 120)])
async def test_a_thousand_random_results_are_what_their_steps_lead_to(
    run: Any, name: str, least: int
) -> None:
    event = example(name)
    bodies = list(simulated(event, 11))
    end = max(body.at for body in bodies)
    running = await run(event=event, now=format_instant(end + SECOND))
    for first in range(0, len(bodies), 1000):
        await running.give(*bodies[first : first + 1000])
    journal = {record.seq: record.body for record in running.service.journal.read()}
    chance, faults, checked, ranked = random.Random(name), [], 0, 0
    # A marshal gets the whole sum, without the bytes and rulings that officials get beside it.
    async with running.client("marshal") as marshal:
        results = {
            stage.id: (await marshal.get(f"/api/stages/{stage.id}/results")).json()["rows"]
            for stage in event.itinerary.stages.values()
        }
        picked = [(stage, car) for stage, rows in results.items() for car in rows]
        chance.shuffle(picked)
        for stage, car in picked:
            if checked >= least:
                break
            row = results[stage][car]
            why = (await marshal.get(f"/api/why/{stage}/{car}")).json()
            derivation, value = why["derivation"], shown(row, event.itinerary.stages[stage].kind)
            if value is None:
                # No time: then there is nothing to work out either, or only what an official still decides.
                assert "value" not in derivation or row["status"] in ("CANCELLED", "HELD", "MISSING"), why
                continue
            checked += 1
            missed = any("missed" in given["name"] for given in derivation["inputs"])
            assert missed or derivation["records"], (row, derivation)
            known = worked(derivation)
            # A car's coefficient weighs the points of the test in the total; boards show them without.
            weighed = bool(derivation["steps"]) and derivation["steps"][-1]["what"] == "with the coefficient"
            last = known["points"] if weighed else reckoned(derivation)
            if last != value or reckoned(derivation) != number(derivation["value"]):
                faults.append((stage, car, row, derivation))
            for part in ("time", "deviation"):
                if part in row and part in known and known[part] != row[part]["us"]:
                    faults += [(stage, car, row, derivation)]
            for given in derivation["inputs"]:
                if "record" in given:
                    assert recorded(event, journal[given["record"]], given, stage, car), (stage, car, given)
            if row.get("rank") is not None:
                ranked += 1
                assert reckoned(why["rank"]) == row["rank"], (stage, car)
        totals = await whole_list(marshal, results)
    assert not faults, "\n".join(map(str, faults[:3]))
    assert checked >= least
    assert ranked > least // 2
    assert totals > 5


def recorded(event: Event, body: object, given: dict[str, Any], stage: str, car: str) -> bool:
    """Whether an input is what the record it names says: an instant, or a ruling on this crew."""
    match body:
        case Stamp(at=at, control=control):
            if given["value"] == at:
                return True
            # A clock put right moves a stamp at a line of the stage; a check-in orders the start after it.
            lines = event.itinerary.stages[stage].lines
            moved = given["value"] - at
            return bool(
                abs(moved) < DAY if control in lines else given["name"] == "start" and 0 < moved < HOUR
            )
        case Decision(act=CorrectTime(car=of, at=at)):
            return bool(of == car and given["value"] == at)
        case Decision(act=SetNotional(stage=where, car=of)):
            return (where, of) == (stage, car)
        case Decision():
            return True
        case _:
            return False


async def whole_list(marshal: Any, results: dict[str, Any]) -> int:
    """Check each crew's total and place against the list; return how many had a place."""
    rows = (await marshal.get("/api/standings/overall")).json()["rows"]
    seen = 0
    for car, row in rows.items():
        stage = next((stage for stage, crews in results.items() if car in crews), None)
        if stage is None or row.get("total") is None:
            continue
        overall = (await marshal.get(f"/api/why/{stage}/{car}")).json()["overall"]
        total = row["total"]
        assert reckoned(overall["total"]) == (number(total["us"]) if "us" in total else number(total["text"]))
        if row.get("rank") is not None:
            assert reckoned(overall["rank"]) == row["rank"]
            seen += 1
    return seen


async def test_of_a_certified_result_the_certified_sum_is_told_and_not_that_of_later_news(run: Any) -> None:
    from tests.dashboard.example_day import CARS, day, late_beam

    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("spectator") as public:
        await certify(keeper, "T1", "T2", "A1")
        issued = (await keeper.get("/api/standings/overall/checklist")).json()["act"]
        async with running.client("clerk") as clerk:
            assert (await clerk.post("/api/decisions", json={"act": issued})).status_code == 201
        await running.give(late_beam())
        for client in (keeper, public):
            row = (await client.get("/api/stages/T1/results")).json()["rows"]["2"]
            why = (await client.get("/api/why/T1/2")).json()
            steps = {step["what"]: step["value"] for step in why["derivation"]["steps"]}
            assert steps["deviation"] == row["deviation"]["us"] == 10_000
            assert reckoned(why["derivation"]) == number(row["points"]["text"])
            assert reckoned(why["rank"]) == row["rank"]
        standing = (await keeper.get("/api/standings/overall")).json()["rows"]["2"]
        # A penalty that came after the issue moves the list of now, not the issued one.
        async with running.client("clerk") as clerk:
            penalty = {"type": "Penalise", "car": "2", "rule": "noise", "points": "50"}
            assert (await clerk.post("/api/decisions", json={"act": penalty})).status_code == 201
        await running.settle()
        assert (await keeper.get("/api/standings/overall")).json()["rows"]["2"]["total"] == standing["total"]
        overall = (await keeper.get("/api/why/T1/2")).json()["overall"]
        assert reckoned(overall["total"]) == number(standing["total"]["text"])
        assert reckoned(overall["rank"]) == standing["rank"]


def test_a_step_that_claims_another_value_is_found() -> None:
    honest = {
        "subject": "T1",
        "inputs": [{"name": "finish", "value": 5_000_000}, {"name": "start", "value": 3_000_000}],
        "steps": [
            {"what": "time", "operation": "subtract", "operands": ["finish", "start"], "value": 2_000_000}
        ],
    }
    assert reckoned(honest) == 2_000_000
    for change in ({"value": 2_000_001}, {"operands": ["start", "finish"]}, {"operation": "add"}):
        with pytest.raises(AssertionError):
            reckoned({**honest, "steps": [{**honest["steps"][0], **change}]})  # type: ignore[dict-item]
    assert operate("times", [2, Fraction("1.27")]) == Decimal("2.54")

"""A road rally with stages, every ruling on controls and starts, told in any order with repetitions."""

import random
from dataclasses import replace

import pytest

from tests.core.rallies import Pen, Road, at, crews, everything, told
from timing.core.decisions import (
    AllowDelay,
    AssignStart,
    CorrectTime,
    ExtendLateness,
    FailStage,
    MarkSpurious,
    Penalise,
    RefuseStart,
    Reinstate,
    Role,
    TimeBasis,
    Withdraw,
)
from timing.core.event import Event
from timing.core.instant import DAY, MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.preset import LatenessSpan, SectionOrigin
from timing.core.rally import Rally
from timing.core.readings import Alert, AlertKind, Source
from timing.core.records import Record
from timing.presets import load_preset


def event(mode: SectionOrigin, **rules: object) -> Event:
    """A morning with a stage, a regroup and passages; an afternoon in another section; a second day."""
    road = Road()
    road.put("TC0", ControlKind.MTC, "0", first="10:00")
    road.put("CT1", ControlKind.PASSAGE, "3")
    road.put("TC1", ControlKind.ATC, "6", target="0:12:00", section_kind="standard")
    road.special("SS1", "6.1", length=8, neutral=True)
    road.put("TC2", ControlKind.REGROUP_IN, "24", target="0:40:00", section_kind="neutral")
    road.put("TC3", ControlKind.REGROUP_OUT, "24", target="0:20:00", section="2")
    road.put("CT2", ControlKind.ROUTE_CHECK, "30", section="2", closes=at("11:40"))
    road.put("TC4", ControlKind.TC, "36", target="0:20:00", section="2", minimum=18 * MINUTE)
    road.put("TC5", ControlKind.MTC, "0", leg=2, first="09:00", section="3")
    road.put("TC6", ControlKind.TC, "20", leg=2, target="0:30:00", section="3")
    values: dict[str, object] = {
        "section_origin": mode,
        "stage_max": {"SS1": 900 * SECOND},
        "charge_stage_max": True,
        "refused_start": (600,),
        "false_start": (10, 60),
        "min_time_steps": (1, 2),
        "late_total_over": LatenessSpan.EVENT,
        **rules,
    }
    preset = replace(load_preset("MSUK_HISTORIC_ROAD"), **values)  # type: ignore[arg-type]
    made = road.event(preset, crews("1", "2", "3"))
    harder = replace(preset, tc_late_per_min=30, max_late_total=45)
    return replace(made, rules_from=((made.itinerary.controls["TC4"].order, harder),))


def story(pen: Pen) -> list[Record]:
    """Three crews with what goes wrong on such a day, and what officials say to it."""
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        late = 4 * place

        def put(control: str, clock: str, car: str = car, plus: int = place + late) -> None:
            moment = at(clock) + plus * MINUTE
            source = Source.A if ".I" in control or ".O" in control or "FF" in control else Source.M
            records.append(pen.stamp(control, clock, car, at=moment, source=source, device=f"d-{control}"))

        put("TC0", "10:00:20", plus=place)
        put("CT1", "10:06:00")
        put("TC1", "10:12:30")
        put("SS1.START", "10:15:00")
        put("SS1.IN", "10:18:10.5")
        put("SS1.OUT", "10:21:00.2")
        put("SS1.FF", "10:23:40.7")
        put("TC2", "10:55:00" if car != "1" else "10:50:00")
        if car != "2":
            put("TC3", "11:15:30")
        put("CT2", "11:26:00")
        put("CT2", "11:31:00")
        put("TC4", "11:33:00")
        put("TC5", "33:00:00")
        put("TC6", "33:32:00")
    wheel = pen.stamp("SS1.START", "10:14:59.6", "1", source=Source.A, device="wheel")
    false = pen.stamp("CT1", "10:20:00", "1", source=Source.M, device="x")
    records += [
        wheel,
        false,
        pen.rule(MarkSpurious(false.key), "spurious"),
        pen.rule(AllowDelay("CT1", "3", 3), "delay", Role.CLERK),
        pen.rule(AllowDelay("CT1", "3", 5), "delay2", Role.CLERK, supersedes="delay"),
        pen.rule(AllowDelay("TC4", "2", 2), "more", Role.CLERK),
        pen.rule(Withdraw("more"), "no-more", Role.CLERK, clock="19:00"),
        pen.rule(AssignStart("SS1.START", "2", at("10:20:30")), "start", Role.CLERK),
        pen.rule(AssignStart("TC3", "2", at("11:22")), "out", Role.CLERK),
        pen.rule(CorrectTime("TC2", "3", at("11:00:30"), basis=TimeBasis.INSTRUCTION), "told"),
        pen.rule(ExtendLateness("TC3", max_late_total=40), "extend", Role.CLERK),
        pen.rule(ExtendLateness("TC6", max_late_total=50), "extend2", Role.CLERK, clock="18:30"),
        pen.rule(RefuseStart("SS1", "3"), "refused", Role.CLERK),
        pen.rule(FailStage("SS1", "3"), "failed", Role.CLERK),
        pen.rule(Withdraw("failed"), "performed", Role.CLERK, clock="18:40"),
        pen.rule(FailStage("SS1", "1"), "failed-1", Role.CLERK),
        pen.rule(Penalise("1", "noise", time=20 * SECOND, control="TC2"), "noise", Role.CLERK),
        pen.rule(Reinstate("2"), "again", Role.CLERK),
        pen.record(Alert(device="t3", at=at("10:26:00"), kind=AlertKind.SOS, car="3")),
    ]
    return records


MODES = list(SectionOrigin)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(2))
def test_rulings_on_controls_and_starts_give_the_same_answers_in_any_order(
    mode: SectionOrigin, seed: int
) -> None:
    made = event(mode)
    records = story(Pen())
    wanted = everything(told(made, records))
    chance = random.Random(seed)
    repeated = [replace(record, seq=record.seq + 1000) for record in chance.sample(records, 12)]
    shuffled = [*records, *repeated]
    chance.shuffle(shuffled)
    rally = Rally(made)
    for place, record in enumerate(shuffled):
        rally.add(record)
        if place % 17 == 0:
            everything(rally)
    assert everything(rally) == wanted


@pytest.mark.parametrize("mode", MODES)
def test_the_same_day_a_day_later_costs_the_same(mode: SectionOrigin) -> None:
    def penalties(shift: int) -> list[list[tuple[str, str | None, object, int, str]]]:
        made = event(mode)
        controls = {
            ident: replace(
                control,
                **{
                    name: moved + shift
                    for name in ("first_car", "opens", "closes")
                    if (moved := getattr(control, name)) is not None
                },
            )
            for ident, control in made.itinerary.controls.items()
        }
        made = replace(made, itinerary=replace(made.itinerary, controls=controls))
        rally = Rally(made)
        for record in story(Pen()):
            body = record.body
            act = getattr(body, "act", None)
            if act is None:
                body = replace(body, at=body.at + shift)
            elif hasattr(act, "at"):
                body = replace(body, act=replace(act, at=act.at + shift))
            rally.add(replace(record, body=body))
        return [
            [(r.rule, r.control, r.amount, r.fails, r.text) for r in rally.crew_state(car).penalties]
            for car in made.entries.by_number
        ]

    found = penalties(0)
    assert all(found)
    assert found == penalties(DAY)
    assert found == penalties(14 * 60 * MINUTE)

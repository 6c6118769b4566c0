"""The day of `official_day`, from the first stamp to the official classification, as its officials live it.

The service runs as a process of its own, and is killed or stopped and started again between the hours; its
clock stands in each of them, so that every instant is known. All goes through its broker and its HTTP pages.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from devices.broker import Broker
from tests.scenarios.official_day import DEVICES, spooled, timers, write_event, written_down
from tests.scenarios.official_desks import Desks, appoint, at_desks, rallykeeper
from tests.scenarios.official_papers import (
    FIRST_TIMES,
    FIRST_TOTALS,
    PAPERS,
    SECOND_TIMES,
    SECOND_TOTALS,
    TAMPERED,
    V1,
    V2,
)
from tests.scenarios.running import Service, clock_table, mqtt_client, publish_all, serving
from timing.core.instant import parse_instant

STATES = re.compile(r"(?:LIVE|CERTIFIED|PROVISIONAL|SUSPENDED|OFFICIAL) v\d")
SS1, SS2, OVERALL = "/api/stages/SS1", "/api/stages/SS2", "/api/standings/overall"
FINALISE = {"type": "Finalise", "scope": "overall", "version": 2}
OWN_TIME = {"idempotency_key": "a time of one's own", "at": "2026-06-06T07:22:00Z", "car": "3", "kind": "H"}


@dataclass
class Rally:
    """The rally's folder, its broker, and the personal links given out so far."""

    folder: Path
    broker: Broker
    links: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @asynccontextmanager
    async def at(self, clock: str) -> AsyncIterator[tuple[Service, Desks]]:
        """The service at this time of day, and everybody at their desks."""
        table = clock_table(self.folder / "clock.json", parse_instant(f"2026-06-06T{clock}+02:00"), rate=0)
        arguments = ("--broker", self.broker.url(), "--clock-table", str(table))
        async with (
            serving(self.folder / "event", self.data, *arguments) as service,
            at_desks(service, self.links) as desks,
        ):
            yield service, desks

    async def send(self, *messages: tuple[str, bytes]) -> None:
        """Publish what devices say; return when the broker has it."""
        async with mqtt_client(self.broker.url()) as client:
            await publish_all(client, messages)


@pytest.fixture
async def rally(tmp_path: Path) -> AsyncIterator[Rally]:
    write_event(tmp_path / "event")
    async with Broker(tmp_path / "broker", "two-crests", devices=DEVICES) as broker:
        yield Rally(tmp_path, broker)


@pytest.mark.timeout(240)
async def test_a_rally_becomes_official_by_the_acts_of_its_officials_alone(rally: Rally) -> None:
    async with rally.at("11:00:00") as (service, desks):
        await give_links(rally, desks)
        await the_cars_drive(rally, desks)
        await the_timekeeper_and_the_clerk_put_it_right(desks)
        await the_first_version(desks)
        await service.kill()
    async with rally.at("11:20:00") as (service, desks):
        await a_protest_and_a_late_impulse(rally, desks)
        await nobody_moves_a_certified_time(desks)
        await what_a_marshal_may_record_waits_for_the_timekeeper(desks)
    async with rally.at("11:40:00") as (service, desks):
        await the_protest_time_runs_for_what_changed(desks)
    async with rally.at("11:50:00") as (service, desks):
        await it_is_official(desks)
        await the_papers_say_what_they_are(rally, desks)
    await the_documents_prove_themselves(rally)


async def give_links(rally: Rally, desks: Desks) -> None:
    """The clerk appoints marshal and organizer; the stewards' link is made beside the service."""
    posts = dict.fromkeys(control for control, _ in written_down())
    rally.links["marshal"] = await appoint(desks, "clerk", "Marta", "marshal", posts)
    rally.links["organizer"] = await appoint(desks, "clerk", "Organizer's office", "spectator")
    rally.links["steward"] = await appoint_steward(rally)
    for who, link in rally.links.items():
        await desks.admit(who, link)


async def appoint_steward(rally: Rally) -> str:
    where = (rally.folder / "event", "--data", rally.data)
    status, said = await rallykeeper("access", *where, "--name", "Stella", "--role", "steward", "--json")
    assert status == 0, said
    return str(json.loads(said)["link"])


async def the_cars_drive(rally: Rally, desks: Desks) -> None:
    """62 messages of the timers by MQTT, 96 entries of the marshal by HTTP."""
    await rally.send(*timers())
    await desks.recorded(62)
    marshal = desks.sessions["marshal"]
    for control, entry in written_down():
        answer = await marshal.post(f"/api/controls/{control}/stamps", json=entry)
        assert answer.status_code == 201, answer.text
    await desks.recorded(158)
    await desks.until_time("SS1", "8", "5:49.3?")
    await desks.until_time("SS2", "14", "16:08.0?")
    assert await desks.blockers(SS1) == [("under_review", "8")]
    assert await desks.blockers(SS2) == [
        *(("under_review", str(k)) for k in (1, 2, 3, 4, 5)),
        ("missing", "6"),
        *(("under_review", str(k)) for k in (7, 8, 9, 10)),
        ("running", "11"),
        *(("under_review", str(k)) for k in (12, 13, 14)),
        ("clock", "beam-2"),
    ]


async def proposed(desks: Desks, who: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The open proposals by kind and car."""
    rows = (await desks.get("/api/proposals", who))["proposals"]
    return {(row["kind"], row["car"]): row for row in rows}


async def accept(desks: Desks, who: str, proposal: dict[str, Any]) -> None:
    answer = await desks.sessions[who].post("/api/decisions", json=proposal["decision"])
    assert answer.status_code == 201, answer.text


async def the_timekeeper_and_the_clerk_put_it_right(desks: Desks) -> None:
    """Each fault by the office that may, until nothing keeps the stages from being certified."""
    # The wrong number: what the operator typed as a second car 5 was car 6.
    typed = {"type": "AssignCar", "stamp": "S/beam-2/1/7", "car": "6"}
    await desks.decide("timekeeper", typed, reason="WRONG_NUMBER")
    await desks.until_time("SS2", "6", "6:06.7?")
    # The beam that failed: by hand, corrected by ten neighbours.
    eet = (await proposed(desks, "timekeeper"))["REPLACEMENT", "8"]
    assert eet["text"] == (
        "09:32:49.18 = by hand 09:32:49.30 less +0.12, the mean of 10 pairs: car 1 +0.11, car 2 +0.12, "
        "car 3 +0.13, car 4 +0.14, car 5 +0.10, car 6 +0.11, car 7 +0.12, car 9 +0.14, car 10 +0.10, "
        "car 11 +0.11"
    )
    assert await desks.refused("clerk", eet["decision"]["act"], 403) == (
        "CorrectTime is not for Clerk of the course as clerk."
    )
    await accept(desks, "timekeeper", eet)
    await desks.until_time("SS1", "8", "5:49.1E")
    # The red flag: the clerk rules on the crews that it met, by the times as they are known then.
    await desks.decide("clerk", {"type": "Retire", "car": "11", "control": "SS2.FF", "cause": "accident"})
    stop = {"at": "2026-06-06T08:01:00Z", "caused_by": ["11"], "restarted_at": "2026-06-06T08:12:00Z"}
    await desks.decide("clerk", {"type": "Interrupt", "stage": "SS2", **stop})
    again = {"type": "AssignStart", "control": "SS2.START", "car": "14", "at": "2026-06-06T08:12:00Z"}
    await desks.decide("clerk", again)
    await desks.until_time("SS2", "14", "6:08.0?")
    offers = await proposed(desks, "clerk")
    assert sorted(offers) == [("NOTIONAL", "12"), ("NOTIONAL", "13")]
    for car in ("12", "13"):
        assert (
            offers["NOTIONAL", car]["text"] == "5:56.3 by FASTEST_AT_STOP (1) at the stop of 10:01:00: car 8"
        )
        await accept(desks, "clerk", offers["NOTIONAL", car])
    assert await proposed(desks, "clerk") == {}
    # The clock that gained 2 ms in a minute: all its times in one act, by the line through its checks.
    clock = (await desks.get("/api/devices"))["devices"]["beam-2"]["clock"]
    assert (clock["state"], clock["drift"]) == ("FAIL", {"ppm": "+33.33", "us_per_hour": 120_000})
    points = [["2026-06-06T07:00:00.000Z", 0], ["2026-06-06T08:30:00.000Z", 180_000]]
    assert clock["proposed"]["act"]["points"] == points
    assert await desks.refused("timekeeper", clock["proposed"]["act"], 422) == (
        "A ruling on a device's clock needs a reason."
    )
    await desks.decide("timekeeper", clock["proposed"]["act"], reason="DRIFT")
    # What the notional times rest on moved with it: they stand until the clerk accepts them anew.
    offers = await proposed(desks, "clerk")
    for car in ("12", "13"):
        assert offers["NOTIONAL", car]["text"] == (
            "5:56.3 stands; now 5:56.2 by FASTEST_AT_STOP (1) at the stop of 10:01:00: car 8"
        )
        await accept(desks, "clerk", offers["NOTIONAL", car])
    await desks.until_time("SS2", "13", "5:56.2N")
    assert await proposed(desks, "clerk") == {}
    assert await desks.blockers(SS1) == []
    assert await desks.blockers(SS2) == []
    await desks.until_times("SS1", FIRST_TIMES)
    await desks.until_times("SS2", SECOND_TIMES)
    await desks.until_totals(FIRST_TOTALS)


async def the_first_version(desks: Desks) -> None:
    """The Timekeeper certifies, then the clerk issues; nobody else can, and not in another order."""
    act = (await desks.get(f"{OVERALL}/checklist", "clerk"))["act"]
    assert await desks.refused("clerk", act, 409) == "SS1 is not certified (and 1 more)."
    certify = (await desks.get(f"{SS1}/checklist"))["act"]
    for who in ("clerk", "steward", "marshal", "organizer"):
        assert (await desks.refused(who, certify, 403)).startswith("Certify is not for ")
    await desks.publish("timekeeper", SS1)
    await desks.publish("timekeeper", SS2)
    assert await desks.blockers(OVERALL) == []
    await desks.publish("clerk", OVERALL)
    await desks.until_published(V1)
    assert await desks.documents() == [
        ("stage-SS1-v1", "CERTIFIED", True),
        ("stage-SS2-v1", "CERTIFIED", True),
        ("list-overall-v1", "PROVISIONAL", True),
    ]


async def a_protest_and_a_late_impulse(rally: Rally, desks: Desks) -> None:
    """Car 10 protests against car 3, which by the beam's memory was faster still: a next version of both."""
    await desks.until_published(V1)
    protest = {"type": "Protest", "scope": "overall", "car": "10", "against": "3", "text": "the time on SS1"}
    lodged = await desks.decide("clerk", protest)
    before = await desks.head()
    await rally.send(spooled())
    await desks.recorded(before + 1)
    pending = await desks.get(f"{SS1}/checklist")
    assert pending["difference"]["cars"] == {
        "3": {
            "driven": {"before": 343_600_000, "after": 343_500_000},
            "finish": {"before": 1_780_730_563_670_000, "after": 1_780_730_563_590_000},
            "time": {"before": 343_600_000, "after": 343_500_000},
        }
    }
    await desks.until_times_are("SS1", "AMENDMENT_PENDING")
    assert list((await desks.times("SS1")).items()) == list(FIRST_TIMES.items())
    assert list((await desks.totals()).items()) == list(FIRST_TOTALS.items())
    issue = (await desks.get(f"{OVERALL}/checklist"))["act"]
    assert await desks.refused("clerk", issue, 409) == "Nothing has changed since version 1 of overall."
    await desks.decide("timekeeper", pending["act"], text="read out of the beam's memory")
    await desks.until_time("SS1", "3", "5:43.5")
    assert list((await desks.totals()).items()) == list(FIRST_TOTALS.items())
    await desks.publish("clerk", OVERALL)
    await desks.until_totals(SECOND_TOTALS)
    await desks.until_published({**V2, "protests": 1})
    assert (await desks.refused("steward", FINALISE, 409)).startswith("A protest is open (")
    close = {"type": "CloseProtest", "protest": lodged["id"], "upheld": False}
    assert (await desks.refused("clerk", close, 403)).startswith("CloseProtest is not for ")
    await desks.decide("steward", close, reason="STEWARD_DECISION", text="the beam's record was read out")
    await desks.until_published(V2)
    assert await desks.refused("steward", FINALISE, 409) == "The protest time runs until 11:50:00."


async def nobody_moves_a_certified_time(desks: Desks) -> None:
    """Whoever tries is refused, and neither the journal nor a document nor the board has moved."""
    head, papers = await desks.head(), await desks.documents()
    public = desks.sessions["public"]
    signed = (await public.get("/api/documents/stage-SS1-v2")).content
    correct = {"type": "CorrectTime", "control": "SS1.FF", "car": "3", "at": "2026-06-06T07:20:00Z"}
    certified = await desks.decision_of("stage-SS1-v2")
    for who in ("marshal", "organizer", "clerk", "steward"):
        assert (await desks.refused(who, correct, 403)).startswith("CorrectTime is not for ")
        spurious = {"type": "MarkSpurious", "stamp": "S/beam-1/1/900"}
        assert (await desks.refused(who, spurious, 403)).startswith("MarkSpurious is not for ")
    undo = {"type": "Withdraw", "decision": certified}
    assert await desks.refused("timekeeper", undo, 409) == (
        "What was certified or issued is not taken back: a next version follows it."
    )
    for who, status in (("organizer", 403), ("clerk", 403), ("public", 401)):
        answer = await desks.sessions[who].post("/api/controls/SS1.FF/stamps", json=OWN_TIME)
        assert answer.status_code == status, answer.text
    assert (await desks.head(), await desks.documents()) == (head, papers)
    assert (await public.get("/api/documents/stage-SS1-v2")).content == signed
    assert (await desks.times("SS1"))["3"] == "5:43.5"


async def what_a_marshal_may_record_waits_for_the_timekeeper(desks: Desks) -> None:
    """At their control a marshal may say whose a stamp is: the certified times stand, and it is refused."""
    await desks.decide("marshal", {"type": "AssignCar", "stamp": "S/beam-1/1/900", "car": "4"})
    await desks.until_times_are("SS1", "AMENDMENT_PENDING")
    assert list((await desks.totals()).items()) == list(SECOND_TOTALS.items())
    assert (await desks.times("SS1"))["3"] == "5:43.5"
    refuse = (await desks.get(f"{SS1}/checklist"))["refuse"]
    assert await desks.refused("timekeeper", refuse, 409) == "A refusal needs a reason."
    await desks.decide("timekeeper", refuse, text="it is car 3 on the film of the finish")
    await desks.until_times_are("SS1", "CERTIFIED")
    assert (await desks.documents())[-2:] == [
        ("stage-SS1-v2", "CERTIFIED", True),
        ("list-overall-v2", "PROVISIONAL", True),
    ]
    assert (await desks.times("SS1"))["3"] == "5:43.5"


async def the_protest_time_runs_for_what_changed(desks: Desks) -> None:
    """At 11:40 the time for the first version is over; for car 3, whose line changed, it runs until 11:50."""
    against = {"type": "Protest", "scope": "overall", "car": "2", "text": "too late"}
    assert await desks.refused("clerk", {**against, "against": "9"}, 409) == (
        "The time for protests against car 9 in overall is over."
    )
    shown = await desks.sessions["clerk"].post(
        "/api/decisions?preview=true", json={"act": {**against, "against": "3"}}
    )
    assert "refused" not in shown.json(), shown.text
    assert await desks.refused("steward", FINALISE, 409) == "The protest time runs until 11:50:00."


async def it_is_official(desks: Desks) -> None:
    """The steward finalises at 11:50, and no one else."""
    for who in ("timekeeper", "clerk", "marshal", "organizer"):
        assert (await desks.refused(who, FINALISE, 403)).startswith("Finalise is not for ")
    await desks.decide("steward", FINALISE)
    official = {name: value for name, value in V2.items() if name != "protest_until"}
    await desks.until_published({**official, "state": "OFFICIAL"})
    assert await desks.documents() == [
        ("stage-SS1-v1", "CERTIFIED", False),
        ("stage-SS2-v1", "CERTIFIED", True),
        ("list-overall-v1", "PROVISIONAL", False),
        ("stage-SS1-v2", "CERTIFIED", True),
        ("list-overall-v2", "PROVISIONAL", True),
        ("list-overall-v2-official", "OFFICIAL", True),
    ]
    issue = (await desks.get(f"{OVERALL}/checklist"))["act"]
    assert "is official" in await desks.refused("clerk", issue, 409)
    await desks.until_totals(SECOND_TOTALS)


async def the_papers_say_what_they_are(rally: Rally, desks: Desks) -> None:
    """The print of every version, also of those that no longer stand, names its own state."""
    (rally.folder / "papers").mkdir()
    for ident, state, said in PAPERS:
        text = await desks.download(ident, rally.folder / "papers")
        assert set(STATES.findall(text)) == {state}, f"{ident}: {text}"
        for words in said:
            assert words in text, f"{ident}: {text}"


async def the_documents_prove_themselves(rally: Rally) -> None:
    """`rallykeeper verify`: each document holds, value by value; each tampered copy does not."""
    papers = rally.folder / "papers"
    whole = ("--journal", rally.data, "--event", rally.folder / "event")

    async def holds(ident: str) -> None:
        status, said = await rallykeeper("verify", papers / f"{ident}.json", *whole)
        assert status == 0, said
        assert "signed with the Official Timekeeper's key" in said
        assert f"the journal gives {ident} again, byte for byte" in said

    async def holds_not(ident: str, change: Callable[[bytes], bytes], sentence: str) -> None:
        copy = papers / f"tampered {ident}.json"
        copy.write_bytes(change((papers / f"{ident}.json").read_bytes()))
        status, said = await rallykeeper("verify", copy)
        assert (status, sentence in said) == (1, True), f"{ident}: {said}"

    for (ident, _, _), (change, sentence) in zip(PAPERS, TAMPERED, strict=True):
        await asyncio.gather(holds(ident), holds_not(ident, change, sentence))

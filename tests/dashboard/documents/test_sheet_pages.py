import asyncio
import io
import json
import re
import threading
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pypdf
import pytest

from dashboard.press import Press
from dashboard.problems import Problem
from dashboard.serve import main
from tests.dashboard.example_day import CARS, NOON, day, late_beam
from timing.core.decisions import Decision, Penalise, Role
from timing.core.event import Event
from timing.core.instant import MINUTE


def text(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF-")
    return " ".join(
        re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    )


def speeding(car: str) -> Decision:
    return Decision(
        id="speeding",
        act=Penalise(car, "speeding", points=Decimal(100), control="TC0"),
        author="=cmd() Doe",
        role=Role.CLERK,
        at=NOON + 30 * MINUTE,
        text="68 km/h",
    )


async def test_results_and_classifications_come_as_pdf_for_everybody(run: Any) -> None:
    running = await run()
    await running.give(*day("1", "2"))
    async with running.client("spectator") as client:
        stage = await client.get("/api/stages/T1/results?format=pdf")
        overall = await client.get("/api/standings/overall?format=pdf&paper=letter")
        assert (await client.get("/api/standings/nobody?format=pdf")).status_code == 404
        assert (await client.get("/api/stages/T1/results?format=pdf&paper=a9")).status_code == 422
    for answer in (stage, overall):
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert "LIVE · UNOFFICIAL" in text(answer.content)
        assert "As of Sat 6 June 2026 09:00:00 (-07:00)" in text(answer.content)
    assert stage.headers["content-disposition"] == 'inline; filename="results-T1.pdf"'
    shown = text(stage.content)
    assert "1 1 First Driver / First Navigator" in shown
    assert "2 2 Second Driver / Second Navigator" in shown
    assert round(pypdf.PdfReader(io.BytesIO(overall.content)).pages[0].mediabox.width) == 612


async def test_the_pdf_of_a_document_is_that_of_the_document_whatever_comes_later(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("spectator") as client:
        act = (await keeper.get("/api/stages/T1/checklist")).json()["act"]
        assert (await keeper.post("/api/decisions", json={"act": act})).status_code == 201
        first = await client.get("/api/documents/stage-T1-v1?format=pdf")
        await running.give(late_beam())
        running.clock.advance(5 * MINUTE)
        again = await client.get("/api/documents/stage-T1-v1?format=pdf")
        signed = (await client.get("/api/documents/stage-T1-v1")).json()
    assert again.content == first.content
    assert "immutable" in first.headers["cache-control"]
    shown = text(first.content)
    assert "CERTIFIED v1" in shown
    assert f"SHA-256 {signed['sha256'][:4]} {signed['sha256'][4:8]}" in shown
    for row in signed["document"]["rows"]:
        assert f"{row['rank']} {row['car']} {row['crew']}" in shown
        assert row["time"]["text"] in shown
        assert row["deviation"]["text"] in shown


async def test_lists_come_as_json_csv_and_pdf(run: Any) -> None:
    running = await run()
    await running.give(*day("1", "2"), speeding("2"))
    async with running.client("spectator") as client:
        names = (await client.get("/api/sheets")).json()["sheets"]
        assert names == ["start-list-1", "interim", "penalties", "retirements", "classes"]
        for name in names:
            pdf = await client.get(f"/api/sheets/{name}?format=pdf")
            told = (await client.get(f"/api/sheets/{name}")).json()
            assert told["title"] in text(pdf.content)
            csv = await client.get(f"/api/sheets/{name}?format=csv")
            assert csv.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
            assert len(csv.text.splitlines()) == 1 + sum(len(part["rows"]) for part in told["parts"])
        charged = (await client.get("/api/sheets/penalties")).json()["parts"][0]["rows"]
        assert [(row["car"], row["rule"], row["text"]) for row in charged] == [("2", "speeding", "68 km/h")]
        early = await client.get("/api/sheets/penalties?as_of=1")
        assert early.json()["parts"][0]["rows"] == []
        assert (await client.get("/api/sheets/menu")).status_code == 404


async def test_the_log_of_corrections_is_for_officials(run: Any) -> None:
    running = await run()
    await running.give(*day("1", "2"), speeding("2"))
    for who, status in (("spectator", 401), ("marshal", 403), ("clerk", 200)):
        async with running.client(who) as client:
            assert (await client.get("/api/sheets/corrections")).status_code == status
    async with running.client("clerk") as client:
        assert (await client.get("/api/sheets")).json()["sheets"][-1] == "corrections"
        pdf = await client.get("/api/sheets/corrections?format=pdf")
        assert "Penalise: car 2, speeding" in text(pdf.content)
        csv = await client.get("/api/sheets/corrections?format=csv")
        assert ",'=cmd() Doe,clerk," in csv.text
        assert (await client.get("/api/sheets/corrections?as_of=1")).json()["parts"][0]["rows"] == []


async def test_a_public_that_is_shown_things_late_gets_no_list_of_now(run: Any, event: Event) -> None:
    late = replace(event, public=replace(event.public, delay=10 * MINUTE))
    running = await run(event=late)
    async with running.client("spectator") as client:
        assert (await client.get("/api/sheets/penalties?format=pdf")).status_code == 403
    async with running.client("clerk") as client:
        assert (await client.get("/api/sheets/penalties?format=pdf")).status_code == 200


async def test_many_who_ask_at_once_get_the_same_sheet_set_once(run: Any) -> None:
    running = await run()
    await running.give(*day("1", "2"))
    async with running.client("spectator") as client:
        answers = await asyncio.gather(
            *(client.get("/api/stages/T1/results?format=pdf") for _ in range(20)),
            client.get("/healthz"),
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers[:-1]}) == 1


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


async def test_a_crowd_waits_in_line_and_the_line_has_an_end() -> None:
    press = Press(most=2)
    free = threading.Event()
    first, second = (asyncio.create_task(press.make(partial(free.wait, 20))) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await press.make(list)
    assert refused.value.status == 503
    free.set()
    assert [await first, await second] == [True, True]
    assert await press.make(list) == []


async def test_a_sheet_that_cannot_be_set_says_so_and_tells_no_stranger_why(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    running = await run()
    program = tmp_path / "typeset.py"
    program.write_text("import sys; sys.exit('/secret/path is missing')")
    monkeypatch.setattr("dashboard.documents.sheet_pdf._PROGRAM", program)
    async with running.client("spectator") as client:
        answer = await client.get("/api/sheets/penalties?format=pdf")
    assert answer.status_code == 500
    assert "log says why" in answer.json()["detail"]
    assert "secret" not in answer.text


async def test_the_live_sheet_of_a_certified_stage_names_the_document_that_counts(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper:
        for stage in ("T1", "T2", "A1"):
            act = (await keeper.get(f"/api/stages/{stage}/checklist")).json()["act"]
            assert (await keeper.post("/api/decisions", json={"act": act})).status_code == 201
    async with running.client("clerk") as clerk:
        act = (await clerk.get("/api/standings/overall/checklist")).json()["act"]
        assert (await clerk.post("/api/decisions", json={"act": act})).status_code == 201
        await running.settle()
        stage_sheet = text((await clerk.get("/api/stages/T1/results?format=pdf")).content)
        listed = text((await clerk.get("/api/standings/overall?format=pdf")).content)
        issued = text((await clerk.get("/api/documents/list-overall-v1?format=pdf")).content)
    assert "Certified: what counts is the signed document stage-T1-v1." in stage_sheet
    assert "Issued: what counts is the signed document list-overall-v1." in listed
    assert "LIVE · UNOFFICIAL" in listed
    assert "PROVISIONAL v1" in issued
    assert "Protests until Sat 6 June 2026" in issued


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert call("init", str(tmp_path / "event")) == 0
    capsys.readouterr()
    return tmp_path / "event"


def test_the_command_writes_every_sheet_as_pdf(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    for wanted in (
        "overall",
        "T1",
        "class-A",
        "start-list-1",
        "penalties",
        "retirements",
        "classes",
        "corrections",
    ):
        out.unlink(missing_ok=True)
        assert call("results", str(folder), wanted, "--format", "pdf", "-o", str(out)) == 0
        assert "LIVE · UNOFFICIAL" in text(out.read_bytes())


def test_the_command_prints_lists_as_tables_csv_and_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("results", str(folder), "start-list-1") == 0
    assert "1      08:00  1   First Driver / First Navigator" in capsys.readouterr().out
    assert call("results", str(folder), "start-list-1", "--format", "csv") == 0
    assert capsys.readouterr().out.startswith("part,place,due,car,crew,")
    assert call("results", str(folder), "start-list-1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["parts"][0]["rows"][1]["due"] == "08:00"


def test_the_command_says_what_there_is_when_asked_for_what_is_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("results", str(folder), "menu", "--format", "pdf") == 2
    said = capsys.readouterr().err
    for name in ("overall", "T1", "start-list-1", "corrections"):
        assert name in said


def test_a_result_goes_into_a_file_in_every_form(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for form, begin in (("csv", "rank,car,"), ("table", "car  crew"), ("json", "{")):
        assert call("results", str(folder), "overall", "--format", form, "-o", str(out)) == 0
        assert out.read_text("utf-8").startswith(begin)

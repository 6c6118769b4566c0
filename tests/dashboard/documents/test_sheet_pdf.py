import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from dashboard.documents.sheet import Align, Column, Proof, Sheet, Signatory, State, table
from dashboard.documents.sheet_pdf import Paper, TypesetError, sheet_pdf

AT = 1_780_764_310_000_000
COLUMNS = (
    Column(key="rank", head="Pos", align=Align.RIGHT, strong=True),
    Column(key="car", head="No", align=Align.RIGHT),
    Column(key="crew", head="Crew", share=5, strong=True),
    Column(key="vehicle", head="Car", share=3, weak=True),
    Column(key="total", head="Total", align=Align.RIGHT),
    Column(key="marks", head="Marks", align=Align.CENTER),
)


def made(*crews: str, **changed: object) -> Sheet:
    lines = [
        (str(place), str(100 + place), crew, "Lancia Fulvia", f"1:{place % 60:02d}:07.{place % 10}", "*P")
        for place, crew in enumerate(crews, 1)
    ]
    sheet = Sheet(
        id="list-overall-v2",
        event="Rally of the Hundred Hills",
        edition="2026",
        title="Provisional classification after leg 2",
        state=State.PROVISIONAL,
        version=2,
        at=AT,
        at_text="Sat 6 June 2026 18:45:10 (+02:00)",
        timekeeper="Anna Veselá, licence 12",
        facts=(("Protests until", "Sat 6 June 2026 19:15:10 (+02:00)"),),
        blocks=(table("Classified", COLUMNS, lines, empty="Nobody is classified yet."),),
        legend=(("P", "with penalties"), ("*", "corrected by the Official Timekeeper")),
        notes=("Times are cut to 0.1 s, never rounded.",),
        signatories=(Signatory(role="Clerk of the course", name="J. Doe"),),
        proof=Proof(digest="ab12 cd34 …", key="1234-5678-9abc-def0"),
        link="https://rally.example/stages/SS1",
    )
    return replace(sheet, **changed)  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    # Names are broken into lines, and words that are too long anywhere.
    texts = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return [re.sub(r"\s+", " ", text.replace("\u200b", "")) for text in texts]


def unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_sheet_says_everything_that_it_was_given() -> None:
    (page,) = pages(sheet_pdf(made("Jo Berg / Ada Lind", "Eva Nowak")))
    for said in (
        "Rally of the Hundred Hills · 2026",
        "Provisional classification after leg 2",
        "PROVISIONAL v2",
        "Issued Sat 6 June 2026 18:45:10 (+02:00)",
        "Protests until Sat 6 June 2026 19:15:10 (+02:00)",
        "Official Timekeeper Anna Veselá, licence 12",
        "Pos No Crew Car Total Marks",
        "1 101 Jo Berg / Ada Lind Lancia Fulvia 1:01:07.1 *P",
        "2 102 Eva Nowak Lancia Fulvia 1:02:07.2 *P",
        "P with penalties",
        "* corrected by the Official Timekeeper",
        "Times are cut to 0.1 s, never rounded.",
        "Clerk of the course J. Doe",
        "SHA-256 ab12 cd34 …",
        "key 1234-5678-9abc-def0",
        "page 1 of 1",
    ):
        assert said in page


def test_the_same_sheet_gives_the_same_bytes_in_another_process_zone_and_language() -> None:
    here = sheet_pdf(made("Jo Berg", "Łukasz Źródło"))
    program = (
        "import sys; from tests.dashboard.documents.test_sheet_pdf import made, sheet_pdf; "
        "sys.stdout.buffer.write(sheet_pdf(made('Jo Berg', 'Łukasz Źródło')))"
    )
    there = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert there.stdout == here
    dated = pypdf.PdfReader(io.BytesIO(here)).metadata
    assert dated is not None
    assert str(dated["/CreationDate"]) == "D:20260606164510Z"


def test_live_results_say_on_every_page_that_they_are_unofficial() -> None:
    sheet = made(
        *(f"Crew {n}" for n in range(120)), state=State.LIVE, version=None, signatories=(), proof=None
    )
    told = pages(sheet_pdf(sheet))
    assert len(told) > 1
    for page in told:
        assert "LIVE · UNOFFICIAL" in page
        assert "Unofficial: only the signed document counts. As of Sat 6 June 2026 18:45:10 (+02:00)" in page


def test_a_simulated_rally_says_so() -> None:
    assert "SIMULATED" in pages(sheet_pdf(made("A", simulated=True)))[0]
    assert "SIMULATED" not in pages(sheet_pdf(made("A")))[0]


@pytest.mark.parametrize(
    "crew",
    [
        '=HYPERLINK("https://bad.example","click") / @SUM(1)',
        "<b>Bold</b> / <img src=x onerror=alert(1)>",
        '#import "secret.typ" / #read("/etc/passwd") $x$ *a* _b_ @ref ` ] \\',
        "Bernd Łukasz Źródło / Ingeborg Größe-Åström",
        "Σίγμα Παπαδόπουλος / Иван Петров",
        "Đặng Văn Ất / Şükrü Çağlayan İğci",
    ],
)
def test_any_name_is_printed_as_it_is_and_is_never_run(crew: str) -> None:
    (page,) = pages(sheet_pdf(made(crew)))
    assert f"1 101 {crew} Lancia Fulvia" in page or unspaced(crew) in unspaced(page)


def test_names_with_signs_that_no_font_has_do_not_stop_the_sheet() -> None:
    (page,) = pages(sheet_pdf(made("😀 Jo Berg", "Ada\x00Lind\n\x1b[31m", "\ud800 Half")))
    for said in ("Jo Berg Lancia Fulvia 1:01:07.1", "Ada Lind", "Half Lancia Fulvia 1:03:07.3"):
        assert said in page


def test_long_names_and_words_without_an_end_stay_in_their_column() -> None:
    long = "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst / Jean-Baptiste Zorg-de-Montmorency"
    pdf = sheet_pdf(made(long, "x" * 300))
    (page,) = pages(pdf)
    assert unspaced(long) in unspaced(page)
    assert "x" * 300 in unspaced(page)
    laid_out = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text(extraction_mode="layout").splitlines()
    broken = [line for line in laid_out if "xxx" in line]
    assert len(broken) > 5
    assert re.search(r"102 +x+ {2,}Lancia Fulvia +1:02:07\.2", broken[0])
    assert all(set(line) == {"x", " "} for line in broken[1:])


def test_four_hundred_lines_keep_their_heads_on_every_page_and_lose_none() -> None:
    told = pages(sheet_pdf(made(*(f"Driver {n} / Codriver {n}" for n in range(1, 401)))))
    assert 8 <= len(told) <= 12
    for number, page in enumerate(told, 1):
        assert f"page {number} of {len(told)}" in page
        assert "Pos No Crew Car Total Marks" in page
        assert "PROVISIONAL v2" in page
        assert "Rally of the Hundred Hills" in page
    whole = " ".join(told)
    for place in range(1, 401):
        assert f"{place} {100 + place} Driver {place} / Codriver {place} Lancia Fulvia" in whole


def test_an_empty_list_says_so() -> None:
    assert "Nobody is classified yet." in pages(sheet_pdf(made()))[0]


def test_a_typesetter_that_fails_or_hangs_is_an_error_with_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "typeset.py"
    monkeypatch.setattr("dashboard.documents.sheet_pdf._PROGRAM", program)
    program.write_text("import sys; sys.exit('no fonts here')")
    with pytest.raises(TypesetError, match="no fonts here"):
        sheet_pdf(made("Fails"))
    program.write_text("print('no pdf')")
    with pytest.raises(TypesetError):
        sheet_pdf(made("Fails"))
    program.write_text("import time; time.sleep(60)")
    monkeypatch.setattr("dashboard.documents.sheet_pdf._PATIENCE", 0.3)
    with pytest.raises(TypesetError, match="took more than"):
        sheet_pdf(made("Fails"))
    monkeypatch.undo()
    assert sheet_pdf(made("Fails")).startswith(b"%PDF"), "what failed is not kept"


def test_a4_and_letter() -> None:
    sizes = {}
    for paper in Paper:
        box = pypdf.PdfReader(io.BytesIO(sheet_pdf(made("A"), paper))).pages[0].mediabox
        sizes[paper] = (round(box.width), round(box.height))
    assert sizes == {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}


def test_fonts_are_embedded() -> None:
    fonts = set()
    for page in pypdf.PdfReader(io.BytesIO(sheet_pdf(made("Σίγμα Иван Łódź")))).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            fonts.add(descriptor["/FontName"].split("+")[-1].split("-")[0])
            assert descriptor.keys() & {"/FontFile2", "/FontFile3"}
    assert fonts == {"FiraSans", "FiraSansCondensed"}

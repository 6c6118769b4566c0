import pytest

from timing.folder_text import Severity
from timing.imports.delimited import read_delimited
from timing.imports.grid import ListKind, Sheet, UnreadableError
from timing.imports.header import matches

LIST = "No;Fahrer;Fahrzeug\n1;Müller;BMW 328\n2;Weiß, Karl;Jaguar\n"


def by_titles(sheet: Sheet) -> int:
    return matches(sheet, ListKind.ENTRIES)


def cells_of(raw: bytes) -> list[tuple[object, ...]]:
    return [line.cells for line in read_delimited(raw, "list.csv", by_titles)[0].lines]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "~"])
def test_the_separator_is_the_one_under_which_the_titles_are_understood(separator: str) -> None:
    lines = (("No", "Fahrer", "Fahrzeug"), ("1", '"Weiß, Karl; von"', '"BMW ""328"""'))
    text = "\n".join(separator.join(cells) for cells in lines)
    assert cells_of(text.encode())[1] == ("1", "Weiß, Karl; von", 'BMW "328"')


def test_commas_inside_names_do_not_make_a_comma_the_separator() -> None:
    text = "No;Fahrer;Beifahrer\n1;Weiß, Karl, Dr.;Weiß, Anna, Dr.\n2;Noll, Max, jun.;Noll, Eva, sen.\n"
    assert cells_of(text.encode())[1] == ("1", "Weiß, Karl, Dr.", "Weiß, Anna, Dr.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_a_text_tells_are_read_without_a_word(encoding: str) -> None:
    sheet, findings = read_delimited(LIST.encode(encoding), "list.csv", by_titles)
    assert sheet.lines[1].cells == ("1", "Müller", "BMW 328")
    assert not findings


def test_windows_1252_is_read_and_named_with_the_first_doubtful_letter() -> None:
    sheet, findings = read_delimited(LIST.encode("cp1252"), "list.csv", by_titles)
    assert sheet.lines[2].cells == ("2", "Weiß, Karl", "Jaguar")
    assert [(finding.place, finding.severity) for finding in findings] == [("list.csv:2", Severity.WARNING)]
    assert "'1;Müller;BMW 328'" in findings[0].found


def test_a_byte_of_no_encoding_names_its_line() -> None:
    with pytest.raises(UnreadableError, match=r"^list.csv:2: found the byte 0x81"):
        read_delimited(b"No;Fahrer\n1;M\x81ller\n", "list.csv", by_titles)


def test_a_line_that_names_the_separator_decides_and_still_counts() -> None:
    sheet, _ = read_delimited(b"sep=;\nNo;Fahrer\n1;A, B, C, D\n", "list.csv", by_titles)
    assert [(line.number, line.cells) for line in sheet.lines] == [
        (2, ("No", "Fahrer")),
        (3, ("1", "A, B, C, D")),
    ]


def test_lines_keep_their_numbers_behind_cells_of_several_lines() -> None:
    sheet, _ = read_delimited(b'No,Fahrer\n1,"A\nB"\n\n2,C\n', "list.csv", by_titles)
    assert [line.number for line in sheet.lines if line.filled] == [1, 2, 5]


def test_a_quote_that_is_never_closed_is_a_finding_with_its_line() -> None:
    _, findings = read_delimited(b'No,Fahrer\n1,"A\n2,B\n', "list.csv", by_titles)
    assert [str(finding) for finding in findings] == [
        "list.csv:3: found a broken line (unexpected end of data), expected cells in matching quotes"
    ]


@pytest.mark.parametrize("raw", [b"", b"\n \n", b"No,Fahrer\n\x00\x00"])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_delimited(raw, "list.csv", by_titles)

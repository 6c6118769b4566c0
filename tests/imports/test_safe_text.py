import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.imports.safe_text import bare, guard, looks_like_formula


@given(st.text(alphabet="'=+-@\t\r\n1a:.", max_size=8) | st.text(max_size=20))
def test_taking_the_apostrophe_away_undoes_putting_it_there(text: str) -> None:
    assert bare(guard(text)) == text


@given(st.text(alphabet="'=+-@\t\r\n1a:.", max_size=8))
def test_nothing_that_is_guarded_is_a_formula(text: str) -> None:
    assert not looks_like_formula(guard(text))


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1"])
def test_formulas_are_known(text: str) -> None:
    assert guard(text) == "'" + text


@pytest.mark.parametrize("text", ["-117.27", "+3", "+1:30", "O'Neill", "'t Hart", "08:00"])
def test_signed_numbers_times_and_names_stay_as_they_are(text: str) -> None:
    assert guard(text) == bare(text) == text

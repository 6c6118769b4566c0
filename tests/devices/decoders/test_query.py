import pytest

from devices.decoders.query import fields_of


def test_escapes_and_blanks_are_read_and_names_have_no_case() -> None:
    assert fields_of(b"?Lat=60.0&desc=Bj%C3%B6rn+F&empty=&flag&=lost") == {
        "lat": "60.0",
        "desc": "Björn F",
        "empty": "",
        "flag": "",
    }


def test_of_a_field_that_comes_twice_the_first_counts() -> None:
    assert fields_of(b"lat=1&LAT=2") == {"lat": "1"}


@pytest.mark.parametrize("data", [b"a=%4", b"a=%zz", b"a=%", b"a=%C3"])
def test_what_is_no_escape_or_no_text_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError and our own, each with its own words
        fields_of(data)

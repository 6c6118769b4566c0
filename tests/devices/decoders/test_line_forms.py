import pytest

from devices.decoders.line_forms import USUAL_FORMS, read_forms


def test_the_usual_forms_are_forms() -> None:
    assert len(read_forms(USUAL_FORMS)) == 7


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("", "without a line"),
        ("{time},{chanel}", "{chanel} is unknown"),
        ("{channel},{number}", "no field that tells a time"),
        ("{time},{epoch}", "expected one of them"),
        ("{date} {dmy} {time}", "expected one of them"),
        ("{time},{number},{number}", "a field twice"),
        ("{time}{channel}", "nothing before {channel}"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused_in_plain_words(template: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace("{", r"\{").replace("}", r"\}")):
        read_forms(template)


def test_digits_of_another_script_are_no_digits() -> None:
    [form] = read_forms("{time},{channel},{number}")
    assert form.pattern.fullmatch("10:27:28.417,1,42")
    assert not form.pattern.fullmatch("10:27:28.417,1,\u0664\u0662")
    assert not form.pattern.fullmatch("1\u0660:27:28.417,1,42")


def test_no_line_takes_a_form_long_to_refuse() -> None:
    forms = read_forms("{skip},{skip},{skip},{skip},{skip},{time}{rest}")
    assert not any(form.pattern.fullmatch("," * 512) for form in forms)

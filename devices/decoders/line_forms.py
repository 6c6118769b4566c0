"""Forms of text lines, written as an organizer writes them: `{time},{channel},{number}`.

=============  ==================================================================================
field          what stands there
=============  ==================================================================================
``{time}``     time of day ``H:MM:SS``, decimals behind ``.`` or ``,``; ``13h27:52.4`` and
               ``00:02'57"541`` too
``{compact}``  time of day ``HHMMSS`` with decimals, or ``HHMMSSfff`` without a point
``{ms}``       ms since midnight
``{iso}``      RFC 3339 with its zone
``{epoch}``    s since 1970 with decimals; ``{epoch_ms}`` ms; ``{s1980}`` s since 1980
``{frac_ms}``  the ms that belong to a time in whole seconds
``{date}``     ``2024-04-21``; ``{dmy}`` ``21-04-2024``; ``{mdy}`` ``04/21/2024``; any sign between
``{channel}``  which input
``{number}``   car number, may be empty; ``{chip}`` a transponder, found in the entry list's `tracker`
``{flag}``     one sign or none: ``c`` ``-`` withdrawn, ``m`` from memory, ``M`` a key, ``i`` typed in,
               ``?`` without a number, ``t`` by radio; any other: kept, not scored
``{rewind}``   0, or anything else for out of the memory
``{xor}``      two hex digits: all signs before, without a leading ``$`` and the sign before the field
``{sum}``      the same with the sum, modulo 256
``{skip}``     anything up to the next sign; ``{rest}`` anything to the end
=============  ==================================================================================

All other signs stand for themselves, a blank for one or more. A form has exactly one field that tells a time.
Two forms on two lines are tried one after the other.
"""

import re
from dataclasses import dataclass

_FIELD = re.compile(r"\{([a-z_0-9]*)\}")
_TIMES = frozenset({"time", "compact", "ms", "iso", "epoch", "epoch_ms", "s1980"})
_DATES = frozenset({"date", "dmy", "mdy"})
_SUMS = frozenset({"xor", "sum"})
_AGAIN = frozenset({"skip"})

_PATTERNS = {
    "time": r"\d{1,2}[:h]\d\d[:']\d\d(?:[%s]\d{1,6})?",
    "compact": r"\d{6}(?:[%s]?\d{1,6})?",
    "ms": r"\d{1,8}",
    "iso": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)",
    "epoch": r"\d{9,10}(?:\.\d{1,9})?",
    "epoch_ms": r"\d{12,13}",
    "s1980": r"\d{9,10}",
    "frac_ms": r"\d{1,3}",
    "date": r"\d{4}[-./]\d\d[-./]\d\d",
    "dmy": r"\d\d[-./]\d\d[-./]\d{4}",
    "mdy": r"\d\d[-./]\d\d[-./]\d{4}",
    "channel": r"[0-9A-Za-z_.]{1,16}",
    "number": r" *[0-9A-Za-z]{0,8} *",
    "chip": r"[0-9A-Za-z_-]{1,40}",
    "flag": r"[A-Za-z?*+=-]?",
    "rewind": r"[0-9A-Za-z]?",
    "xor": r"[0-9A-Fa-f]{2}",
    "sum": r"[0-9A-Fa-f]{2}",
    "rest": r".*",
}
_DECIMAL_SIGNS = '.,"'

#: What is taken where an event says nothing. Wiclax acquisition, metarace telegraph, RFID Ultra and Orion
#: come after our own two.
USUAL_FORMS = """\
{time},{channel},{number}
{time},{channel}
{number};{time}
{chip};{dmy} {time};{channel};{skip};{skip};{rewind}
{skip};{skip};{channel};{chip};{time};{date}
0,{chip},{s1980},{frac_ms},{skip},{skip},{rewind},{rest}
$P,{skip},{chip},{skip},{skip},{ms}{rest}"""


@dataclass(frozen=True, slots=True)
class LineForm:
    """One form: the pattern of a whole line with a group for each field, and the name of its checksum."""

    pattern: re.Pattern[str]
    checksum: str = ""


def read_forms(template: str) -> tuple[LineForm, ...]:
    """Return the forms of a template, one a line.

    Raises:
        ValueError: an unknown or repeated field, no field with a time or two, nothing between two fields.
    """
    forms = tuple(_form(line) for line in template.split("\n") if line.strip())
    if not forms:
        raise ValueError("a template without a line")
    return forms


def _form(line: str) -> LineForm:
    names = _FIELD.findall(line)
    unknown = [name for name in names if name not in _PATTERNS and name not in _AGAIN]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in (*_PATTERNS, *_AGAIN))
        raise ValueError(f"template {line!r}: {{{unknown[0]}}} is unknown, expected {known}")
    single = [name for name in names if name not in _AGAIN]
    for group, most in ((_TIMES, 1), (_DATES, 1), (_SUMS, 1)):
        found = [name for name in single if name in group]
        if len(found) > most:
            raise ValueError(f"template {line!r}: {' and '.join(found)}, expected one of them")
    if len(single) != len(set(single)):
        raise ValueError(f"template {line!r}: a field twice")
    if not _TIMES & set(single):
        raise ValueError(f"template {line!r}: no field that tells a time, such as {{time}}")
    sums = [name for name in single if name in _SUMS]
    return LineForm(re.compile(_pattern(line), re.ASCII), sums[0] if sums else "")


def _pattern(line: str) -> str:
    pattern, at, before = "", 0, ""
    for found in _FIELD.finditer(line):
        if pattern and found.start() == at and before != "flag" and found[1] not in ("flag", "rest"):
            raise ValueError(f"template {line!r}: nothing before {found[0]} tells where it begins")
        pattern += _literal(line[at : found.start()])
        at, before = found.end(), found[1]
        pattern += _field(found[1], line[at : at + 1])
    return pattern + _literal(line[at:])


def _field(name: str, behind: str) -> str:
    """Return the pattern of a field; the sign behind it never belongs to it."""
    if name == "skip":
        return f"[^{re.escape(behind)}]*" if behind and behind != "{" else ".*"
    signs = "".join(sign for sign in _DECIMAL_SIGNS if sign != behind)
    return f"(?P<{name}>{_PATTERNS[name].replace('%s', signs)})"


def _literal(text: str) -> str:
    return "".join(" +" if sign == " " else re.escape(sign) for sign in text)

"""What an act would change, or has changed, value by value, for the official who answers for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.messages import Json

#: What is looked at in a result and in a line of a classification, in the order in which it is read.
_RESULT = ("time", "driven", "deviation", "points", "rank", "status", "source", "marks")
_STANDING = ("rank", "total", "penalties", "fails", "status", "marks")
_STAGE = ("status", "publication", "version", "target", "done")
_LIST = ("state", "version", "protests")


def changes_between(before: Json, after: Json) -> list[Json]:
    """Return what differs between two states of the sheets, each with the texts that boards print.

    Args:
        before: `stages`, `results` by stage and car, `publications` by scope, `standings` by scope and car.
        after: the same, later.

    Returns:
        Rows with `in` (stage, result, list, standing), `of` (stage or scope), `car`, `field`, `before` and
        `after`; results first, then classifications. An absent value has no member.
    """
    return [
        *_rows("stage", {"": before["stages"]}, {"": after["stages"]}, _STAGE),
        *_rows("result", before["results"], after["results"], _RESULT),
        *_rows("list", {"": before["publications"]}, {"": after["publications"]}, _LIST),
        *_rows("standing", before["standings"], after["standings"], _STANDING),
    ]


def _rows(
    kind: str, before: Mapping[str, Json], after: Mapping[str, Json], fields: tuple[str, ...]
) -> Iterator[Json]:
    for name in {**after, **before}:
        old, new = before.get(name, {}), after.get(name, {})
        if old == new:
            continue
        for key in new | old:
            yield from _fields(kind, name, key, old.get(key, {}), new.get(key, {}), fields)


def _fields(kind: str, name: str, key: str, old: Json, new: Json, fields: tuple[str, ...]) -> Iterator[Json]:
    for field in fields:
        was, now = _text(old.get(field)), _text(new.get(field))
        if was == now:
            continue
        row: Json = {"in": kind, "of": name or key, "field": field}
        if name:
            row["car"] = key
        if was is not None:
            row["before"] = was
        if now is not None:
            row["after"] = now
        yield row


def _text(value: Any) -> str | None:  # noqa: ANN401 - any value of a row
    """A value as boards print it; an empty text is no value."""
    if isinstance(value, Mapping):
        return str(value["text"])
    return None if value is None or value == "" else str(value)

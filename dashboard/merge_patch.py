"""JSON Merge Patch (RFC 7396) for documents of objects and scalars, as the live stream uses it.

A document never holds null, and its arrays (if any) are replaced whole: both are what the RFC asks for.
"""

from dashboard.messages import Json


def difference(old: Json, new: Json) -> Json:
    """Return the merge patch that turns `old` into `new`; empty when they are equal."""
    patch: Json = {}
    for key, value in new.items():
        before = old.get(key)
        if before is value:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            inner = difference(before, value)
            if inner:
                patch[key] = inner
        elif before is None or type(before) is not type(value) or before != value:
            patch[key] = value
    for key in old:
        if key not in new:
            patch[key] = None
    return patch


def apply(document: Json, patch: Json) -> Json:
    """Return `document` with `patch` merged in. Nothing given is changed; untouched parts are shared."""
    merged = dict(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            before = merged.get(key)
            merged[key] = apply(before if isinstance(before, dict) else {}, value)
        else:
            merged[key] = value
    return merged

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.merge_patch import apply, difference

scalars = st.sampled_from([True, False, 0, 1, -7, 0.5, "", "a", "é"])
keys = st.sampled_from(["a", "b", "c", "aa", "ab"])
documents = st.recursive(
    st.dictionaries(keys, scalars, max_size=4),
    lambda inner: st.dictionaries(keys, st.one_of(scalars, inner), max_size=4),
    max_leaves=12,
)


def text_of(value: object) -> str:
    return json.dumps(value, sort_keys=True)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(documents, documents)
def test_the_patch_from_one_document_to_another_makes_the_other(old: dict, new: dict) -> None:  # type: ignore[type-arg]
    before = text_of(old)
    assert text_of(apply(old, difference(old, new))) == text_of(new)
    assert text_of(old) == before, "applying a patch changed the document it was given"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(documents)
def test_a_document_differs_from_itself_by_nothing(document: dict) -> None:  # type: ignore[type-arg]
    assert difference(document, json.loads(text_of(document))) == {}


def test_true_and_one_are_different_values() -> None:
    assert difference({"a": 1}, {"a": True}) == {"a": True}


# The object cases of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("original", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, {"b": "bar"}, {"a": "foo", "b": "bar"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_standard_hold(original: dict, patch: dict, result: dict) -> None:  # type: ignore[type-arg]
    assert apply(original, patch) == result

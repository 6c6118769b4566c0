"""Looking for garbage: put off while a rally is replayed, and taken up again after it."""

import gc

import pytest

from timing.garbage import keep_all, without_collecting


def test_no_look_for_garbage_inside_and_looks_again_after_it() -> None:
    assert gc.isenabled()
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_failure_inside_leaves_nothing_put_off() -> None:
    with pytest.raises(ValueError, match="broken"), without_collecting():
        raise ValueError("broken")
    assert gc.isenabled()


def test_who_put_it_off_before_is_not_overruled() -> None:
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_kept_is_looked_through_no_more() -> None:
    values = [[number] for number in range(1000)]
    before, often = gc.get_freeze_count(), gc.get_threshold()
    keep_all()
    try:
        assert gc.get_freeze_count() >= before + len(values)
        assert gc.get_threshold()[0] > often[0]
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*often)

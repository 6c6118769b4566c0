"""When not to look for garbage: the rally itself is none, however large it grows.

Python looks through all objects again and again while their number grows. The records of a rally and
what is made of them live as long as the process, so a replay pays twice its price for looks that find
nothing, and a running service pauses in them.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: So many new objects (Python's own measure is 700) before a look through the youngest of them.
_YOUNG = 10_000


@contextmanager
def without_collecting() -> Iterator[None]:
    """Do not look for garbage inside; memory without cycles is given back all the same."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def keep_all() -> None:
    """Leave what there is now out of all later looks for garbage, and look less often.

    A busy service makes some twenty objects for each reading, and hardly any of them is garbage that
    only a look can find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])

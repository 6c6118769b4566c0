"""Where sheets are made: one at a time and off the loop, with an end to how many wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dashboard.problems import Problem

_MOST_WAITING = 40

Made = TypeVar("Made")


class Press:
    """One thread that makes sheets, so that a crowd who prints takes nothing from the rest of the service."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")
        self._most = most
        self._waiting = 0

    async def make(self, work: Callable[[], Made]) -> Made:
        """Return what `work` returns, when its turn has come.

        Raises:
            Problem: 503 when too many wait already.
        """
        if self._waiting >= self._most:
            raise Problem(
                503, "Many sheets are being made; ask again in a moment.", answer_headers={"Retry-After": "5"}
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

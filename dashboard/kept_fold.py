"""A fold kept for asking: what-if questions are put to it, never to the one that results are shown from."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from timing.core.event import Event
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import ListSheet, StageSheet
from timing.journal.journal import Journal


@dataclass(slots=True)
class KeptFold:
    """The rally once more, as of the journal's head whenever it is held. Made when it is first needed."""

    event: Event
    journal: Journal
    kept: Callable[[], Mapping[str, StageSheet | ListSheet]]
    """Gives the exact results of the documents that were written."""
    _fold: OfficialFold | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def hold(self) -> Iterator[OfficialFold]:
        """Give the fold, brought to the journal's head, to one thread at a time.

        A question that fails takes the fold with it: the next one gets a new one.
        """
        with self._lock:
            fold, self._fold = self._fold, None
            if fold is None:
                fold = OfficialFold(self.event, self.kept(), lines=False)
            fold.advance(self.journal.read(fold.place))
            yield fold
            self._fold = fold

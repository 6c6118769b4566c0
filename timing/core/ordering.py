"""A list that stays sorted while single lines change, and its rows with ranks and gaps.

Equal merits share a rank and the next is skipped (1, 1, 3). A change costs one search in the sorted
list; ranks and gaps are read off the order when a row is asked for, so nothing is made anew for the
crews behind the one that moved. What a row says depends on the merits alone, never on the changes
that led to them.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, insort
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from decimal import Decimal
from operator import itemgetter
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from timing.core.results import Amount

T = TypeVar("T")
R = TypeVar("R")


class Tie(Protocol):
    """The end of a merit, worked out only where everything before it is equal."""

    def __lt__(self, other: "Tie", /) -> bool: ...


#: What is compared, from left to right; lower is better. The first number is 0 for lines that have a
#: rank, and higher, by group, for all others.
Merit: TypeAlias = tuple[int | Decimal | Tie, ...]

_merit_of = itemgetter(0)
_UNRANKED: Merit = (1,)


class Spot(NamedTuple):
    """Where a line stands: its rank (None: listed without one), place from 0, and gaps."""

    rank: int | None
    order: int
    gap: Amount | None = None
    to_previous: Amount | None = None
    tie: str = ""


class Placed(NamedTuple, Generic[T]):
    """A line in its place. The start order, then the name, keep lines of equal merit apart."""

    merit: Merit
    start: int
    name: str
    item: T


class Manner(ABC, Generic[T, R]):
    """How a kind of list speaks of its lines. A plain list has no tie-breaks."""

    @abstractmethod
    def gap(self, one: T, ahead: T, /) -> Amount | None:
        """Return how far a line is behind another, or None where they do not compare."""

    def tie(self, ahead: T, behind: T, /) -> str:
        """Return what parted two lines of an equal total, or nothing."""
        return ""

    @abstractmethod
    def row(self, item: T, spot: Spot, /) -> R:
        """Return the row of a line."""


#: By name, the row made last, with what it was made of.
Made: TypeAlias = dict[str, tuple[T, Spot, R]]


class Order(Generic[T, R]):
    """Named lines in the order of their merits."""

    def __init__(self, manner: Manner[T, R]) -> None:
        self._manner = manner
        self._placed: list[Placed[T]] = []
        self._by_name: dict[str, Placed[T]] = {}
        self._made: Made[T, R] = {}
        self._rows: Rows[T, R] | None = None

    def put(self, name: str, merit: Merit, start: int, item: T) -> None:
        """Put a line in its place, instead of the one of this name."""
        old = self._by_name.get(name)
        if old is not None:
            if old.item is item:
                return
            del self._placed[bisect_left(self._placed, old)]
        new = self._by_name[name] = Placed(merit, start, name, item)
        insort(self._placed, new)
        self._rows = None

    def drop(self, name: str) -> None:
        """Take a line out; none of this name is no error."""
        old = self._by_name.pop(name, None)
        if old is not None:
            del self._placed[bisect_left(self._placed, old)]
            self._rows = None

    def fill(self, lines: Sequence[Placed[T]]) -> None:
        """Put in all lines at once, instead of what there was."""
        self._placed = sorted(lines)
        self._by_name = {line.name: line for line in lines}
        self._rows = None

    def rows(self) -> "Rows[T, R]":
        """Return the rows as they are now; later changes do not touch them."""
        if self._rows is None:
            self._rows = Rows(self._manner, tuple(self._placed), dict(self._by_name), self._made)
        return self._rows


class Rows(Mapping[str, R], Generic[T, R]):
    """The rows of a list in display order, each made when it is first asked for."""

    __slots__ = ("_all", "_by_name", "_made", "_manner", "_placed", "_ranked")

    def __init__(
        self,
        manner: Manner[T, R],
        placed: tuple[Placed[T], ...],
        by_name: dict[str, Placed[T]],
        made: Made[T, R],
    ) -> None:
        self._manner = manner
        self._placed = placed
        self._by_name = by_name
        self._made = made
        self._ranked = bisect_left(placed, _UNRANKED, key=_merit_of)
        self._all: dict[str, R] | None = None

    def __getitem__(self, name: str) -> R:
        if self._all is not None:
            return self._all[name]
        line = self._by_name[name]
        index = bisect_left(self._placed, line)
        # All lines before the first of this merit are better: so many ranks are given away.
        return self._row(line, index, bisect_left(self._placed, line.merit, key=_merit_of) + 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._placed)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._whole()!r})"

    def items(self) -> ItemsView[str, R]:
        """Return all names with their rows, in display order."""
        return self._whole().items()

    def values(self) -> ValuesView[R]:
        """Return all rows, in display order."""
        return self._whole().values()

    def ranks(self) -> dict[str, int | None]:
        """Return all names with their ranks, in display order, without making rows."""
        found: dict[str, int | None] = {}
        rank = 0
        before: Merit | None = None
        for index, line in enumerate(self._placed):
            if index < self._ranked and line.merit != before:
                rank, before = index + 1, line.merit
            found[line.name] = rank if index < self._ranked else None
        return found

    def _whole(self) -> dict[str, R]:
        if self._all is None:
            rows: dict[str, R] = {}
            rank = 0
            before: Merit | None = None
            for index, line in enumerate(self._placed):
                if index < self._ranked and line.merit != before:
                    rank, before = index + 1, line.merit
                rows[line.name] = self._row(line, index, rank)
            self._all = rows
        return self._all

    def _row(self, line: Placed[T], index: int, rank: int) -> R:
        """The row at a place; the one made before where nothing of it is new."""
        spot = self._spot(line, index, rank) if index < self._ranked else Spot(None, index)
        known = self._made.get(line.name)
        if known is not None and known[0] is line.item and known[1] == spot:
            return known[2]
        row = self._manner.row(line.item, spot)
        self._made[line.name] = (line.item, spot, row)
        return row

    def _spot(self, line: Placed[T], index: int, rank: int) -> Spot:
        manner, item = self._manner, line.item
        above = self._placed[index - 1].item if index else None
        below = self._placed[index + 1].item if index + 1 < self._ranked else None
        tie = manner.tie(above, item) if above is not None else ""
        if not tie and below is not None:
            tie = manner.tie(item, below)
        return Spot(
            rank,
            index,
            manner.gap(item, self._placed[0].item),
            None if above is None else manner.gap(item, above),
            tie,
        )

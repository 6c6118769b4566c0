"""What is counted along a road book: the distance, and the numbers of its controls."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class Odometer:
    """The distance along the leg, also where the book sets its own back (`reset_to`, mostly to zero)."""

    offset: Decimal = Decimal(0)
    last: Decimal = Decimal(0)
    reset_to: Decimal | None = None

    def at(self, printed: Decimal) -> Decimal:
        """Return the distance along the leg where the book prints `printed`, in the book's unit."""
        if self.reset_to is not None and printed < self.last:
            self.offset += self.last - self.reset_to
        self.reset_to = None
        self.last = printed
        return self.offset + printed


@dataclass(slots=True)
class ControlIds:
    """Gives each control an id that no other control of the event has (`taken`)."""

    taken: set[str]
    counts: Counter[str] = field(default_factory=Counter)

    def next(self, letters: str, tail: str = "") -> str:
        """Return the next free id of these letters, such as TC3; its controls end in `tail`."""
        while True:
            self.counts[letters] += 1
            ident = f"{letters}{self.counts[letters]}"
            if f"{ident}{tail}" not in self.taken:
                self.taken.add(f"{ident}{tail}")
                return ident

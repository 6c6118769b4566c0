"""Who competes: crews and their cars. A car number is text; "0" and "00" are different cars."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from timing.core.instant import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the entry list.

    `order` is the place in the start order from 0; `start_offset` the time (µs) after the first
    car's due time; `year` the car's year of build; `tracker` the device id that rides in it.
    Course cars (`course_car`) are followed on the road and never ranked.
    """

    car_number: str
    order: int
    start_offset: Duration
    driver: str
    codriver: str = ""
    car: str = ""
    year: int | None = None
    class_: str = ""
    category: str = ""
    coefficient: Decimal | None = None
    nationality: str = ""
    tracker: str = ""
    course_car: bool = False
    group: str = ""
    """The priority group, for restarts and lists of their own."""
    team: str = ""

    @property
    def crew(self) -> str:
        """Driver and codriver as the boards print them."""
        return f"{self.driver} / {self.codriver}" if self.codriver else self.driver


@dataclass(frozen=True, slots=True)
class EntryList:
    """The entries by car number, in start order."""

    by_number: Mapping[str, Entry]

    def find(self, typed: str) -> str | None:
        """Return the car number that a typed or device-made text means, or None.

        The exact text wins; else leading zeros do not matter ("012" is car 12), unless that leaves
        more than one car (both "0" and "00" in the list): then nobody is meant and a person is asked.
        """
        text = typed.strip()
        if text in self.by_number:
            return text
        if not _is_number(text):
            return None
        meant = [n for n in self.by_number if _is_number(n) and n.lstrip("0") == text.lstrip("0")]
        return meant[0] if len(meant) == 1 else None


def _is_number(text: str) -> bool:
    # isdigit alone is also true of signs that are no number, such as a superscript 2.
    return text.isascii() and text.isdigit()

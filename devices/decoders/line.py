r"""Any device that prints one line for each impulse, in a form that the event's `template` says.

In a rally: a photocell on a home-made board, hand timing on a laptop, a rally clock whose maker published no
protocol, a bridge from another timing program. Serial or TCP, any line end; text.

==================================  ====================================================================
line (taken without a template)     from
==================================  ====================================================================
``10:27:28.417,1,42``               time, channel, number: our own convention; the number may be absent
``42;10:27:28,4``                   number and time of a hand timer
``CHIP;DD-MM-YYYY TIME;A;559;;0``   Wiclax acquisition: chip, date and time, reader, lap, battery, rewind
``3;dec;C1;CHIP;13h27:52.4;DATE``   metarace telegraph: index, source, channel, chip, time, date
``0,CHIP,1150000000,250,1,-8,0,…``  RFID Ultra: chip, s since 1980, ms, antenna, strength, rewind
``$P,…``                            Orion: chip in field 2, ms of the day in field 5
==================================  ====================================================================

`devices.decoders.line_forms` lists the fields a template may have. The printed decimals are the resolution. A
line whose checksum is wrong, or that has none of the forms, is refused. A form without a checksum cannot know
a wrong digit; with noise right before it, not even whether its first one is there, so that a person is asked.

Sources: wiclax4j, metarace and CrossMgr for the lines of other programs; the first two forms are our own.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.line_forms import USUAL_FORMS, LineForm, read_forms
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise, wrong_sum
from devices.decoders.values import car_number, clock_of, epoch_instant
from timing.core.instant import DAY, MILLISECOND, SECOND, Duration, Instant, day_start, parse_instant
from timing.core.readings import Stamp, StampMark

_CLOCK = re.compile(r"(\d{1,2})[:h](\d\d)[:'](\d\d)(?:[.,\"](\d{1,6}))?")
_COMPACT = re.compile(r"(\d\d)(\d\d)(\d\d)[.,\"]?(\d*)")
_DAY = {"date": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
_1980 = day_start(dt.date(1980, 1, 1))
_WITHDRAWN = ("c", "C", "-")
_FLAGS: dict[str, tuple[StampMark, ...]] = {
    "": (),
    "c": (),
    "-": (),
    "C": (StampMark.MEMORY,),
    "m": (StampMark.MEMORY,),
    "M": (StampMark.MANUAL,),
    "i": (StampMark.TYPED,),
    "?": (StampMark.NO_NUMBER,),
    "t": (StampMark.RADIO,),
}


@dataclass(slots=True)
class LineFormDecoder(LineDecoder):
    """Decodes the lines of one device."""

    _forms: tuple[LineForm, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Read the template.

        Raises:
            ValueError: the template is none.
        """
        self._forms = read_forms(self.context.template or USUAL_FORMS)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of one line."""
        clean = without_noise(line).rstrip()
        if not clean:
            return []
        try:
            text = clean.decode()
        except UnicodeDecodeError as error:
            raise BadLine("encoding", str(error)) from error
        for form in self._forms:
            found = form.pattern.fullmatch(text)
            if found is not None:
                _check(form, found)
                stamp = self._stamp(found.groupdict(), received_at)
                if clean[:1] != line[:1] and not form.checksum:
                    raise BadLine(
                        "noise", "noise before a line that begins anywhere and has no checksum", stamp
                    )
                return [stamp]
        expected = "the event's template" if self.context.template else "a line such as 10:27:28.417,1,42"
        raise no_frame(line, expected)

    def _stamp(self, fields: dict[str, str], received_at: Instant) -> Stamp:
        at, resolution = self._instant(fields, received_at)
        flag = fields.get("flag", "")
        chip = fields.get("chip", "")
        number = car_number(fields.get("number", "")) if not chip else self.context.cars.get(chip)
        marks = _FLAGS.get(flag, (StampMark.UNKNOWN_FLAG,))
        if fields.get("rewind", "0") not in ("", "0"):
            marks = (*marks, StampMark.MEMORY)
        notes = (
            f"transponder {chip}" if chip else "",
            f"showed {number}, invalid" if flag == "?" and number else "",
        )
        return Stamp(
            device=self.context.device,
            at=at,
            channel=fields.get("channel", "").upper(),
            car=None if flag == "?" else number,
            resolution=resolution,
            cancelled=flag in _WITHDRAWN,
            marks=marks,
            note=", ".join(note for note in notes if note),
        )

    def _instant(self, fields: dict[str, str], received_at: Instant) -> tuple[Instant, Duration]:
        part = int(fields["frac_ms"].ljust(3, "0")) * MILLISECOND if "frac_ms" in fields else 0
        offset = self.context.clock_offset
        if "iso" in fields:
            return parse_instant(fields["iso"]), _grain(fields["iso"].partition(".")[2].rstrip("Z"))
        if "epoch_ms" in fields:
            return int(fields["epoch_ms"]) * MILLISECOND, MILLISECOND
        if "epoch" in fields:
            return epoch_instant(Decimal(fields["epoch"])), _grain(fields["epoch"].partition(".")[2])
        if "s1980" in fields:
            return _1980 + int(fields["s1980"]) * SECOND + part - offset, MILLISECOND if part else SECOND
        clock, resolution = _time_of_day(fields)
        day = _day(fields)
        if day is None:
            return date_time_of_day(clock + part, received_at, offset), resolution
        return day_start(day) + clock + part - offset, resolution


def _check(form: LineForm, found: re.Match[str]) -> None:
    """Refuse a line whose checksum is another.

    Raises:
        BadLine: it is.
    """
    if not form.checksum:
        return
    summed = found.string[: max(found.start(form.checksum) - 1, 0)].removeprefix("$").encode()
    total = 0
    for sign in summed:
        total = total ^ sign if form.checksum == "xor" else (total + sign) % 256
    if int(found[form.checksum], 16) != total:
        raise wrong_sum(found[form.checksum], f"{total:02X}")


def _time_of_day(fields: dict[str, str]) -> tuple[Duration, Duration]:
    if "ms" in fields:
        clock = int(fields["ms"]) * MILLISECOND
        if clock >= DAY:
            raise ValueError(f"{fields['ms']} ms are more than a day")
        return clock, MILLISECOND
    text = fields.get("time") or fields["compact"]
    found = (_CLOCK if "time" in fields else _COMPACT).fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of day")
    return clock_of(int(found[1]), int(found[2]), int(found[3]), found[4] or "")


def _day(fields: dict[str, str]) -> dt.date | None:
    for name, order in _DAY.items():
        if name in fields:
            parts = [int(part) for part in re.split("[-./]", fields[name])]
            try:
                return dt.date(*(parts[place] for place in order))
            except ValueError:
                raise ValueError(f"{fields[name]} is no day") from None
    return None


def _grain(decimals: str) -> Duration:
    """Return the resolution of a second's decimals, at the front of a text."""
    digits = len(decimals) - len(decimals.lstrip("0123456789"))
    grain: Duration = SECOND // 10 ** min(digits, 6)
    return grain

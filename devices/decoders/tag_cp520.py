r"""TAG Heuer CP 520: the thirty columns a Chronoprinter sends for each impulse.

In a rally: the beams and keys at a stage start and a flying finish. RS-232, 8N1, 9600 baud, ASCII,
CR alone.

=======  ===  ============================================================================
column   len  meaning (0-based; 30 columns)
=======  ===  ============================================================================
0        2    ``T `` time of day, ``T-`` false start or finish, ``TC`` discarded, ``T*`` number
              changed, ``T+`` inserted, ``T=`` duplicated; ``R `` net time, ``S `` new run or
              split, ``L `` lap: known and computed by the device, they say nothing
2        3    rank, or the run of ``S``
7        4    number, right aligned; blank none
12       2    `` 1`` `` 2`` inputs, ``M1`` ``M2`` the keys of the device
15       15   ``H:MM:SS.ffffff`` right aligned; hours vanish when they are 0; no date
=======  ===  ============================================================================

Columns are padded with blanks, never zeros. The last decimals are padding: no captured impulse shows more
than 1/1000 s, and where one does, that is taken for its resolution. ``T-`` and ``TC`` withdraw the impulse of
the same channel and time. ``T*`` gives an impulse another number: the one that this decoder saw with the
former number is withdrawn.

Source: TAG Heuer Chronoprinter 520 manual, "RS 232C"; lines captured from a CP 520.
"""

import re
from dataclasses import dataclass, field, replace

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame, without_noise
from devices.decoders.recent import Recent
from devices.decoders.values import car_number, time_of_day
from timing.core.instant import MILLISECOND, Duration, Instant
from timing.core.readings import Stamp, StampMark

_IMPULSE = re.compile(
    rb"T(?P<kind>[ \-C*+=])[ \d]{3}  (?=.{4} )(?P<number> *\d*) (?P<channel>[ M]\d) (?P<time>[ \d:.]{15})"
)
#: Net times, laps and headings.
_COMPUTED = re.compile(rb"[RSL] [ -~]{28}")
_RESOLUTION: Duration = MILLISECOND
_WITHDRAWN = {"-": "false start or finish", "C": "discarded"}
_NOTES = {"*": "number changed", "+": "inserted", "=": "duplicated", **_WITHDRAWN}


@dataclass(slots=True)
class TagCp520Decoder(LineDecoder):
    """Decodes the lines of one timer."""

    _recent: Recent = field(default_factory=Recent, kw_only=True)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of an impulse, and the withdrawal of what it replaces."""
        text = without_noise(line)
        found = _IMPULSE.fullmatch(text)
        if found is None:
            if not text.strip() or _COMPUTED.fullmatch(text):
                return []
            raise no_frame(line, "30 columns such as T       200 M1  2:51:15.742000")
        stamp = self._stamp(found, received_at)
        if stamp.cancelled:
            return [stamp]
        impulse = f"{stamp.channel} {found['time'].decode()}"
        before = self._recent.get(impulse) if found["kind"] == b"*" else None
        if before is not None:
            stamp = replace(stamp, at=before.at)  # however late the number was changed
        self._recent.note(impulse, stamp)
        if before is None or before.car == stamp.car:
            return [stamp]
        return [replace(before, cancelled=True), stamp]

    def _stamp(self, found: re.Match[bytes], received_at: Instant) -> Stamp:
        kind, channel = found["kind"].decode(), found["channel"].decode().strip()
        clock, finest = time_of_day(found["time"].decode().strip())
        marks = (StampMark.TYPED,) if kind == "+" else ()
        return Stamp(
            device=self.context.device,
            at=date_time_of_day(clock, received_at, self.context.clock_offset),
            channel=channel,
            car=car_number(found["number"].decode()),
            resolution=_RESOLUTION if clock % _RESOLUTION == 0 else finest,
            cancelled=kind in _WITHDRAWN,
            marks=(*marks, StampMark.MANUAL) if channel.startswith("M") else marks,
            note=_NOTES.get(kind, ""),
        )

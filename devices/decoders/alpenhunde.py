"""Alpenhunde: the events of a radio photocell.

In a rally: the beams at a stage start and a flying finish. The unit serves them on its own network as JSON,
by ``ws://…/ws/events`` or by HTTP; a bridge to MQTT passes them on, one event or an ``events`` list a
message.

======  ================================================================================
field   meaning
======  ================================================================================
``i``   the run, the same at start and finish; ``-1`` not assigned
``c``   channel: 1 start, 128 finish
``n``   number, may be a text; absent where nobody is assigned
``m``   ms since the unit was switched on
``t``   ``HH:MM:SS.ffff``, 1/10000 s
``d``   ``YYYY-MM-DD``; ``1970-01-01`` the clock was not set: held until its offset is known
======  ================================================================================

Sources: events in the tests of RaceHorology; that ``i`` is a run is inferred from them.
"""

import datetime as dt
from dataclasses import dataclass

import msgspec

from devices.dating import date_time_of_day
from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import time_of_day
from timing.core.instant import Instant, day_start
from timing.core.readings import Rejected, Stamp, StampMark

_UNSET = dt.date(1970, 1, 1)
_FIRST = dt.date(2015, 1, 1)
_CHANNELS = frozenset(str(1 << bit) for bit in range(8))
_NOBODY = "-1"
_LONGEST_NUMBER = 8


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    i: str
    c: str
    t: str
    d: dt.date
    n: str | None = None


class _Events(msgspec.Struct, frozen=True, kw_only=True):
    events: list[msgspec.Raw]


_events = msgspec.json.Decoder(_Events)
_event = msgspec.json.Decoder(_Event)


@dataclass(frozen=True, slots=True)
class AlpenhundeDecoder:
    """Decodes the events of one set of photocells."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the stamps of one message."""
        try:
            data.decode()
            events = _events.decode(data).events if b'"events"' in data else [data]
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [self._rejected(data, reason, str(error))]
        decoded: Decoded = []
        for raw in events:
            try:
                decoded.append(self._stamp(_event.decode(raw), received_at))
            except (ValueError, RecursionError) as error:
                reason = "malformed" if isinstance(error, msgspec.MsgspecError) else "range"
                decoded.append(self._rejected(bytes(raw), reason, str(error)))
        return decoded

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _stamp(self, event: _Event, received_at: Instant) -> Stamp:
        if event.c not in _CHANNELS:
            raise ValueError(f"channel {event.c[:20]!r}, expected one of 1 to 128")
        clock, resolution = time_of_day(event.t)
        offset, dated = self.context.clock_offset, event.d != _UNSET
        if dated and event.d < _FIRST:
            raise ValueError(f"{event.d} lies before there were such photocells")
        assigned, shown = event.i != _NOBODY, (event.n or "").strip()
        # A part of a text is another car's number.
        number = shown if assigned and len(shown) <= _LONGEST_NUMBER else ""
        notes = (f"run {event.i}" if assigned else "", f"showed {shown[:40]}" if shown != number else "")
        marks = () if dated else (StampMark.UNSYNCED,)
        return Stamp(
            device=self.context.device,
            at=(
                day_start(event.d) + clock - offset if dated else date_time_of_day(clock, received_at, offset)
            ),
            channel=event.c,
            car=number or None,
            resolution=resolution,
            marks=marks if number else (*marks, StampMark.NO_NUMBER),
            note=", ".join(note for note in notes if note),
        )

    def _rejected(self, data: bytes, reason: str, detail: str) -> Rejected:
        return Rejected(raw=data, reason=reason, detail=detail, device=self.context.device)

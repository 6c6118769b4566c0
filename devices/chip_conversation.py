"""How readers of chips that connect to us want to be answered; see `devices.conversation`.

==================  ==================================================================================
decoder             what is answered
==================  ==================================================================================
``jchip``           ``GT`` to its name, ``S0000`` to the time it tells: then it begins to send
``mylaps_toolkit``  ``AckPong`` and ``AckPing`` at once; ``AckPassing`` and ``AckMarker`` with the record's
                    number once it is kept, because it is sent again until then
==================  ==================================================================================

None says who it is in the register's words, so that a port is for one of them: a second one ends the
connection of the first, as one that was cut off and comes again does.

Source: the JChip and MYLAPS readers of CrossMgr.
"""

from dataclasses import dataclass, field

from devices.conversation import Heard, broken_off

_MOST_HELD = 8_192
_SERVER = b"rallykeeper"
#: The least parts of a record with a number: a name, a function, the number, and nothing behind it.
_NUMBERED = 4


@dataclass(slots=True)
class JchipConversation:
    """A JChip reader: who it is, what time it has, then its reads, a line each."""

    _held: bytearray = field(default_factory=bytearray)

    def hear(self, data: bytes) -> list[Heard]:
        """Return the lines that these bytes complete."""
        self._held += data
        *whole, rest = bytes(self._held).replace(b"\n", b"\r").split(b"\r")
        self._held = bytearray(rest)
        found = [_line(line) for line in whole if line.strip()]
        return [*found, *_too_long(self._held)]

    def ended(self) -> list[Heard]:
        """Return the line that was begun."""
        return broken_off(self._held)


def _line(line: bytes) -> Heard:
    answer = b""
    if line.startswith(b"N0"):
        answer = b"GT\r"
    elif line.startswith(b"GT"):
        answer = b"S0000\r"
    return Heard(data=line + b"\r", at_once=answer)


@dataclass(slots=True)
class MylapsConversation:
    """A MYLAPS exporter: records that end with ``$``, its passings sent until they are answered."""

    _held: bytearray = field(default_factory=bytearray)

    def hear(self, data: bytes) -> list[Heard]:
        """Return the records that these bytes complete."""
        self._held += data
        *whole, rest = bytes(self._held).split(b"$")
        self._held = bytearray(rest)
        found = [_record(record.strip()) for record in whole if record.strip()]
        return [*found, *_too_long(self._held)]

    def ended(self) -> list[Heard]:
        """Return the record that was begun."""
        return broken_off(self._held)


def _record(record: bytes) -> Heard:
    data = record + b"$"
    parts = record.split(b"@")
    function = parts[1] if len(parts) > 1 else b""
    number = parts[-2] if len(parts) >= _NUMBERED and not parts[-1] and parts[-2].isdigit() else b""
    if function == b"Pong":
        return Heard(data=data, at_once=_SERVER + b"@AckPong@Version2.1@c|t|d@$")
    if function == b"Ping":
        return Heard(data=data, at_once=_SERVER + b"@AckPing@$")
    if function in (b"Passing", b"Marker") and number:
        return Heard(data=data, kept=b"%s@Ack%s@%s@$" % (_SERVER, function, number))
    return Heard(data=data)


def _too_long(held: bytearray) -> list[Heard]:
    """Give up a connection whose lines do not end."""
    if len(held) <= _MOST_HELD:
        return []
    data = bytes(held[:512])
    held.clear()
    return [Heard(data=data, reason="no_frame", fault=f"{_MOST_HELD} bytes without an end", hang_up=True)]

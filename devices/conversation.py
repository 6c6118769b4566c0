"""How trackers and readers that connect to us want to be answered: pure, without a socket.

A conversation cuts what one connection says into whole packets, finds out who speaks, and gives the answer to
each: what may be said at once, and what must wait until the journal holds the packet, because the sender
forgets it then.

==============  ========================================================================================
decoder         what is answered
==============  ========================================================================================
``teltonika``   ``01`` to the login of a tracker that the event knows, else ``00``; to a packet, once it is
                kept, the number of its records; to one with a wrong checksum 0, so that it comes again
``queclink``    to a report, once it is kept, ``+SACK:COUNT$``; to a heartbeat ``+SACK:GTHBD,VERSION,COUNT$``
chips           see `devices.chip_conversation`
==============  ========================================================================================

What is kept in quarantine is answered like all else: a tracker that is never told "I have it" sends one bad
packet for ever, and nothing behind it. Sources: Teltonika wiki, "Codec" and "Help with Server FAQ"; Queclink
@Track protocol as Traccar and other public servers answer it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from devices.decoders.packets import Fault
from devices.decoders.queclink import take as take_report
from devices.decoders.teltonika import CODECS, LOGIN
from devices.decoders.teltonika import take as take_packet

#: Whether a tracker is one of the event's.
Knows: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A packet of a connection, and what its sender is told.

    `data` is empty where it says nothing but who speaks. `device` is who sent it, empty where that is not
    known. `at_once` is answered before anything else, `kept` once the journal holds the packet. `fault` says
    in words why it cannot be anybody's, with `reason` for short. `hang_up` ends the connection behind it.
    """

    data: bytes
    device: str = ""
    at_once: bytes = b""
    kept: bytes = b""
    reason: str = ""
    fault: str = ""
    hang_up: bool = False


class Conversation(Protocol):
    """One connection of a tracker or a reader."""

    def hear(self, data: bytes) -> list[Heard]:
        """Return the packets that these bytes complete. Nothing more is heard behind one that hangs up."""

    def ended(self) -> list[Heard]:
        """Return what was begun when the connection ended, as no packet."""


_LOGIN_SIZE = 17
_ACCEPTED, _REFUSED = b"\x01", b"\x00"
_ALIVE = b"\xff"
#: Head of a data packet: zeros, length, codec, number of records.
_HEAD = 10
_MOST = 4_096
#: A packet that has come so often with the same wrong checksum was not damaged on its way.
_DAMAGED_SO = 3
#: No tracker says so many bytes that are no packet.
_MOST_HELD = 8_192


@dataclass(slots=True)
class TeltonikaConversation:
    """A Teltonika tracker: its login, then packet by packet, each of which waits for its answer."""

    knows: Knows
    _held: bytearray = field(default_factory=bytearray)
    _imei: str = ""
    _bad: bytes = b""
    _bad_count: int = 0

    def hear(self, data: bytes) -> list[Heard]:
        """Return the login and the packets that these bytes complete."""
        self._held += data
        found: list[Heard] = []
        while self._held and not (found and found[-1].hang_up):
            if self._held.startswith(_ALIVE):
                del self._held[:1]
                continue
            one = self._packet() if self._imei else self._login()
            if one is None:
                break
            found.append(one)
        return found

    def ended(self) -> list[Heard]:
        """Return the packet that was begun; the tracker sends it again."""
        return broken_off(self._held, self._imei)

    def _login(self) -> Heard | None:
        head = bytes(self._held[:_LOGIN_SIZE])
        if not head.startswith(LOGIN[: len(head)]):
            return _no_packet(self._held, "no login: expected 00 0F and the 15 digits of an IMEI")
        if len(head) < _LOGIN_SIZE:
            return None
        digits = head[2:].decode("ascii", "replace")
        del self._held[:_LOGIN_SIZE]
        if not digits.isdecimal() or not digits.isascii():
            why = "a login without the 15 digits of an IMEI"
            return Heard(data=head, at_once=_REFUSED, reason="no_frame", fault=why, hang_up=True)
        # One that is in a list is let in by its name, even where its last digit is no check digit.
        if not self.knows(digits):
            return Heard(
                data=head, device=digits, at_once=_REFUSED, reason="unknown_tracker",
                fault=unknown_tracker(digits), hang_up=True,
            )  # fmt: skip
        self._imei = digits
        return Heard(data=b"", device=digits, at_once=_ACCEPTED)

    def _packet(self) -> Heard | None:
        if self._held.startswith(LOGIN):
            return self._login()  # some log in again on a connection that they find open
        taken = take_packet(self._held, 0)
        if taken is None:
            return None
        if isinstance(taken, int):
            data = self._cut(taken)
            self._bad_count = 0
            # Other codecs are answers to commands, which nobody waits for an answer to.
            answer = data[_HEAD - 1].to_bytes(4, "big") if data[_HEAD - 2] in CODECS else b""
            return Heard(data=data, device=self._imei, kept=answer)
        return self._damaged(taken)

    def _damaged(self, fault: Fault) -> Heard:
        if fault.reason != "checksum":
            return _no_packet(self._held, fault.detail or "bytes that are no packet", self._imei)
        data = self._cut(8 + int.from_bytes(self._held[4:8], "big") + 4)
        self._bad_count = self._bad_count + 1 if data == self._bad else 1
        self._bad = data
        again = self._bad_count < _DAMAGED_SO
        answer = (0 if again else data[_HEAD - 1]).to_bytes(4, "big")
        return Heard(data=data, device=self._imei, kept=answer, reason="checksum", fault=fault.detail)

    def _cut(self, size: int) -> bytes:
        data = bytes(self._held[:size])
        del self._held[:size]
        return data


_COUNT = re.compile(rb",([0-9A-Fa-f]{4})\$")
_HEARTBEAT = re.compile(rb"\+ACK:GTHBD,([0-9A-F]{6,10}),")
_TRACKER = re.compile(rb"\+[A-Z]{3,4}:GT[A-Z]{3},[0-9A-F]{6,10},([0-9A-Za-z]{14,15}),")


@dataclass(slots=True)
class QueclinkConversation:
    """A Queclink tracker: each report names it, and has a count by which it is answered."""

    knows: Knows
    answers: bool = True
    _held: bytearray = field(default_factory=bytearray)

    def hear(self, data: bytes) -> list[Heard]:
        """Return the reports that these bytes complete."""
        self._held += data
        found: list[Heard] = []
        while self._held and not (found and found[-1].hang_up):
            if self._held[0] in b"\r\n \x00":
                del self._held[:1]
                continue
            taken = take_report(self._held, 0)
            if taken is None:
                break
            if isinstance(taken, int):
                report = bytes(self._held[:taken])
                del self._held[:taken]
                found.append(self._report(report))
                continue
            behind = self._held.find(b"+", 1)
            if behind < 0:
                found.append(_no_packet(self._held, taken.detail or "no report such as +RESP:GTFRI,…$"))
                break
            damage = bytes(self._held[:behind])
            del self._held[:behind]
            found.append(Heard(data=damage, reason=taken.reason, fault=taken.detail or "no report"))
        return found

    def ended(self) -> list[Heard]:
        """Return the report that was begun."""
        return broken_off(self._held)

    def _report(self, report: bytes) -> Heard:
        who = _TRACKER.match(report)
        if who is None:
            return Heard(data=report, reason="no_frame", fault="a report that does not say whose it is")
        device = who[1].decode("ascii")
        if not self.knows(device):
            return Heard(
                data=report, device=device, reason="unknown_tracker", fault=unknown_tracker(device),
                hang_up=True,
            )  # fmt: skip
        return Heard(data=report, device=device, kept=self._answer(report))

    def _answer(self, report: bytes) -> bytes:
        count, heartbeat = _COUNT.search(report), _HEARTBEAT.match(report)
        if not self.answers or count is None:
            return b""
        if heartbeat is not None:
            return b"+SACK:GTHBD,%s,%s$" % (heartbeat[1], count[1])
        return b"" if report.startswith(b"+ACK:") else b"+SACK:%s$" % count[1]


def unknown_tracker(device: str) -> str:
    """Say in words that a tracker is none of the event's, and what to do."""
    return f"tracker {device} is in no row of entries.csv (column tracker) and no device of rally.toml"


def _no_packet(held: bytearray, why: str, device: str = "") -> Heard:
    """Give all that is held as no packet: its sender comes again, from a beginning that can be found."""
    data = bytes(held)
    held.clear()
    return Heard(data=data[:_MOST], device=device, reason="no_frame", fault=why, hang_up=True)


def broken_off(held: bytearray, device: str = "") -> list[Heard]:
    """Give what is left when a connection ends as no packet."""
    return (
        [_no_packet(held, "the connection ended within a packet", device)] if held.strip(b"\r\n\xff") else []
    )

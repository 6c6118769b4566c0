"""What a gateway shows at its own screen, and tells a program. Pure."""

from collections.abc import Sequence
from typing import Any

from devices.gateway_state import ClockState, GatewayState, PortState
from timing.core.instant import MILLISECOND, SECOND, Duration, Instant, format_instant

#: From this much on (µs) the gateway's clock deserves a word.
_WORTH_SAYING: Duration = 100 * MILLISECOND
_SHOWN = 60


def view(state: GatewayState, *, rally: str, name: str, page: str = "") -> str:
    """Return the screen as text, a fact a line; what needs a hand begins with `!`. `page` is its own page."""
    broker = state.broker
    lines = [
        f"Rallykeeper gateway {name}, rally {rally}   {format_instant(state.at)[:19]}Z (own clock)",
        "",
        f"{_sign(broker.up)} broker    {'connected' if broker.up else 'NO CONNECTION'} since "
        f"{format_instant(broker.since)[11:19]}Z{f': {broker.error}' if broker.error else ''}",
        f"{_sign(state.clock.offset is not None or state.clock.trusted)} clock     {clock_text(state.clock)}",
        f"{_sign(not state.fault and not state.held)} spool     {state.depth} lines wait for the service, "
        f"{state.on_way} of them on their way; {state.acknowledged} acknowledged since the start",
    ]
    if state.fault:
        lines.append(f"! disk      {state.fault}: {state.held} lines are in memory only")
    if state.dropped:
        lines.append(f"! full      {state.dropped} sentences of receivers dropped for want of room")
    if page:
        lines.append(f"  page      {page}")
    lines.append("")
    for port in state.ports:
        lines += _port_lines(port)
    return "\n".join(lines) + "\n"


def _port_lines(port: PortState) -> list[str]:
    status = "up" if port.up else f"NO LINE: {port.error or 'not opened yet'}"
    head = (
        f"{_sign(port.up)} {port.device:<9} {port.link}: {status} since {format_instant(port.since)[11:19]}Z"
    )
    if port.last is None:
        return [head, "            nothing read yet"]
    lines = [f"            {port.count} lines read; the last:"]
    lines += [
        f"            {format_instant(at)[11:23]}  {line_text(data)[:_SHOWN]}" for at, data in _newest(port)
    ]
    return [head, *lines]


def _newest(port: PortState) -> Sequence[tuple[Instant, bytes]]:
    return port.lines or ((port.last,) if port.last is not None else ())


def line_text(data: bytes) -> str:
    """Return a line as text; what moves a cursor or rings a bell is shown as hexadecimal digits."""
    text = data.decode("ascii", "backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def clock_text(clock: ClockState) -> str:
    """Say how the gateway's clock is, and what that means."""
    if clock.offset is None:
        if clock.trusted:
            return "set by the network; the service has not told its time yet"
        return "NOT KNOWN TO BE SET, and the service has not told its time: lines are kept until it does"
    text = f"{clock.offset / SECOND:+.3f} s from the service"
    text += f" (known to {(clock.unsure or 0) / SECOND:.3f} s)"
    if abs(clock.offset) > _WORTH_SAYING:
        text += "; lines are dated by the service's"
    return text


def row(state: GatewayState) -> dict[str, Any]:
    """Return the state for a program: instants RFC 3339 UTC, lengths in µs."""
    return {
        "at": format_instant(state.at),
        "broker": {
            "up": state.broker.up,
            "since": format_instant(state.broker.since),
            "error": state.broker.error,
        },
        "clock": {
            "offset_us": state.clock.offset,
            "unsure_us": state.clock.unsure,
            "synchronised": state.clock.trusted,
        },
        "spool": {
            "waiting": state.depth,
            "on_way": state.on_way,
            "held": state.held,
            "dropped": state.dropped,
            "acknowledged": state.acknowledged,
            "fault": state.fault,
        },
        "ports": {
            port.device: {
                "link": port.link,
                "up": port.up,
                "since": format_instant(port.since),
                "error": port.error,
                "lines": port.count,
                "last": None if port.last is None else port.last[1].decode("ascii", "backslashreplace"),
                "last_lines": [
                    {"at": format_instant(at), "text": line_text(data)} for at, data in _newest(port)
                ],
            }
            for port in state.ports
        },
    }


def _sign(good: bool) -> str:
    return " " if good else "!"

"""Whether this machine's clock is set by somebody who knows the time: chrony, ntpd or systemd-timesyncd.

Each program is asked in its own form, the most telling first; one that is not there, does not answer or says
something we cannot read is passed over, and when none is left we say that nobody knows.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from timing.core.instant import MILLISECOND, SECOND, Duration

#: Runs a program and returns what it printed, None where it is not there or failed.
Ask = Callable[[Sequence[str]], str | None]

_ANSWER_S = 3.0
_CHRONY = ("chronyc", "-n", "-c", "tracking")
_NTPD = ("ntpq", "-c", "rv 0 leap,stratum,offset")
_SYSTEMD = ("timedatectl", "show", "--property=NTPSynchronized", "--property=NTP")
#: `chronyc -c tracking`: reference, name, stratum, time, offset of the system clock ... leap status last.
_CHRONY_FIELDS = 14
#: A stratum from here on means "not synchronised" (RFC 5905, section 7.3).
_NO_STRATUM = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HostClock:
    """What is known of the machine's clock: `synchronised` None where nobody could say.

    `by` is the program that said it, `offset` how far the clock is off either way (µs), where it said that.
    """

    synchronised: bool | None
    by: str = ""
    offset: Duration | None = None
    detail: str = ""


def read_host_clock(ask: Ask | None = None) -> HostClock:
    """Ask the programs that set clocks; blocks for some seconds at most."""
    run = ask or _run
    for command, read in ((_CHRONY, chrony_clock), (_NTPD, ntpd_clock), (_SYSTEMD, systemd_clock)):
        said = run(command)
        found = read(said) if said is not None else None
        if found is not None:
            return found
    return HostClock(synchronised=None, detail="neither chrony, ntpd nor systemd answers here")


def chrony_clock(said: str) -> HostClock | None:
    """Read `chronyc -c tracking`; None where it is not that."""
    fields = said.strip().split(",")
    if len(fields) < _CHRONY_FIELDS:
        return None
    stratum, offset, leap = _whole(fields[2]), _micros(fields[4], SECOND), fields[-1]
    if stratum is None or offset is None:
        return None
    synchronised = 0 < stratum < _NO_STRATUM and leap != "Not synchronised"
    detail = f"stratum {stratum}, {fields[1] or fields[0]}" if synchronised else "chrony has no source"
    return HostClock(
        synchronised=synchronised, by="chrony", offset=offset if synchronised else None, detail=detail
    )


def ntpd_clock(said: str) -> HostClock | None:
    """Read `ntpq -c "rv 0 leap,stratum,offset"`; None where it is not that."""
    pairs = (part.strip().partition("=") for part in said.replace("\n", ",").split(","))
    values = {name.strip(): value.strip() for name, _, value in pairs}
    stratum, offset = _whole(values.get("stratum", "")), _micros(values.get("offset", ""), MILLISECOND)
    if stratum is None:
        return None
    leap = values.get("leap", "")
    synchronised = 0 < stratum < _NO_STRATUM and leap not in ("11", "3", "leap_alarm")
    detail = f"stratum {stratum}" if synchronised else "ntpd has no source"
    return HostClock(
        synchronised=synchronised, by="ntpd", offset=offset if synchronised else None, detail=detail
    )


def systemd_clock(said: str) -> HostClock | None:
    """Read `timedatectl show`; None where it is not that."""
    values = dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)
    match values.get("NTPSynchronized"):
        case "yes":
            return HostClock(synchronised=True, by="systemd", detail="set by the network")
        case "no":
            why = "but not yet" if values.get("NTP") == "yes" else "and nobody is told to"
            return HostClock(synchronised=False, by="systemd", detail=f"not set by the network, {why}")
        case _:
            return None


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _micros(text: str, unit: Duration) -> Duration | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return abs(int(value * unit)) if value.is_finite() else None


def _run(command: Sequence[str]) -> str | None:
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=_ANSWER_S,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.decode(errors="replace") if ran.returncode == 0 else None

"""`rallykeeper doctor`: look at this machine before the first car does, and say what to do."""

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from devices.catalogue import DECODERS
from devices.host_clock import read_host_clock
from devices.link import LinkError
from devices.mqtt import try_broker
from devices.recognise import Recognised, recognise
from devices.serial_port import FoundPort, SerialSettings, found_ports, listen
from timing.clock import SystemClock
from timing.core.instant import MILLISECOND, SECOND, Duration
from timing.event_folder import load_event
from timing.folder_text import Severity

FINE, WRONG, MISUSED = 0, 1, 2

#: Speeds in the order of how often timers and receivers use them.
_SPEEDS = (9600, 38400, 19200, 115200, 4800, 1200)
_MOST_PORTS = 16
#: A day of a large rally is some hundred megabytes (journal and positions).
_LOW_BYTES, _NO_BYTES = 2 * 1024**3, 200 * 1024**2
_CLOCK_OFF: Duration = 10 * MILLISECOND


class Verdict(StrEnum):
    """How a thing is: `look` does not keep the rally from running, `wrong` does."""

    FINE = "fine"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it."""

    what: str
    verdict: Verdict
    found: str
    do: str = ""


def main(arguments: Sequence[str]) -> int:
    """Look at everything and print it: exit status 0 fine, 1 something is wrong, 2 misused."""
    options = _parser().parse_args(arguments)
    try:
        findings = list(_look(options))
    except ValueError as error:
        print(f"rallykeeper: {error}", file=sys.stderr)
        return MISUSED
    wrong = any(finding.verdict is Verdict.WRONG for finding in findings)
    if options.json:
        told = {"ok": not wrong, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{finding.verdict.value:<6}{finding.what}: {finding.found}")
            if finding.do:
                print(f"      {finding.do}")
    return WRONG if wrong else FINE


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="rallykeeper doctor", description="Look at this machine: ports, broker, clock, disk, event."
    )
    made.add_argument("folder", metavar="FOLDER", nargs="?", help="the event folder, if it is here")
    made.add_argument("--data", metavar="DIR", help="the data folder; data in the event folder if not given")
    made.add_argument("--broker", metavar="URL", help="a broker that must be reached from here")
    made.add_argument("--ca-file", metavar="FILE", help="the certificates to trust at the broker")
    made.add_argument(
        "--port", action="append", default=[], metavar="PORT", help="a serial port to listen to besides"
    )
    made.add_argument(
        "--seconds", type=float, default=3.0, help="how long each port is listened to at a speed"
    )
    made.add_argument(
        "--no-listen", action="store_true", help="open no port: opening one resets some devices"
    )
    made.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    return made


def _look(options: argparse.Namespace) -> Iterator[Finding]:
    folder = Path(options.folder) if options.folder else None
    data = Path(options.data) if options.data else folder / "data" if folder else None
    yield _clock()
    yield _disk(data or Path())
    if folder is not None:
        yield _event(folder)
    running = _run_file(data) if data is not None else {}
    if "url" in running:
        yield Finding(what="service", verdict=Verdict.FINE, found=f"runs at {running['url']}")
    yield from _broker(options, data)
    yield from _ports(options)


def _clock() -> Finding:
    clock = read_host_clock()
    if clock.synchronised is None:
        return Finding(
            what="clock", verdict=Verdict.LOOK, found=clock.detail,
            do="Install chrony (apt install chrony), or compare this clock with a known one by hand.",
        )  # fmt: skip
    found = f"{clock.by}: {clock.detail}"
    if not clock.synchronised:
        return Finding(
            what="clock", verdict=Verdict.WRONG, found=found,
            do="Connect to the internet, or let chrony ask a GPS receiver or the service's machine.",
        )  # fmt: skip
    if clock.offset is not None:
        found += f", off by {clock.offset / SECOND:.6f} s"
        if clock.offset > _CLOCK_OFF:
            return Finding(
                what="clock", verdict=Verdict.LOOK, found=found, do="Wait some minutes and look again."
            )
    return Finding(what="clock", verdict=Verdict.FINE, found=found)


def _disk(place: Path) -> Finding:
    here = next(folder for folder in (place.resolve(), *place.resolve().parents) if folder.is_dir())
    usage = shutil.disk_usage(here)
    found = f"{usage.free / 1024**3:.1f} of {usage.total / 1024**3:.1f} GB free at {here}"
    if usage.free < _NO_BYTES:
        return Finding(
            what="disk", verdict=Verdict.WRONG, found=found, do="Make room before the rally: 2 GB at least."
        )
    if usage.free < _LOW_BYTES:
        return Finding(
            what="disk", verdict=Verdict.LOOK, found=found, do="Make room: 2 GB are a large rally of days."
        )
    return Finding(what="disk", verdict=Verdict.FINE, found=found)


def _event(folder: Path) -> Finding:
    loaded = load_event(folder, DECODERS)
    errors = sum(problem.severity is Severity.ERROR for problem in loaded.problems)
    warnings = len(loaded.problems) - errors
    found = f"{folder}: {errors} errors, {warnings} warnings"
    do = f"rallykeeper check {folder} names them." if loaded.problems else ""
    verdict = Verdict.WRONG if errors else Verdict.LOOK if warnings else Verdict.FINE
    return Finding(what="event", verdict=verdict, found=found, do=do)


def _broker(options: argparse.Namespace, data: Path | None) -> Iterator[Finding]:
    """Try the broker that was named, else the embedded one of a service that runs here."""
    url = options.broker or _embedded(data)
    if not url:
        yield Finding(
            what="broker", verdict=Verdict.LOOK, found="none named, and no service runs here",
            do="Name one with --broker URL, or start the service first.",
        )  # fmt: skip
        return
    shown = url.rpartition("@")[2]
    why = asyncio.run(try_broker(url, client_id="rallykeeper-doctor", ca_file=options.ca_file))
    if why:
        do = "Look at the address, the password, the firewall between, and whether the broker runs."
        yield Finding(what="broker", verdict=Verdict.WRONG, found=f"{shown}: {why}", do=do)
    else:
        yield Finding(what="broker", verdict=Verdict.FINE, found=f"{shown} answers")


def _embedded(data: Path | None) -> str:
    return str(_run_file(data).get("fleet", "")) if data is not None else ""


def _run_file(data: Path) -> dict[str, Any]:
    """Return what a running service says of itself, empty when none runs."""
    try:
        read = json.loads((data / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _ports(options: argparse.Namespace) -> Iterator[Finding]:
    ports = [*found_ports(), *(FoundPort(port, port, "") for port in options.port)]
    if not ports:
        yield Finding(
            what="ports", verdict=Verdict.LOOK, found="no serial port on this machine",
            do="Plug the adapter in; if it is, look at `dmesg` for it, and try another cable.",
        )  # fmt: skip
        return
    if options.no_listen:
        for port in ports:
            yield Finding(what=port.name, verdict=Verdict.FINE, found=port.title or "not listened to")
        return
    with ThreadPoolExecutor(_MOST_PORTS) as pool:
        yield from pool.map(partial(_port, seconds=options.seconds), ports)


def _port(port: FoundPort, seconds: float) -> Finding:
    """Listen to one port at the usual speeds, as long as something comes that nobody can read."""
    heard = b""
    for baud in _SPEEDS:
        try:
            heard = listen(SerialSettings(port=port.device, baud=baud), seconds)
        except LinkError as error:
            return _closed(port, str(error))
        if not heard:
            return Finding(
                what=port.name,
                verdict=Verdict.LOOK,
                found=f"{port.title}, silent for {seconds:g} s".lstrip(", "),
                do="Have the timer print a line while doctor listens, with --seconds 10.",
            )  # fmt: skip
        found = recognise(heard, SystemClock().now())
        if found:
            return _spoken(port, baud, found)
    return Finding(
        what=port.name,
        verdict=Verdict.LOOK,
        found=f"says something that no decoder can read: {heard[:40]!r}",
        do="Compare the speed and the protocol set at the device with README.md; show us the bytes.",
    )


def _spoken(port: FoundPort, baud: int, found: Sequence[Recognised]) -> Finding:
    best, *others = found
    text = f"{best.title} at {baud} baud, {best.good} readings and {best.bad} lines that cannot be read"
    if others:
        text += f" (or {', '.join(other.title for other in others[:2])})"
    return Finding(
        what=port.name,
        verdict=Verdict.FINE if not best.bad else Verdict.LOOK,
        found=text,
        do=f'decoder = "{best.decoder}", link = "serial:{port.name}?baud={baud}"',
    )


def _closed(port: FoundPort, why: str) -> Finding:
    if "denied" in why.lower():
        do = "Add yourself to the port's group (sudo usermod -aG dialout $USER) and sign in again."
        return Finding(what=port.name, verdict=Verdict.WRONG, found=why, do=do)
    if "unavailable" in why.lower() or "busy" in why.lower() or "lock" in why.lower():
        return Finding(
            what=port.name,
            verdict=Verdict.FINE,
            found="in use by another program, as a running service or gateway",
        )
    return Finding(
        what=port.name, verdict=Verdict.LOOK, found=why, do="Unplug the adapter and plug it in again."
    )

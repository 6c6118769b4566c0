"""`rallykeeper gateway`: carry wired timers to the service from a small computer at the stage end."""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from dashboard.gateway_http import GatewayHttp, parse_place
from dashboard.gateway_view import row, view
from devices.backlog import Backlog
from devices.gateway import Gateway, GatewayPlan
from devices.gateway_state import GatewayState
from devices.host_clock import read_host_clock
from devices.mqtt import BrokerAddress
from devices.register import wired_link
from devices.spool import MOST_LINES, Spool, SpoolError
from timing.clock import Clock, SystemClock

log = logging.getLogger("rallykeeper.gateway")

FINE, WRONG, MISUSED = 0, 1, 2
PAGE = "127.0.0.1:8377"
_VIEW_S = 0.5
_ROW_S = 1.0
#: The machine's clock is asked about this often (seconds).
_TRUST_S = 60.0
_HOME_AND_CLEAR = "\x1b[H\x1b[J"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def main(arguments: Sequence[str]) -> int:
    """Run a gateway until SIGTERM or SIGINT: exit status 0 ended, 1 cannot run, 2 misused."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.WARNING if options.view else logging.INFO, format="%(asctime)s %(message)s"
    )
    try:
        plan, place = _plan(options), parse_place(options.page)
    except (ValueError, OSError) as error:
        print(f"rallykeeper: {error}", file=sys.stderr)
        return MISUSED
    try:
        asyncio.run(_run(plan, options, place))
    except SpoolError as error:
        print(f"rallykeeper: {error}", file=sys.stderr)
        return WRONG
    return FINE


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="rallykeeper gateway",
        description="Carry the lines of wired timers to the service by MQTT; keep them on the disk until its "
        "journal holds them.",
    )
    made.add_argument("rally", metavar="RALLY", help="the rally's id, as in rally.toml")
    made.add_argument(
        "ports",
        metavar="DEVICE=LINK",
        nargs="+",
        help="a device of the register and where it is: timer-1=serial:/dev/ttyUSB0?baud=9600&send=RSM, or "
        "timer-2=tcp:192.168.1.50:7000",
    )
    made.add_argument("--broker", metavar="URL", required=True, help="mqtts://user:password@host:8883")
    made.add_argument("--password-file", metavar="FILE", help="the broker's password, kept out of the URL")
    made.add_argument("--ca-file", metavar="FILE", help="the certificates to trust at the broker")
    made.add_argument(
        "--spool", metavar="FILE", help="where lines are kept; in the user's state folder if not given"
    )
    made.add_argument("--most", type=int, default=MOST_LINES, help="how many lines are kept at most")
    made.add_argument(
        "--name", default="", help="tells gateways of one rally apart; the devices' ids if not given"
    )
    made.add_argument("--view", action="store_true", help="show the last lines, the spool, link and clock")
    made.add_argument(
        "--page",
        metavar="HOST:PORT",
        default=PAGE,
        help=f"where the same is shown to a browser: {PAGE}, for this machine only, if not given; the next "
        "free port if that is taken; off for nowhere",
    )
    made.add_argument("--json", action="store_true", help="print the state as a line of JSON every second")
    return made


def _plan(options: argparse.Namespace) -> GatewayPlan:
    """Check what was asked for before anything is opened.

    Raises:
        ValueError: a port, device or broker that cannot be, with what is wrong.
        OSError: the password's file cannot be read.
    """
    ports = []
    for text in options.ports:
        device, _, link = text.partition("=")
        if not device or not link or any(sign in device for sign in "/+# \t"):
            raise ValueError(f"{text!r}: expected DEVICE=LINK such as timer-1=serial:/dev/ttyUSB0?send=RSM")
        wired_link(link, device=device, decoder="", now=lambda: 0)
        ports.append((device, link))
    devices = [device for device, _ in ports]
    if len(set(devices)) < len(devices):
        raise ValueError("a device is named twice")
    if options.most < 1:
        raise ValueError("--most: expected a number of lines")
    broker = options.broker
    if options.password_file:
        broker = _with_password(broker, Path(options.password_file).read_text(encoding="utf-8").strip())
    BrokerAddress.parse(broker)
    return GatewayPlan(
        rally=options.rally,
        broker=broker,
        ports=tuple(ports),
        name=options.name or "-".join(devices),
        ca_file=options.ca_file,
    )


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    if not parts.username:
        raise ValueError(f"--password-file needs a user in the broker's address: {url}")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{quote(password, safe='')}@{host}"))


async def _run(plan: GatewayPlan, options: argparse.Namespace, place: tuple[str, int] | None) -> None:
    clock: Clock = SystemClock()
    path = Path(options.spool) if options.spool else _state_folder() / f"{plan.rally}-{plan.name}.spool"
    machine = await asyncio.to_thread(_machine)
    spool = Spool(path, now=clock.now(), machine=machine, most=options.most)
    backlog = Backlog(spool)
    trust = _Trust()
    gateway = Gateway(plan, backlog, clock, machine=machine, trusted=lambda: trust.holds)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("gateway %s: %d lines wait in %s", plan.name, backlog.depth, path)
    http = GatewayHttp(gateway.state, rally=plan.rally, name=plan.name)
    if place is not None:
        await _open(http, *place)
    tasks = [
        asyncio.create_task(gateway.run(), name="gateway"),
        asyncio.create_task(trust.run(), name="trust"),
        asyncio.create_task(_show(gateway, plan, options, http.address), name="show"),
    ]
    tasks.append(asyncio.create_task(_until(stop), name="stop"))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await http.close()
        await backlog.close(ended=stop.is_set())


async def _open(http: GatewayHttp, host: str, port: int) -> None:
    """Open the page; a gateway without one carries times all the same."""
    try:
        await http.open(host, port)
    except OSError as error:
        log.warning("no page at %s:%d: %s", host, port, os.strerror(error.errno) if error.errno else error)
    else:
        log.info("page at %s", http.address)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


@dataclass(slots=True)
class _Trust:
    """Whether the machine's clock is set by somebody who knows, asked in a thread now and then."""

    holds: bool = False

    async def run(self) -> None:
        while True:
            self.holds = (await asyncio.to_thread(read_host_clock)).synchronised is True
            await asyncio.sleep(_TRUST_S)


async def _show(gateway: Gateway, plan: GatewayPlan, options: argparse.Namespace, page: str) -> None:
    last: GatewayState | None = None
    while True:
        state = gateway.state()
        if options.view:
            print(
                _HOME_AND_CLEAR + view(state, rally=plan.rally, name=plan.name, page=page), end="", flush=True
            )
        elif options.json:
            print(json.dumps(row(state) | {"page": page}, ensure_ascii=False), flush=True)
        else:
            _tell_changes(last, state)
        last = state
        await asyncio.sleep(_VIEW_S if not options.json else _ROW_S)


def _tell_changes(last: GatewayState | None, state: GatewayState) -> None:
    """Log what has come up or gone down since the last look."""
    if last is None or last.broker.up != state.broker.up:
        log.info("broker %s", "connected" if state.broker.up else f"away {state.broker.error}")
    for number, port in enumerate(state.ports):
        if last is None or last.ports[number].up != port.up:
            log.info("%s %s", port.device, "up" if port.up else f"no line: {port.error}")
    if last is not None and last.fault != state.fault:
        log.info("disk %s", state.fault or "takes lines again")


def _machine() -> str:
    """Name this switching on of the machine; where the system has no name for it, each start is one."""
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return f"start-{SystemClock().now()}"


def _state_folder() -> Path:
    given = os.environ.get("STATE_DIRECTORY")  # systemd's
    if given:
        return Path(given.partition(":")[0])
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "rallykeeper"

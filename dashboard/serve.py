"""The composition root and the `rallykeeper` command: the only file that knows every concrete class.

A service is one process and one event loop: a task for each link, one for the ingest, one for the hub, one
for the web. A link's trouble is its own; a failure of the ingest ends the process with a clear message, and
whoever supervises it starts it again. Shutdown: web stops accepting, links close, the queue drains, the
journal closes.
"""

import argparse
import asyncio
import contextlib
import importlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import timing
from dashboard import commands, import_command, options, proof_commands, run_file, tls_command, tls_serving
from dashboard.access import AccessStore
from dashboard.assemble import assemble
from dashboard.backup_command import back_up_event
from dashboard.basemap import basemap_of, basemap_routes
from dashboard.certificates import CertificateError
from dashboard.document_store import open_store
from dashboard.hub import Hub
from dashboard.live_out import LiveOut
from dashboard.phones import phone_routes
from dashboard.self_test import SelfTest
from dashboard.web_server import PortTakenError, WebServer, address, listen
from dashboard.wiring import delivery, facts, publisher, secrets_of, whose
from devices.broker import Broker, BrokerError
from devices.catalogue import DECODERS
from devices.decoding import Decoding
from devices.http_post import HttpPostLink
from devices.link import Incoming, KeptLink
from devices.receipts import Receipts
from devices.register import device_ids, links_of, problems_of
from devices.written import read_written
from timing.clock import Clock, ScaledClock, SystemClock
from timing.core.event import Event
from timing.garbage import keep_all
from timing.ingest import Ingest
from timing.journal.journal import Journal, JournalError, open_journal
from timing.signatures import KeyFileError

log = logging.getLogger("rallykeeper")

#: How long a start waits for the broker before it says where the pages are (seconds).
_UP_S = 5.0


class CannotServeError(Exception):
    """The service cannot start; the text tells the operator why."""


#: What the operator can put right: said in a line, without a traceback.
_OPERATORS = (CannotServeError, CertificateError, BrokerError, JournalError, KeyFileError, PortTakenError)


def main(arguments: Sequence[str] | None = None) -> None:
    """The `rallykeeper` command: exit status 0 fine, 1 something is wrong, 2 misused."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _check_neighbour()
    try:
        if given and given[0] in options.PLAYED:
            # Theirs is the whole rest of the line, options and help included.
            sys.exit(int(importlib.import_module(options.PLAYED[given[0]]).main(given[1:]) or 0))
        sys.exit(_run(options.parser().parse_args(given)))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) has left: not worth a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(commands.WRONG)


def _check_neighbour() -> None:
    """A foreign package of the same name may shadow ours: say so instead of failing strangely."""
    found, ours = (
        Path(timing.__file__ or "").resolve().parent,
        Path(__file__).resolve().parent.parent / "timing",
    )
    if found != ours:
        print(
            f"rallykeeper: `timing` is imported from {found}, expected {ours}. Another package shadows it: "
            "install rallykeeper in an environment of its own.",
            file=sys.stderr,
        )
        sys.exit(commands.MISUSED)


def _run(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "serve":
            return _serve(chosen)
        case "check":
            return commands.check(chosen, DECODERS)
        case "init":
            return commands.init(chosen)
        case "results":
            return commands.results(chosen, read_written)
        case "explain":
            return commands.explain(chosen, read_written)
        case "replay":
            return commands.replay(chosen, read_written)
        case "verify":
            return proof_commands.verify(chosen)
        case "backup":
            return back_up_event(chosen, commands.data_folder(chosen))
        case "import":
            return import_command.import_list(chosen)
        case "export":
            return import_command.export_list(chosen)
        case "tls":
            return tls_command.make(chosen, DECODERS)
        case _:
            return commands.access(chosen)


def _serve(chosen: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    event = commands.load(Path(chosen.folder), DECODERS)
    if event is None:
        print(f"rallykeeper: {chosen.folder} cannot be served, see above", file=sys.stderr)
        return commands.WRONG
    try:
        asyncio.run(serve(event, chosen))
    except (*_OPERATORS, OSError) as error:
        print(f"rallykeeper: {error}", file=sys.stderr)
        return commands.WRONG
    except BaseExceptionGroup as group:
        for fault in _leaves(group):
            log.critical("stopped: %s", fault, exc_info=fault)
        print(f"rallykeeper: stopped: {_leaves(group)[0]}", file=sys.stderr)
        return commands.WRONG
    return commands.FINE


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


async def serve(event: Event, chosen: argparse.Namespace) -> None:
    """Run the service for an event until SIGTERM or SIGINT."""
    data = commands.data_folder(chosen)
    data.mkdir(parents=True, exist_ok=True)
    event = _with_places(event, data)
    problems = problems_of(event)
    if problems:
        raise CannotServeError("; ".join(problems))
    clock = ScaledClock.load(Path(chosen.clock_table)) if chosen.clock_table else SystemClock()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(
            contextlib.closing(listen(chosen.host, tls_serving.port_of(chosen), next_free=chosen.next_port))
        )
        url = address(listener, secure=tls_serving.wanted(chosen))
        secured = tls_serving.secured(event, chosen, data, url, stack)
        journal = open_journal(chosen.journal or data)
        stack.push_async_callback(journal.close)
        access = AccessStore(data, SystemClock().now)
        stack.callback(access.close)
        broker = None
        if not chosen.broker:
            broker = await stack.enter_async_context(
                Broker(
                    data / "broker",
                    event.id,
                    host=chosen.broker_host,
                    port=chosen.broker_port,
                    devices=device_ids(event),
                )
            )
        parts = await _put_together(event, chosen, clock, journal, access, broker, secured)
        stack.callback(run_file.forget, data)
        told = _where(event, chosen, data, url, broker, access)
        if secured is not None and secured.trust is not None:
            told["trust"] = secured.plain_url

        def started() -> None:
            run_file.write(data, told)
            run_file.say(told, as_json=chosen.json)

        await parts.run(listener, stop, broker, started)


@dataclass(slots=True, kw_only=True)
class Parts:
    """The parts of a running service, and the order in which they start and stop."""

    ingest: Ingest
    hub: Hub
    web: WebServer
    secured: tls_serving.Secured | None
    links: tuple[KeptLink, ...]
    receipts: Receipts
    self_test: SelfTest
    live_out: LiveOut
    deliver: Callable[[Sequence[Incoming]], Coroutine[Any, Any, None]]

    async def run(
        self,
        listener: socket.socket,
        stop: asyncio.Event,
        broker: Broker | None,
        started: Callable[[], None],
    ) -> None:
        """Run until `stop`; then end the web, the links, the ingest, in this order.

        `started` is called when the pages are served and the broker knows our subscriptions (or does not
        answer for a while): what is published from then on is not lost.
        """
        async with asyncio.TaskGroup() as group:
            ingest = group.create_task(self.ingest.run(), name="ingest")
            helpers = [
                group.create_task(self.hub.run(), name="hub"),
                group.create_task(self.receipts.run(), name="receipts"),
                group.create_task(self.live_out.run(), name="live-out"),
            ]
            if self.secured is not None:
                helpers.append(group.create_task(self.secured.run(), name="plain-web"))
            helpers.append(group.create_task(self.self_test.run(), name="self-test"))
            if broker is not None:
                helpers.append(group.create_task(broker.run(), name="broker"))
            web = group.create_task(self.web.serve([listener]), name="web")
            links = [
                group.create_task(link.run(self.deliver), name=f"link:{link.state.name}")
                for link in self.links
            ]
            await self._wait_up(stop)
            keep_all()
            started()
            await stop.wait()
            log.info("stopping")
            self.web.should_exit = True
            await web
            await _cancelled(links)
            await self.ingest.finish()
            await ingest
            await _cancelled(helpers)

    async def _wait_up(self, stop: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UP_S):
                # uvicorn tells of its start by a flag alone, hence the looking.
                while not (self.web.started and self.links[0].state.up) and not stop.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _put_together(
    event: Event,
    chosen: argparse.Namespace,
    clock: Clock,
    journal: Journal,
    access: AccessStore,
    broker: Broker | None,
    secured: tls_serving.Secured | None = None,
) -> Parts:
    """Make every part and bring the rally to where the journal is."""
    broker_url = chosen.broker or (broker.url() if broker else "")
    links = links_of(
        event,
        broker_url=broker_url,
        now=clock.now,
        instance=chosen.instance,
        ca_file=chosen.ca_file,
    )
    kept = tuple(KeptLink(link, now=clock.now) for link in links.all)
    decoding = Decoding(event)
    self_test = SelfTest(
        rally=event.id,
        data=commands.data_folder(chosen),
        journal=journal,
        clock=clock,
        broker_url=broker_url,
        ca_file=chosen.ca_file,
        instance=chosen.instance,
    )
    made = await assemble(
        event,
        clock=clock,
        journal=journal,
        access=access,
        store=open_store(commands.data_folder(chosen), chosen.key),
        links=lambda: [facts(link, name) for link, name in zip(kept, whose(event), strict=True)],
        publish=publisher(links),
        checked=lambda: decoding.checked,
        tests=self_test.lacking,
        simulated=chosen.simulated,
        public_url=chosen.public_url,
    )
    deliver = delivery(decoding, made.ingest)
    phones = HttpPostLink(deliver=deliver, holds=secrets_of(access, broker), now=clock.now)
    made.app.include_router(phone_routes(phones))
    made.service.basemap = basemap_of(Path(chosen.folder))
    made.app.include_router(basemap_routes(made.service.basemap))
    tls = None
    if secured is not None:
        secured.add_pages(made.app)
        tls = (secured.certificates.certificate, secured.certificates.key)
    return Parts(
        ingest=made.ingest,
        hub=made.hub,
        web=WebServer(made.app, made.gateway, tls),
        secured=secured,
        links=kept,
        receipts=Receipts(links.mqtt, event.id, clock.now, made.ingest.health.line),
        self_test=self_test,
        live_out=made.live_out,
        deliver=deliver,
    )


def _with_places(event: Event, data: Path) -> Event:
    """Take serial ports named by a relative path from the data folder, where simulated ones are made."""
    devices = {}
    for ident, device in event.devices.items():
        kind, _, port = device.link.partition(":")
        relative = kind == "serial" and "/" in port and "://" not in port and not port.startswith("/")
        devices[ident] = replace(device, link=f"serial:{data.resolve() / port}") if relative else device
    return replace(event, devices=devices)


def _where(
    event: Event,
    chosen: argparse.Namespace,
    data: Path,
    url: str,
    broker: Broker | None,
    access: AccessStore,
) -> dict[str, Any]:
    """Return what people and programs need to reach the service."""
    links = run_file.first_links(data, event, access, url, simulated=chosen.simulated)
    told: dict[str, Any] = {"rally": event.id, "url": url, "pid": os.getpid(), "links": links}
    if broker is not None:
        told["broker"] = f"mqtt://{chosen.broker_host}:{broker.port}"
        told["credentials"] = str(broker.credentials_file)
        told["fleet"] = broker.url("fleet")
    else:
        told["broker"] = chosen.broker
    return told


if __name__ == "__main__":
    main()

"""`rallykeeper demo`: a whole rally on this machine, to be watched in a browser.

Starts the service with its embedded broker, plays an example event into it by MQTT, serial ports and
HTTP, and prints where to look. Ctrl-C ends everything that was started. The next start goes on where
this one stopped, or begins afresh.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from simulators.player import Place, Player, habits_at
from simulators.scenario import Scenario, draw
from timing.clock import ScaledClock, SystemClock
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Duration, Instant
from timing.event_folder import load_event
from timing.journal.journal import JournalError
from timing.journal.lock import FolderLock

log = logging.getLogger("rallykeeper.demo")

EVENTS = Path(__file__).resolve().parent / "events"
#: The same rally at each start; another number gives another one.
SEED = 20
#: The play begins this long before the first crew starts.
_BEFORE_FIRST: Duration = 5 * MINUTE
#: The service needs a moment to start; until then its clock stands.
_START_IN: Duration = 2 * SECOND
_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 15.0
_NOTE_EVERY_S = 2.0
#: What was under way at the stop is sent again; the service knows what it has.
_AGAIN: Duration = 30 * SECOND
_STATE = "demo.json"
_TABLE = "clock.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is played, where its data lies, how fast, and at which port the pages are."""

    folder: Path
    data: Path
    speed: Fraction
    seed: int
    port: int
    host: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return its exit status."""
    options = _parser().parse_args(arguments)
    folder = Path(options.event) if Path(options.event).is_dir() else EVENTS / options.event
    if not folder.is_dir():
        print(f"rallykeeper demo: there is no event {options.event!r}", file=sys.stderr)
        return 2
    choice = Choice(
        folder=folder,
        data=Path(options.data or Path("var") / "demo" / folder.name),
        speed=options.speed,
        seed=options.seed,
        port=options.port,
        host=options.host,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # The MQTT client leaves a future behind when it is cancelled while connecting; nobody needs to know.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loaded = load_event(folder)
    if loaded.event is None:
        print("\n".join(str(problem) for problem in loaded.problems), file=sys.stderr)
        return 1
    scenario = draw(loaded.event, choice.seed)
    since = _where_it_stopped(choice, scenario)
    if since is not None and (options.fresh or not _goes_on(loaded.event, since)):
        since = None
    try:
        _make_ready(choice.data, afresh=since is None)
    except JournalError as error:
        print(f"rallykeeper demo: {error}", file=sys.stderr)
        return 1
    return asyncio.run(_demo(choice, scenario, since))


def _make_ready(data: Path, *, afresh: bool) -> None:
    """Make the data folder, emptied if asked; never under the feet of a rally that is running in it.

    Raises:
        JournalError: another service holds the folder.
    """
    data.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(data / "journal.lock")
    lock.acquire()
    try:
        for item in data.iterdir() if afresh else ():
            if item.is_dir():
                shutil.rmtree(item, ignore_errors=True)
            elif not item.name.startswith("journal.lock"):
                item.unlink(missing_ok=True)
    finally:
        lock.release()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rallykeeper demo", description="A simulated rally on this machine."
    )
    parser.add_argument("--event", default="california-mille", help="an example's name, or an event folder")
    parser.add_argument(
        "--speed", type=_speed, default=Fraction(60), help="rally seconds in a second (1 to 1000)"
    )
    parser.add_argument("--data", metavar="DIR", help="where its data lies; var/demo/EVENT if not given")
    parser.add_argument("--host", default="127.0.0.1", help="the address of the pages")
    parser.add_argument("--port", type=int, default=8080, help="their port; the next free one if it is taken")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another rally")
    parser.add_argument("--fresh", action="store_true", help="begin afresh without asking")
    return parser


def _speed(text: str) -> Fraction:
    try:
        speed = Fraction(text)
    except (ValueError, ZeroDivisionError):
        speed = Fraction(0)
    if not 1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a pace from 1 to 1000")
    return speed


# where it stopped -----------------------------------------------------------------------------------


def _where_it_stopped(choice: Choice, scenario: Scenario) -> Instant | None:
    """Return the rally instant at which this same rally was stopped; None where there is none."""
    try:
        state = json.loads((choice.data / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = isinstance(state, dict) and (state.get("event"), state.get("seed")) == (
        scenario.event.id,
        choice.seed,
    )
    stopped = state.get("rally") if same else None
    return stopped if isinstance(stopped, int) and stopped < scenario.ends else None


def _goes_on(event: Event, stopped: Instant) -> bool:
    """Ask whether to go on; without a person at the keyboard it goes on."""
    when = f"{event.time.day_of(stopped)} {event.time.format(stopped, MINUTE)}"
    if not sys.stdin.isatty():
        print(f"Going on from {when} (--fresh begins afresh).")
        return True
    answer = input(f"The rally was stopped at {when}. Go on from there? [Y/n] ")
    return answer.strip().lower() not in ("n", "no")


def _note(choice: Choice, scenario: Scenario, clock: ScaledClock) -> None:
    state = {"event": scenario.event.id, "seed": choice.seed, "rally": clock.now()}
    part = choice.data / f"{_STATE}.part"
    part.write_text(json.dumps(state), encoding="utf-8")
    part.replace(choice.data / _STATE)


def clock_table(
    scenario: Scenario, wall: Instant, speed: Fraction, since: Instant | None
) -> list[list[int | str]]:
    """Return the table of a clock that plays the legs one after another and skips the nights.

    Args:
        scenario: the rally.
        wall: the real instant at which the clock starts to run.
        speed: rally seconds in a second.
        since: the rally instant to go on from; None begins shortly before the first crew's start.
    """
    first = min(
        drive.begins
        for (car, _), drive in scenario.drives.items()
        if not scenario.event.entries.by_number[car].course_car
    )
    at = since if since is not None else first + 12 * MINUTE - _BEFORE_FIRST
    spans = _joined(scenario.spans())
    spans = [(max(start, at), end) for start, end in spans if end > at]
    table: list[list[int | str]] = []
    for start, end in spans:
        table.append([wall, start, str(speed)])
        # Cut, so that no piece runs past where the next one begins.
        wall += int((end - start) / speed)
    # When all cars are parked, time goes on as it does.
    return [*table, [wall, spans[-1][1], "1"]]


def _joined(spans: Sequence[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    joined: list[tuple[Instant, Instant]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


# the play -------------------------------------------------------------------------------------------


async def _demo(choice: Choice, scenario: Scenario, since: Instant | None) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    table = clock_table(scenario, SystemClock().now() + _START_IN, choice.speed, since)
    (choice.data / _TABLE).write_text(json.dumps(table), encoding="utf-8")
    clock = ScaledClock.load(choice.data / _TABLE)
    service = await _start_service(choice)
    try:
        if not await _ready(service, stop):
            return 0 if stop.is_set() else _failed(choice)
        _say(scenario.event, Place.of(choice.data))
        player = Player(
            scenario=scenario,
            place=Place.of(choice.data),
            clock=clock,
            habits=habits_at(float(choice.speed)),
            since=0 if since is None else since - _AGAIN,
        )
        player = player if since is not None else replace(player, since=clock.now() - _AGAIN)
        return await _play(choice, scenario, clock, player, service, stop)
    finally:
        await _end(service)


async def _play(
    choice: Choice,
    scenario: Scenario,
    clock: ScaledClock,
    player: Player,
    service: asyncio.subprocess.Process,
    stop: asyncio.Event,
) -> int:
    """Play until somebody stops it, or the service ends by itself."""
    playing = asyncio.create_task(player.run(), name="player")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    ended = asyncio.create_task(service.wait(), name="service")
    waiting: set[asyncio.Task[object]] = {playing, stopped, ended}
    try:
        while not stopped.done() and not ended.done():
            await asyncio.wait(waiting, timeout=_NOTE_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            _note(choice, scenario, clock)
            if playing in waiting and playing.done():
                playing.result()
                waiting.discard(playing)
                print("All cars are parked. The pages stay until Ctrl-C.", flush=True)
    finally:
        for task in (playing, stopped, ended):
            task.cancel()
        await asyncio.gather(playing, stopped, ended, return_exceptions=True)
    return 0 if stop.is_set() else _failed(choice)


async def _start_service(choice: Choice) -> asyncio.subprocess.Process:
    with (choice.data / "service.log").open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dashboard.serve", "serve", str(choice.folder), "--json", "--simulated"),
            *("--data", str(choice.data), "--clock-table", str(choice.data / _TABLE)),
            *("--host", choice.host, "--port", str(choice.port), "--next-port"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=EVENTS.parents[1],
            # Ctrl-C at the keyboard reaches us alone; we then end the service in our own order.
            start_new_session=True,
        )


async def _ready(service: asyncio.subprocess.Process, stop: asyncio.Event) -> bool:
    """Wait until the service says where it is; False when it ends, takes too long, or we are stopped."""
    assert service.stdout is not None
    reading = asyncio.create_task(service.stdout.readline())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({reading, stopped}, timeout=_READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    ready = reading.done() and bool(reading.result())
    for task in (reading, stopped):
        task.cancel()
    await asyncio.gather(reading, stopped, return_exceptions=True)
    return ready


def _failed(choice: Choice) -> int:
    words = (choice.data / "service.log").read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
    print("rallykeeper demo: the service has ended:", *words, sep="\n  ", file=sys.stderr)
    return 1


async def _end(service: asyncio.subprocess.Process) -> None:
    if service.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            service.terminate()
        try:
            await asyncio.wait_for(service.wait(), _STOP_WITHIN_S)
        except TimeoutError:
            service.kill()
            await service.wait()


def _say(event: Event, place: Place) -> None:
    board = place.links["clerk"].partition("/l/")[0]
    print(f"{event.name}: a simulated rally. Open in a browser:\n\n  Board                {board}/")
    for role, name in (
        ("marshal", "Marshal"),
        ("clerk", "Organizer"),
        ("timekeeper", "Official Timekeeper"),
    ):
        print(f"  {name:<20} {place.links[role]}")
    print("\nCtrl-C ends it; the next start can go on from there.", flush=True)


if __name__ == "__main__":
    sys.exit(main())

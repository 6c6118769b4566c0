"""The commands that need no running service: check, init, results, explain, replay, access.

Each returns its exit status: 0 fine, 1 something is wrong, 2 misused.
"""

import argparse
import asyncio
import contextlib
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from dashboard import phone_command, proof_commands, sheet_command
from dashboard.access import AccessStore
from dashboard.board import Scene, public_car, result_rows
from dashboard.derivations import derivation_row
from dashboard.document_store import FOLDER, kept_results
from dashboard.documents.qr import qr_svg
from dashboard.messages import Json, plain
from dashboard.standings import standing_rows
from dashboard.tables import (
    RESULT_COLUMNS,
    STANDING_COLUMNS,
    result_table,
    safe_cell,
    standing_table,
    text_table,
)
from timing.clock import SystemClock
from timing.core.decisions import Role
from timing.core.event import Event
from timing.core.official_fold import OfficialFold
from timing.core.positions import Tracking
from timing.core.records import Record
from timing.core.results import Step
from timing.event_folder import load_event
from timing.folder_template import write_template
from timing.garbage import without_collecting
from timing.journal.export import append_records, is_export, read_records
from timing.journal.journal import JournalError, open_journal, read_beside
from timing.signatures import KeyFileError, ensure_key, key_file

FINE, WRONG, MISUSED = 0, 1, 2
RUN_FILE = "run.json"

#: Reads a file of readings and decisions that was written by hand, for an event.
Written: TypeAlias = Callable[[Iterable[bytes], Event], Iterator[Record]]


def data_folder(options: argparse.Namespace) -> Path:
    """Return where the event's journal lies: `--data`, else `data` in the event folder."""
    return Path(options.data) if options.data else Path(options.folder) / "data"


def load(folder: Path, decoders: Iterable[str] = ()) -> Event | None:
    """Load an event folder; print its problems to stderr. None when it cannot be run."""
    loaded = load_event(folder, decoders)
    for problem in loaded.problems:
        print(problem, file=sys.stderr)
    return loaded.event


def check(options: argparse.Namespace, decoders: Iterable[str]) -> int:
    """Print every problem of an event folder."""
    loaded = load_event(Path(options.folder), decoders)
    if options.json:
        rows = [
            {
                "file": problem.file,
                "line": problem.line,
                "found": problem.found,
                "expected": problem.expected,
                "severity": problem.severity.value,
            }
            for problem in loaded.problems
        ]
        print(json.dumps({"ok": loaded.event is not None, "problems": rows}, ensure_ascii=False, indent=1))
    else:
        for problem in loaded.problems:
            print(problem)
        if loaded.event is not None:
            print(_summary(loaded.event))
    return FINE if loaded.event is not None else WRONG


def _summary(event: Event) -> str:
    road = event.itinerary
    parts = (
        f"{len(event.entries.by_number)} cars",
        f"{len(road.legs)} legs",
        f"{len(road.controls)} controls",
        f"{len(road.stages)} stages and tests",
        f"{len(event.devices)} devices",
    )
    return f"{event.name}: {', '.join(parts)}; preset {event.preset.name}"


def init(options: argparse.Namespace) -> int:
    """Write an example event into a folder."""
    try:
        written = write_template(Path(options.folder))
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return WRONG
    if options.json:
        print(json.dumps([str(path) for path in written]))
    else:
        for path in written:
            print(path)
    return FINE


def results(options: argparse.Namespace, written: Written) -> int:
    """Print a classification or a stage's results, from the journal as it is now."""
    scene = _scene(options, written)
    if scene is None:
        return WRONG
    wanted, form = options.scope, "json" if options.json else options.format
    listed = wanted in scene.event.itinerary.stages or wanted in scene.rally.scopes()
    if form == "pdf" or not listed:
        return _sheet(options, scene, written, form)
    cars = {
        number: plain(public_car(scene, entry, 0)) for number, entry in scene.event.entries.by_number.items()
    }
    rows: dict[str, Json]
    columns: tuple[str, ...]
    if wanted in scene.event.itinerary.stages:
        rows = plain(result_rows(scene, scene.event.itinerary.stages[wanted]))
        columns, table = RESULT_COLUMNS, result_table(rows, cars)
    else:
        rows = plain(standing_rows(scene.rally, wanted))
        columns, table = STANDING_COLUMNS, standing_table(rows, cars)
    with _output(options) as out:
        _print_table(out, form, columns, table, rows)
    return FINE


def _sheet(options: argparse.Namespace, scene: Scene, written: Written, form: str) -> int:
    """Write a sheet for the notice board; lists have no other form than that of their sheet."""
    data, wanted = data_folder(options), options.scope

    def records() -> Iterator[Record]:
        return _records(options, scene.event, written)

    made = sheet_command.sheet(scene, records, wanted, data)
    if made is None:
        names = sheet_command.sheet_names(scene.event, data)
        known = [*scene.rally.scopes(), *scene.event.itinerary.stages, *names]
        print(f"found {wanted!r}, expected one of: {', '.join(known)}", file=sys.stderr)
        return MISUSED
    return FINE if sheet_command.write(options, made, form) else WRONG


@contextlib.contextmanager
def _output(options: argparse.Namespace) -> Iterator[TextIO]:
    if options.output:
        with Path(options.output).open("w", encoding="utf-8", newline="") as file:
            yield file
    else:
        yield sys.stdout


def _print_table(
    out: TextIO, form: str, columns: tuple[str, ...], table: list[list[str]], rows: dict[str, Json]
) -> None:
    if form == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1), file=out)
    elif form == "csv":
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([safe_cell(cell) for cell in row] for row in table)
    else:
        print(text_table(columns, table), file=out)


def explain(options: argparse.Namespace, written: Written) -> int:
    """Print why a crew's result on a stage is what it is."""
    scene = _scene(options, written)
    if scene is None:
        return WRONG
    if options.stage not in scene.event.itinerary.stages or options.car not in scene.event.entries.by_number:
        print(f"there is no car {options.car!r} on a stage {options.stage!r}", file=sys.stderr)
        return MISUSED
    explanation = scene.rally.explain(options.stage, options.car)
    if options.json:
        told = {
            "line": explanation.line,
            "derivation": derivation_row(explanation.derivation),
            "steps": [_step(step) for step in explanation.steps],
        }
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(explanation.line)
        for line in _lines(explanation.steps, 0):
            print(line)
    return FINE


def _step(step: Step) -> dict[str, Any]:
    return {
        "what": step.what,
        "value": step.value,
        "records": list(step.records),
        "steps": [_step(inner) for inner in step.steps],
    }


def _lines(steps: Iterable[Step], depth: int) -> Iterator[str]:
    for step in steps:
        value = f": {step.value}" if step.value else ""
        origin = f"  [{', '.join(f'#{seq}' for seq in step.records)}]" if step.records else ""
        yield f"{'  ' * depth}{step.what}{value}{origin}"
        yield from _lines(step.steps, depth + 1)


def _scene(options: argparse.Namespace, written: Written) -> Scene | None:
    """Fold the journal of an event, or a journal named with `--journal`, also beside a running service."""
    event = load(Path(options.folder))
    if event is None:
        return None
    # As on the board: what is certified or issued stands.
    fold = OfficialFold(event, kept_results(data_folder(options) / FOLDER, event), lines=False)
    try:
        with without_collecting():
            fold.advance(_records(options, event, written))
    except (JournalError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return None
    return Scene(event, fold.rally, Tracking(event), {}, fold.publications.published)


def _records(options: argparse.Namespace, event: Event, written: Written) -> Iterator[Record]:
    source = Path(options.journal) if options.journal else data_folder(options)
    if source.suffix == ".jsonl":
        yield from _lines_of(source, event, written)
    elif source.exists():
        yield from read_beside(source)


def _lines_of(source: Path, event: Event | None, written: Written) -> Iterator[Record]:
    """Read exported lines, or lines written by hand, for which the event has to be known."""
    with source.open("rb") as lines:
        exported = is_export(next((line for line in lines if line.strip()), b'{"seq":'))
        lines.seek(0)
        if exported:
            yield from read_records(lines)
        elif event is not None:
            yield from written(lines, event)
        else:
            raise ValueError(f"{source}: no exported journal; a file written by hand needs --event FOLDER")


def replay(options: argparse.Namespace, written: Written) -> int:
    """Bring the records of an exported journal, or lines written by hand, into a (new) journal."""
    event = load(Path(options.event)) if options.event else None
    if options.event and event is None:
        return WRONG
    records, data = _lines_of(Path(options.journal), event, written), data_folder(options)
    status = asyncio.run(_replay(records, data, as_json=options.json))
    if status is FINE and event is not None and (options.key or key_file(data).exists()):
        return proof_commands.write_documents(event, data, options.key)
    return status


async def _replay(records: Iterable[Record], data: Path, *, as_json: bool) -> int:
    try:
        journal = open_journal(data)
        try:
            count = await append_records(journal, records)
        finally:
            await journal.close()
    except (JournalError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return WRONG
    print(json.dumps({"records": count}) if as_json else f"{count} records taken into {data}")
    return FINE


def access(options: argparse.Namespace) -> int:
    """Give a person a link, list people, or end somebody's access; also while the service runs."""
    data = data_folder(options)
    data.mkdir(parents=True, exist_ok=True)
    if options.qr and not (options.device or options.url or _base(data)):
        # Before anything is given out: a link is told once.
        print("no service runs on this folder: name the address of the pages with --url", file=sys.stderr)
        return WRONG
    store = AccessStore(data, SystemClock().now)
    try:
        if options.device:
            return _phone(options, store, _base(data))
        if options.revoke:
            return _said(options, store.revoke(options.revoke), {"revoked": options.revoke})
        if options.renew:
            token = store.renew(options.renew)
            return _handed(options, data, token, {"id": options.renew})
        if not options.name:
            _list_people(options, store)
            return FINE
        roles = [Role(role) for role in options.role or ["marshal"]]
        if Role.TIMEKEEPER in roles:
            # Their documents are signed from the first one on: the key is made with the office.
            ensure_key(Path(options.key) if options.key else key_file(data))
        person, token = store.add(options.name, roles, options.control or [])
        return _handed(options, data, token, {"id": person.id, "name": person.name})
    except KeyFileError as error:
        print(error, file=sys.stderr)
        return WRONG
    finally:
        store.close()


def _said(options: argparse.Namespace, done: bool, answer: dict[str, str]) -> int:
    if not done:
        print("there is nobody with this id", file=sys.stderr)
        return WRONG
    print(json.dumps(answer, ensure_ascii=False) if options.json else "  ".join(answer.values()))
    return FINE


def _list_people(options: argparse.Namespace, store: AccessStore) -> None:
    people = store.people()
    if options.json:
        rows = [
            {
                "id": person.id,
                "name": person.name,
                "roles": sorted(role.value for role in person.roles),
                "controls": list(person.controls),
                "revoked": person.revoked,
            }
            for person in people
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for person in people:
        roles = ", ".join(sorted(role.value for role in person.roles))
        posted = f" at {', '.join(person.controls)}" if person.controls else ""
        print(f"{person.id}  {person.name}: {roles}{posted}{' (ended)' if person.revoked else ''}")


def _phone(options: argparse.Namespace, store: AccessStore, base: str) -> int:
    event = load(Path(options.folder))
    if event is None:
        return WRONG
    trackers = (entry.tracker for entry in event.entries.by_number.values() if entry.tracker)
    return phone_command.give(options, store, base, (*event.devices, *trackers))


def _handed(options: argparse.Namespace, data: Path, token: str | None, who: dict[str, str]) -> int:
    """Tell a new link once: with the address named, else that of the running service, else the path alone."""
    link = f"{(options.url or _base(data)).rstrip('/')}/l/{token}"
    said = _said(options, token is not None, {**who, "link": link})
    if token is not None and options.qr:
        try:
            Path(options.qr).write_text(qr_svg(link), encoding="utf-8")
        except OSError as error:
            # The link itself has been told, and holds.
            print(f"no code was written: {error}", file=sys.stderr)
            return WRONG
    return said


def _base(data: Path) -> str:
    """Return the address of the service that runs on a data folder, empty when none does."""
    try:
        return str(json.loads((data / RUN_FILE).read_text())["url"])
    except (OSError, ValueError, KeyError):
        return ""

"""Sheets from the command line, without a service: results, lists and signed documents."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from dashboard.board import Scene, public_car, result_rows, stage_row
from dashboard.document_store import FOLDER, document_path
from dashboard.documents.content import sheet_of, sheet_of_file
from dashboard.documents.corrections import corrections
from dashboard.documents.lists import list_names
from dashboard.documents.live import Seen, live_list, live_stage
from dashboard.documents.sheet import Sheet, linked
from dashboard.documents.sheet_pdf import Paper, TypesetError, sheet_pdf
from dashboard.documents.sheet_text import sheet_csv, sheet_json
from dashboard.messages import Json, plain
from dashboard.standings import standing_rows
from dashboard.tables import text_table
from timing.core.event import Event
from timing.core.instant import SECOND, floor_to
from timing.core.records import Record

CORRECTIONS = "corrections"


def sheet_names(event: Event, data: Path) -> list[str]:
    """Return the names of the lists of an event, and of the documents in a data folder."""
    documents = sorted(
        path.name.removesuffix(".json")
        for path in (data / FOLDER).glob("*.json")
        if not path.name.endswith(".results.json")
    )
    return [*list_names(event), CORRECTIONS, *documents]


def sheet(scene: Scene, records: Callable[[], Iterable[Record]], wanted: str, data: Path) -> Sheet | None:
    """Return the sheet of a stage, a classification, a list or a signed document; None if there is none.

    Args:
        scene: the rally as its journal tells it.
        records: reads that journal.
        wanted: its name.
        data: the data folder, where signed documents lie.
    """
    file = document_path(data / FOLDER, wanted)
    if file.is_file():
        signed: Json = json.loads(file.read_bytes())
        return sheet_of_file(signed)
    event = scene.event
    # What is as of no record is as of the first morning.
    begin = event.time.at(event.first_day, 0)
    at = max((record.received_at for record in records()), default=begin)
    seen = Seen(
        event=event,
        at=floor_to(at, SECOND),
        cars={
            number: plain(public_car(scene, entry, 0)) for number, entry in event.entries.by_number.items()
        },
        stages={stage.id: plain(stage_row(scene, stage)) for stage in event.itinerary.stages.values()},
    )
    lists = list_names(event)
    if wanted in event.itinerary.stages:
        stage = event.itinerary.stages[wanted]
        return sheet_of(live_stage(seen, stage, plain(result_rows(scene, stage))))
    if wanted in scene.rally.scopes():
        return sheet_of(live_list(seen, wanted, plain(standing_rows(scene.rally, wanted))))
    if wanted in lists:
        return lists[wanted](seen, scene.rally)
    return corrections(seen, records()) if wanted == CORRECTIONS else None


def write(options: argparse.Namespace, made: Sheet, form: str) -> bool:
    """Write a sheet to `--output`, else to the standard output; return whether it could be set."""
    if form == "json":
        text = json.dumps(sheet_json(made), ensure_ascii=False, indent=1).encode() + b"\n"
    elif form == "pdf":
        try:
            text = sheet_pdf(linked(made, options.link or ""), Paper(options.paper))
        except TypesetError as error:
            print(error, file=sys.stderr)
            return False
    else:
        text = (sheet_csv(made) if form == "csv" else _in_words(made)).encode()
    if options.output:
        Path(options.output).write_bytes(text)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    return True


def _in_words(made: Sheet) -> str:
    """A sheet for a terminal."""
    said = [f"{made.title} ({made.state_text}, {made.at_text})"]
    for block in made.blocks:
        heads = [column.head for column in block.columns]
        said += ["", block.title, text_table(heads, block.lines) if block.lines else block.empty]
    said += ["", *(f"{mark} {meaning}" for mark, meaning in made.legend), *made.notes]
    return "\n".join(said).rstrip() + "\n"

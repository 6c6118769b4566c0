"""Writes docs/devices.md: every protocol of the catalogue, what it is in a rally and on what its word rests.

    python -m devices.device_book docs/devices.md

Everything comes from the catalogue and from the docstrings of the decoders.
"""

import argparse
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from devices import fix_stages
from devices.catalogue import DECODERS
from devices.decoder_kind import DecoderKind, Part, Tried
from devices.decoders import line_forms
from timing.core.instant import MILLISECOND, SECOND, Duration

#: A table in a docstring has three: above, below its heading, below.
_RULES = 3

_HEAD = """\
# The devices

This page is made by `make docs` from `devices/catalogue.py` and the docstrings of the decoders; a test fails
when it says anything else.

An event names its devices in `rally.toml`. A wired timer at a stage finish, a tracker behind a server of the
organizer's, a box of home-made electronics that prints a line for each impulse:

```toml
[[devices]]
id = "SS1-FF"
decoder = "alge_timy"
link = "serial:/dev/ttyUSB0?baud=9600"   # "tcp:HOST:PORT", "mqtt" behind a gateway, "listen:PORT"
clock = "rally"                          # what its time of day is: rally, utc, gps or +02:00
assignments = [{ control = "SS1.FF", channel = "C1", line = "A" }]

[[devices]]
id = "trackers"
decoder = "traccar"
topic = "positions"                      # where the server publishes

[[devices]]
id = "gate-3"
decoder = "line"
link = "serial:/dev/ttyACM0?baud=115200"
template = "{time};{channel};{number}"   # see the fields below
assignments = [{ control = "PC4" }]      # all channels
```

- A *channel* is what the device calls its input; a dated assignment says which control it serves, and as
  which line.
- A device that names transponders, chips, cards or trackers names a car by the column `tracker` of
  `entries.csv`. One that is in no row is kept, and offered to a person.
- `listen:PORT` is for what connects to us (fixed trackers); it is let in by its id, and told that a packet
  has arrived once the journal holds it. The port has no password: open it to the trackers' network alone.
- A time of day without a date gets the date that puts it nearest to its arrival.
- What is damaged, or cannot be, is refused with its bytes and the reason, and stands on the officials' desk.
"""

_CHECKS = """
## How far positions are believed

A position goes through these stages in this order (`devices/fix_stages.py`). One that is doubted is kept in
quarantine with its bytes and the reason, is counted by its reason on the desk's row of its device, and moves
no car. What a stage did is counted by stage and reason in `/metrics` (`rallykeeper_fix_checks_total`).

{table}

A device of the register may have bounds of its own, and what an official has decided about it; the trackers
behind a server have those of the server, unless they stand in the register themselves:

```toml
[[devices]]
id = "T17"

[devices.checks]
ahead_s = 5              # how far its clock may be ahead of ours, 0 to 60; else by its protocol
oldest_days = 7          # how late it may send what is not of the rally's own days
worst_accuracy_m = 100   # what is less exact comes from a radio cell
top_speed_kmh = 250
margin_km = 20           # how far around the routes
shift = "+02:00"         # its clock shows local time: taken off its times
repair_weeks = true      # put back the 1024 weeks that its receiver lost
speed_scale = 0.5144     # what its speeds are multiplied by
```

Nothing is put right by itself: the reason in quarantine offers what may help, and an official writes it here.
"""

_ADD = """
## How to add one

1. Write `devices/decoders/NAME.py`: a class with `feed` and `flush` (see `Decoder` in
   `devices/decoders/__init__.py`), pure, one protocol a file. `LineDecoder` (lines.py) does the framing of
   text lines, `PacketDecoder` (binary.py) that of binary packets. Its docstring begins with a title, then
   *In a rally:*, a table of the frame, what is peculiar, and *Source:*; this page is made of it.
2. A line in `devices/catalogue.py` with what it is, how it is connected, and on what its word rests.
3. A capture in `tests/devices/captures/NAME.bin` (text lines), `.hex` (a packet a line), `.jsonl` or `.txt`
   (a message a line), written by hand from the grammar or recorded from your own unit.
   `test_every_decoder.py` and `test_fuzz.py` take it from there: whole, byte by byte, cut anywhere, with
   noise, damaged.
4. `tests/devices/decoders/test_NAME.py` for what only this protocol does: corrections, keys, memory,
   midnight.
5. `make docs`, and `python -m tests.bench.fuzz_decoders NAME` for two hundred thousand damaged frames.

A log of your unit helps even if you do not write Python: keep the bytes as they came, with the time of each
line's arrival, and say which impulses were real.
"""


def device_book() -> str:
    """Return the whole page."""
    checks = _CHECKS.replace("{table}", _stages())
    return "".join((_HEAD, *_overview(), *_words(), *_details(), checks, _ADD))


def _stages() -> str:
    """Return the table of the stages as Markdown."""
    lines = (inspect.getdoc(fix_stages) or "").splitlines()
    rules = [at for at, line in enumerate(lines) if line.startswith("==")]
    return "\n".join(_table(lines[rules[0] : rules[-1] + 1]))


def _overview() -> Iterator[str]:
    yield "\n## Overview\n\n"
    yield "| `decoder` | device | part in a rally | connected by | resolution | names the car | tried |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for name, kind in DECODERS.items():
        cells = (
            f"[`{name}`](#{_anchor(name, kind)})",
            kind.title,
            ", ".join(kind.parts),
            kind.transport,
            _grain(kind.resolution),
            "yes" if kind.carries_number else "no",
            str(kind.tried),
        )
        yield f"| {' | '.join(cells)} |\n"


def _words() -> Iterator[str]:
    meanings = {
        Tried.CAPTURE: "decodes what real units sent, or what another program's tests took from real units.",
        Tried.MANUAL: "written from the maker's own description, with its examples; no capture of a unit.",
        Tried.UNVERIFIED: "written from what others wrote about it: try it with your unit first.",
    }
    yield "\n"
    yield from (f"- *{word}*: {meanings[word]}\n" for word in Tried)
    yield f"- parts: {', '.join(Part)}.\n"


def _details() -> Iterator[str]:
    for name, kind in DECODERS.items():
        yield f"\n## {_heading(name, kind)}\n\n"
        title, _, rest = documentation(kind).partition("\n\n")
        yield f"{' '.join(title.split())}\n\n{_markdown(rest)}\n"
        if name == "line":
            yield f"\n### Templates\n\n{_markdown(inspect.getdoc(line_forms) or '')}\n"


def documentation(kind: DecoderKind) -> str:
    """Return what a decoder's file says about its protocol.

    Raises:
        ValueError: it says nothing.
    """
    module = inspect.getmodule(kind.make)
    text = inspect.getdoc(module) if module is not None else None
    if not text:
        raise ValueError(f"the decoder of {kind.title} says nothing about its protocol")
    return text


def _markdown(text: str) -> str:
    """Return a docstring as Markdown, its tables too."""
    parts: list[str] = []
    table: list[str] = []
    for line in text.splitlines():
        rule = line.startswith("==") and set(line) == {"=", " "}
        if not rule and not table:
            parts.append(line.replace("``", "`"))
            continue
        table.append(line)
        if rule and sum(row.startswith("==") for row in table) == _RULES:
            parts += _table(table)
            table = []
    return "\n".join(parts)


def _table(lines: list[str]) -> Iterator[str]:
    """Yield a table of a docstring, whose columns are where the signs = of its rules are, as Markdown."""
    spans = [(found.start(), found.end()) for found in re.finditer("=+", lines[0])]
    rows: list[list[str]] = []
    for line in lines[1:-1]:
        if line.startswith("=="):
            rows.append(["---"] * len(spans))
            continue
        cells = _cells(line, spans)
        if cells[0] or len(rows) < 1 or rows[-1][0] == "---":
            rows.append(cells)
        else:
            rows[-1] = [" ".join(part for part in pair if part) for pair in zip(rows[-1], cells, strict=True)]
    for row in rows:
        yield f"| {' | '.join(cell.replace('``', '`').replace('|', chr(92) + '|') for cell in row)} |"


def _cells(line: str, spans: list[tuple[int, int]]) -> list[str]:
    """Return the cells of a line; the last one may be longer than its rule.

    Raises:
        ValueError: another cell is.
    """
    ends = [end for _, end in spans[:-1]] + [len(line)]
    for end in ends[:-1]:
        if line[end : end + 1].strip():
            raise ValueError(f"a cell that is wider than its column: {line}")
    return [line[start:end].strip() for (start, _), end in zip(spans, ends, strict=True)]


def _heading(name: str, kind: DecoderKind) -> str:
    return f"{name}: {kind.title}"


def _anchor(name: str, kind: DecoderKind) -> str:
    """Return the anchor that a heading gets on the page of a repository."""
    text = _heading(name, kind).lower()
    return "".join(sign for sign in text.replace(" ", "-") if sign.isalnum() or sign in "-_")


def _grain(resolution: Duration) -> str:
    if resolution >= SECOND:
        return f"{resolution // SECOND} s"
    if resolution % MILLISECOND == 0:
        return f"{resolution // MILLISECOND} ms"
    return f"{resolution} µs"


def main() -> None:
    """Write the page to the file that the command line names."""
    arguments = argparse.ArgumentParser(description="Write all devices as one page.")
    arguments.add_argument("file", type=Path)
    # Made whole before the file is touched: a broken catalogue leaves the old page as it is.
    page = device_book()
    arguments.parse_args().file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()

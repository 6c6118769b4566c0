"""What goes wrong between a device and us: bytes damaged on a wire, messages that make no sense.

Each fault costs at most the line or message it happens to. All are seeded and pure, so that a test or
a rehearsal can ask for exactly the trouble it wants.
"""

import json
import random
from collections.abc import Callable, Sequence

from timing.core.instant import DAY, MINUTE, SECOND, Duration, Instant, format_instant

#: The 10-bit week counter of the GPS signal comes round after this.
WEEK_ROLLOVER: Duration = 1024 * 7 * DAY

Mangle = Callable[[bytes, random.Random], bytes]


def truncated(line: bytes, chance: random.Random) -> bytes:
    """Lose the end of a line, its terminator too: it runs into the next one."""
    return line[: chance.randrange(1, max(2, len(line) - 1))]


def noisy(line: bytes, chance: random.Random) -> bytes:
    """Turn one byte into another, as a bad ground does on a long cable."""
    if len(line) < 2:
        return line
    at = chance.randrange(len(line) - 1)
    return line[:at] + bytes([line[at] ^ (1 << chance.randrange(8)) or 0x80]) + line[at + 1 :]


def line_feed_only(line: bytes, chance: random.Random) -> bytes:
    """End a line by LF, as a converter in between does."""
    return line.replace(b"\r", b"\n")


def carriage_return_line_feed(line: bytes, chance: random.Random) -> bytes:
    """End a line by CR LF."""
    return line.replace(b"\r", b"\r\n")


def small_letters(line: bytes, chance: random.Random) -> bytes:
    """Print the channel in small letters, as the manual shows it."""
    return line.replace(b" C", b" c")


def decimal_comma(line: bytes, chance: random.Random) -> bytes:
    """Print a comma before the fraction, as some countries' settings do."""
    return line.replace(b".", b",")


#: After these the line still says what it said.
HARMLESS: Sequence[Mangle] = (line_feed_only, carriage_return_line_feed, small_letters, decimal_comma)
#: After these it may be lost, but nothing else is, but for the line that follows a lost end.
HARMFUL: Sequence[Mangle] = (truncated, noisy)


def bad_fixes(at: Instant, lat: float, lon: float) -> dict[str, bytes]:
    """Return messages of a tracker that must move no car, by what is wrong with them."""
    good: dict[str, object] = {"at": format_instant(at), "lat": lat, "lon": lon, "acc": 4.0}
    wrong: dict[str, dict[str, object]] = {
        "null_island": {**good, "lat": 0.0, "lon": 0.0},
        "future": {**good, "at": format_instant(at + 10 * MINUTE)},
        "week_rollover": {**good, "at": format_instant(at - WEEK_ROLLOVER)},
        "radio_cell": {**good, "acc": 3_000.0},
        "jump": {**good, "at": format_instant(at + SECOND), "lat": lat + 0.05},
    }
    messages = {name: json.dumps(fix).encode() for name, fix in wrong.items()}
    messages["no_latitude"] = json.dumps({"at": good["at"], "lon": lon}).encode()
    messages["no_json"] = b'{"at":"2024-04-2'
    messages["not_utf8"] = b"\xff\xfe\x00"
    return messages

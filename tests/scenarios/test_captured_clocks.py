"""What clocks of four makes once sent, each on a wire of its own at the same time, into one journal.

What is expected is read from the captures by the shortest means, not by the decoders under test.
"""

from collections import Counter
from pathlib import Path

import pytest

from devices.broker import Broker
from tests.scenarios.running import clock_table, serving
from tests.scenarios.test_real_captures import wired, write_event
from tests.scenarios.wires import Wire
from timing.core.instant import parse_instant
from timing.core.readings import Stamp, StampMark
from timing.journal.journal import read_beside

#: How each passing begins in the loop's capture.
_RECORD = bytes.fromhex("8e0233")


@pytest.mark.timeout(90)
async def test_clocks_of_four_makes_speak_at_once_and_not_a_passing_is_missing(
    nats: Broker, samples: Path, tmp_path: Path
) -> None:
    rei2 = (samples / "microgate" / "rei2_raw_20160406.bin").read_bytes()
    cp520 = b"\r".join((samples / "tagheuer" / "cp520_capture_2016.txt").read_bytes().splitlines()) + b"\r"
    cp540 = (samples / "tagheuer" / "cp540_thcom08_frames.txt").read_bytes()
    loop = bytes.fromhex(
        (samples / "amb_p3" / "p3_capture_2019-03-02.hex").read_text("ascii").replace("\n", "")
    )
    said = {"rei2": rei2, "cp520": cp520, "cp540": cp540, "loop": loop}
    kinds = {"rei2": "microgate_rei2", "cp520": "tag_cp520", "cp540": "tag_cp540", "loop": "mylaps_p3"}
    # They were set to times of day all around the clock; here all are within the twelve hours before.
    set_to = {"rei2": "+01:00", "cp520": "-02:00", "cp540": "+08:00", "loop": "utc"}
    registered = "".join(wired(name, kinds[name], clock=set_to[name]) for name in said)
    folder = write_event(tmp_path / "event", "2016-04-06", "Europe/London", registered)
    data = tmp_path / "data"
    wires = {name: Wire(data / "ports" / name) for name in said}
    for wire in wires.values():
        wire.plug()
    impulses = {
        "rei2": len({line[3:] for line in rei2.split(b"\x10") if line[28:29] in (b"0", b"a")}),
        "cp520": len({line for line in cp520.split(b"\r") if line.startswith(b"T")}),
        "cp540": sum(line[:2] in (b"AN", b"TN", b"T+") for line in cp540.splitlines()),
        "loop": loop.count(_RECORD),
    }
    table = clock_table(tmp_path / "clock.json", parse_instant("2016-04-06T13:00:00Z"))
    async with serving(folder, data, "--broker", nats.url(), "--clock-table", str(table)) as service:
        await service.sign_in()
        await service.until(
            lambda state: all(state["links"][f"serial:{wire.port}"]["up"] for wire in wires.values())
        )
        for name, wire in wires.items():
            await wire.say(said[name])
        await service.until(lambda state: state["quarantine"]["count"] >= impulses["loop"])
        state = await service.until(
            lambda state: all(
                state["devices"].get(name, {}).get("heard") for name in ("rei2", "cp520", "cp540")
            )
        )
    for wire in wires.values():
        wire.unplug()
    stamps = [record.body for record in read_beside(data) if isinstance(record.body, Stamp)]
    # The loop was recorded three years later: its passings are kept, and believed by nobody.
    assert {row["reason"] for row in state["quarantine"]["latest"].values()} == {"future"}
    assert state["quarantine"]["count"] == impulses.pop("loop")
    assert Counter(stamp.device for stamp in stamps) == impulses
    by_hand = sum(StampMark.MANUAL in stamp.marks for stamp in stamps if stamp.device == "cp520")
    assert by_hand == len({line for line in cp520.split(b"\r") if line.startswith(b"T") and b" M" in line})

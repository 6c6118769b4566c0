"""Where the legs of a time-speed-distance rally are timed is known to officials alone."""

import re
from pathlib import Path
from typing import Any

from timing.core.instant import HOUR, MINUTE
from timing.core.readings import Source, Stamp
from timing.event_folder import load_event

TSD = Path(__file__).parents[1] / "events" / "tsd-hundredth"


async def test_where_tsd_legs_are_timed_is_in_no_public_answer(run: Any) -> None:
    loaded = load_event(TSD)
    assert loaded.event is not None
    running = await run(event=loaded.event, now="2026-09-12T18:00:00Z")
    out = loaded.event.time.at(loaded.event.first_day, 10 * HOUR + MINUTE)
    for n, (control, at) in enumerate((("R1", out), ("CP1", out + 5 * MINUTE), ("CP2", out + 11 * MINUTE))):
        source = Source.M if control == "R1" else Source.A
        await running.give(Stamp(device="m", control=control, source=source, car="1", at=at, boot=1, n=n))
    paths = ["live", "itinerary", "cars/1", "rally", "stages/L1/results", "positions", "why/L1/1"]
    async with running.client("spectator") as client, running.client("timekeeper") as official:
        for path in paths:
            answer = await client.get(f"/api/{path}")
            assert answer.status_code == 200, path
            assert not re.search(r"CP\d", answer.text), path
        assert "R2" in (await client.get("/api/itinerary")).text
        assert "CP1" in (await official.get("/api/itinerary")).text
        assert "CP1" in (await official.get("/api/why/L1/1")).text

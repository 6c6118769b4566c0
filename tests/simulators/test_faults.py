import random

import pytest

from devices.catalogue import DECODERS
from devices.decoders import DecoderContext
from simulators.faults import HARMFUL, HARMLESS, Mangle, bad_fixes
from timing.core.instant import Instant, parse_instant
from timing.core.readings import Stamp

NOW = parse_instant("2024-04-21T10:00:00Z")
LINES = [f" {n:04d} C1  10:00:{n:02d}.1234 00\r".encode() for n in range(1, 41)]


def stamps(data: bytes) -> dict[str | None, Instant]:
    decoder = DECODERS["alge_timy"].make(DecoderContext(device="t", clock_offset=0))
    return {read.car: read.at for read in decoder.feed(data, NOW) if isinstance(read, Stamp)}


@pytest.mark.parametrize("mangle", HARMLESS, ids=lambda mangle: mangle.__name__)
def test_a_harmless_fault_changes_nothing_that_is_read(mangle: Mangle) -> None:
    chance = random.Random(1)
    assert stamps(b"".join(mangle(line, chance) for line in LINES)) == stamps(b"".join(LINES))


@pytest.mark.parametrize("mangle", HARMFUL, ids=lambda mangle: mangle.__name__)
@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_line_costs_itself_and_at_most_the_next(mangle: Mangle, seed: int) -> None:
    chance = random.Random(seed)
    damaged = [mangle(line, chance) if i == 20 else line for i, line in enumerate(LINES)]
    whole, left = stamps(b"".join(LINES)), stamps(b"".join(damaged))
    untouched = [at for car, at in whole.items() if car not in {f"{n:04d}" for n in (20, 21, 22)}]
    assert set(untouched) - set(left.values()) <= {whole[car] for car in list(whole)[20:22]}


def test_each_bad_fix_is_a_message_of_its_own() -> None:
    messages = bad_fixes(NOW, 33.0, -117.0)
    assert len(set(messages.values())) == len(messages)

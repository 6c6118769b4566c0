"""Damaged frames, a few of the many that `python -m tests.bench.fuzz_decoders` goes through."""

import tracemalloc

import pytest

from devices.catalogue import DECODERS
from devices.decoders.framing import MAX_LINE
from devices.decoders.packets import MOST_DAMAGE
from tests.devices.damage import Outcome, Subject, damage, subjects
from tests.devices.frames import ARRIVAL, CAPTURES, decoder_of

FRAMES = 700
SUBJECTS = subjects()
#: Share of damaged frames from which a reading may come that nobody sent, by what guards a frame: 16 bits of
#: CRC or Fletcher let nothing through here; sums and 8 bits let through swapped signs and one in 256; columns
#: and syntax alone let through other digits.
CRC = {"mylaps_p3", "sportident", "ubx_tim_tm2"}
SUM = {"nmea": 0.03, "chronelec": 0.03, "tag_cp540": 0.03, "ipico": 0.03, "teltonika": 0.01}
NO_GUARD = 0.20


def most_false(name: str) -> float:
    return 0.0 if name in CRC else SUM.get(name, NO_GUARD)


@pytest.fixture(scope="module", params=range(len(SUBJECTS)), ids=[subject.name for subject in SUBJECTS])
def fuzzed(request: pytest.FixtureRequest) -> tuple[Subject, Outcome]:
    subject = SUBJECTS[request.param]
    return subject, damage(subject, FRAMES, seed=7)


def test_every_protocol_is_damaged() -> None:
    assert {subject.name for subject in SUBJECTS} == set(DECODERS)
    assert {decoder_of(path) for path in CAPTURES.iterdir()} == set(DECODERS)


def test_no_damage_raises(fuzzed: tuple[Subject, Outcome]) -> None:
    _, outcome = fuzzed
    assert outcome.frames == FRAMES
    assert outcome.raised == 0, outcome.examples


def test_no_more_is_believed_than_what_guards_a_frame_lets_through(fuzzed: tuple[Subject, Outcome]) -> None:
    subject, outcome = fuzzed
    assert outcome.false <= most_false(subject.name) * FRAMES, outcome.examples


def test_most_damage_is_told(fuzzed: tuple[Subject, Outcome]) -> None:
    _, outcome = fuzzed
    assert outcome.refused > outcome.frames / 3


def test_a_bad_frame_seldom_costs_the_next(fuzzed: tuple[Subject, Outcome]) -> None:
    """A line whose end is lost is one with the next; a box without a time of day needs its first frame."""
    subject, outcome = fuzzed
    assert outcome.lost < outcome.frames * (0.45 if subject.name == "jacircuits" else 0.30)


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def test_a_stream_of_damage_is_not_hoarded(subject: Subject) -> None:
    decoder = subject.fresh()
    broken = b"".join(frame[: len(frame) // 2] for frame in subject.frames)
    for _ in range(3):
        decoder.feed(broken * 20, ARRIVAL)
    tracemalloc.start()
    try:
        for _ in range(40):
            decoder.feed(broken * 20, ARRIVAL)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 40 * (MAX_LINE + MOST_DAMAGE) + 400_000

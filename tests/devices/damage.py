"""Damage to frames as cables, radios and programs do it, and what a decoder makes of it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.decoders import Decoded, Decoder
from tests.devices.frames import ARRIVAL, message_decoder, messages, stream, streams
from timing.core.readings import Rejected, reading_key

Damage = Callable[[random.Random, bytearray], None]


def _flip(rng: random.Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _replace(rng: random.Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] = rng.randrange(256)


def _digit(rng: random.Random, data: bytearray) -> None:
    """What a cable does seldom and a program's fault does often: another digit in the place of one."""
    places = [at for at, sign in enumerate(data) if 0x30 <= sign <= 0x39]
    if places:
        data[rng.choice(places)] = 0x30 + rng.randrange(10)


def _insert(rng: random.Random, data: bytearray) -> None:
    data.insert(rng.randrange(len(data) + 1), rng.randrange(256))


def _delete(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(len(data))]


def _cut(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(1, len(data) + 1) :]


def _behead(rng: random.Random, data: bytearray) -> None:
    del data[: rng.randrange(len(data))]


def _swap(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    data[at - 1], data[at] = data[at], data[at - 1]


def _burst(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    size = rng.randrange(1, 9)
    data[at : at + size] = rng.randbytes(rng.randrange(1, 9))


def _repeat(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    data[at:at] = data[at : at + rng.randrange(1, 20)]


DAMAGES: tuple[Damage, ...] = (
    _flip,
    _replace,
    _digit,
    _insert,
    _delete,
    _cut,
    _behead,
    _swap,
    _burst,
    _repeat,
)


@dataclass(slots=True)
class Outcome:
    """What came of damaged frames: `false` readings nobody sent, `lost` good frames behind a bad one."""

    frames: int = 0
    raised: int = 0
    refused: int = 0
    unharmed: int = 0
    silent: int = 0
    false: int = 0
    lost: int = 0
    by_damage: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[bytes, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """One decoder with its frames: those that introduce the others, and all of them."""

    name: str
    fresh: Callable[[], Decoder]
    frames: tuple[bytes, ...]
    known: frozenset[str]
    whole_messages: bool = False


def subjects() -> list[Subject]:
    """One for each captured stream, and for each kind of captured message."""
    found = [_of_stream(name, frames) for name, frames in streams()]
    by_topic: dict[tuple[str, str], list[bytes]] = {}
    for name, topic, payload in messages():
        by_topic.setdefault((name, topic), []).append(payload)
    return found + [
        _of_messages(name, topic, tuple(payloads)) for (name, topic), payloads in by_topic.items()
    ]


def _of_stream(name: str, frames: tuple[bytes, ...]) -> Subject:
    decoder = stream(name)
    decoded = decoder.feed(b"".join(frames), ARRIVAL) + decoder.flush(ARRIVAL)
    known = _keys(decoded)
    for frame in frames:  # and each by itself, behind nothing that says how to read it
        alone = stream(name)
        known |= _keys(alone.feed(frame, ARRIVAL) + alone.flush(ARRIVAL))
    return Subject(name, lambda: stream(name), frames, frozenset(known))


def _of_messages(name: str, topic: str, payloads: tuple[bytes, ...]) -> Subject:
    known = {
        key for payload in payloads for key in _keys(message_decoder(name, topic).feed(payload, ARRIVAL))
    }
    return Subject(
        name, lambda: message_decoder(name, topic), payloads, frozenset(known), whole_messages=True
    )


def _keys(decoded: Decoded) -> set[str]:
    return {reading_key(item) for item in decoded if not isinstance(item, Rejected)}


def damage(subject: Subject, count: int, seed: int) -> Outcome:
    """Feed so many damaged frames, each to a decoder that knows nothing else, and a good one behind each."""
    rng = random.Random(seed)
    outcome = Outcome()
    good = {frame: _keys(_fed(subject, frame)) for frame in subject.frames}
    sound = [frame for frame, keys in good.items() if keys] or list(subject.frames)
    for _ in range(count):
        frame = bytearray(rng.choice(subject.frames))
        kinds = rng.choices(DAMAGES, k=rng.choice((1, 1, 1, 2, 3)))
        for kind in kinds:
            if frame:
                kind(rng, frame)
        behind = None if subject.whole_messages else rng.choice(sound)
        _judge(subject, outcome, bytes(frame), behind, good, kinds[0].__name__)
    return outcome


def _fed(subject: Subject, *pieces: bytes) -> Decoded:
    decoder = subject.fresh()
    decoded = [item for piece in pieces for item in decoder.feed(piece, ARRIVAL)]
    return decoded + decoder.flush(ARRIVAL)


def _judge(
    subject: Subject,
    outcome: Outcome,
    bad: bytes,
    behind: bytes | None,
    good: dict[bytes, set[str]],
    kind: str,
) -> None:
    outcome.frames += 1
    try:
        decoded = _fed(subject, bad) if behind is None else _fed(subject, bad, behind)
    except Exception as error:  # whatever it is, it is what we look for
        outcome.raised += 1
        outcome.examples.append((bad, f"{type(error).__name__}: {error}"))
        return
    keys = _keys(decoded)
    expected = good[behind] if behind is not None else set()
    told = keys - expected
    outcome.lost += bool(expected - keys)
    outcome.refused += any(isinstance(item, Rejected) for item in decoded)
    invented = told - subject.known
    if invented:
        outcome.false += 1
        outcome.by_damage[kind] += 1
        if len(outcome.examples) < 20:
            outcome.examples.append((bad, next(iter(invented))))
    elif told:
        outcome.unharmed += 1
    elif not any(isinstance(item, Rejected) for item in decoded):
        outcome.silent += 1

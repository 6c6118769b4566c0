import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import pytest

from devices.link import (
    MANY_FLAPS,
    Backoff,
    Deliver,
    Incoming,
    KeptLink,
    LinkError,
    LinkState,
    Opened,
    keep_open,
)
from timing.clock import SteppedClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOTHING = Backoff(first=0.001, most=0.002)


def incoming(payload: bytes) -> Incoming:
    return Incoming(origin="test", device="d", decoder="native", payload=payload, received_at=0)


class Scripted:
    """A link that opens, delivers once and then fails, as often as it is asked."""

    name = "scripted"

    def __init__(self, *, opens: bool = True) -> None:
        self.opens = opens
        self.attempts = 0

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        self.attempts += 1
        if not self.opens:
            raise LinkError("no such port")
        opened()
        await deliver([incoming(b"x")])
        raise LinkError("cable pulled")


async def ignore(batch: Sequence[Incoming]) -> None:
    pass


async def test_a_lost_link_is_opened_again_until_cancelled(wait_until: Wait) -> None:
    link, got = Scripted(), list[Incoming]()

    async def take(batch: Sequence[Incoming]) -> None:
        got.extend(batch)

    task = asyncio.create_task(keep_open(link, take, now=SteppedClock(0).now, backoff=NOTHING))
    await wait_until(lambda: len(got) >= 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_state_tells_since_when_and_why_a_link_is_down(wait_until: Wait) -> None:
    clock, told = SteppedClock(1_000_000), list[LinkState]()
    holder = KeptLink(Scripted(), now=clock.now, on_change=told.append, backoff=Backoff(first=60))
    assert holder.state == LinkState(name="scripted", since=1_000_000)
    task = asyncio.create_task(holder.run(ignore))
    await wait_until(lambda: len(told) == 2)
    up, down = told
    assert (up.up, up.flaps) == (True, 1)
    assert (down.up, down.error, down.since, down.last_heard) == (False, "cable pulled", 1_000_000, 1_000_000)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_since_stays_at_the_loss_while_attempts_fail(wait_until: Wait) -> None:
    clock, link = SteppedClock(5), Scripted(opens=False)
    holder = KeptLink(link, now=clock.now, backoff=NOTHING)
    task = asyncio.create_task(holder.run(ignore))
    await wait_until(lambda: link.attempts > 2)
    clock.advance(1_000_000)
    seen = link.attempts
    await wait_until(lambda: link.attempts > seen + 2)
    assert holder.state.since == 5
    assert holder.state.error == "no such port"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_link_that_opens_again_and_again_says_what_that_means(wait_until: Wait) -> None:
    told = list[LinkState]()
    holder = KeptLink(Scripted(), now=SteppedClock(0).now, on_change=told.append, backoff=NOTHING)
    task = asyncio.create_task(holder.run(ignore))
    await wait_until(lambda: any("duplicate client id" in state.error for state in told))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    first = next(state for state in told if "duplicate client id" in state.error)
    assert first.flaps == MANY_FLAPS + 1


async def test_a_failure_of_the_receiver_ends_the_link_for_good() -> None:
    async def broken(batch: Sequence[Incoming]) -> None:
        raise RuntimeError("the journal is gone")

    link = Scripted()
    with pytest.raises(RuntimeError, match="journal"):
        await keep_open(link, broken, now=SteppedClock(0).now, backoff=NOTHING)
    assert link.attempts == 1


def test_pauses_grow_up_to_a_limit_and_are_spread() -> None:
    backoff, rng = Backoff(first=0.25, most=10), random.Random(7)
    for failures in range(1, 60):
        whole = min(0.25 * 2 ** (failures - 1), 10)
        pauses = [backoff.pause(failures, rng.random()) for _ in range(50)]
        assert all(whole / 2 <= pause <= whole for pause in pauses)
        assert max(pauses) - min(pauses) > whole / 4

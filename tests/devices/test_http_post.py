"""Phones by HTTP: who they are, what they are told, and when."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence

import pytest

from devices.http_post import PHONE_APPS, HttpPostLink, Posted, claims_of, payload_of
from devices.link import Incoming
from timing.ingest import IngestEndedError

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = 1_789_898_400_000_000
SECRETS = {"T17": "s3cret", "T1:8": "pass:word"}
OWNTRACKS = b'{"_type":"location","lat":45.4,"lon":9.1,"tst":1789898400}'


def basic(user: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


class Ingest:
    """Takes what the link delivers, and has it committed when told to."""

    def __init__(self, *, commits: bool = True, ended: bool = False) -> None:
        self.taken: list[Incoming] = []
        self.commits = commits
        self.ended = ended

    async def deliver(self, batch: Sequence[Incoming]) -> None:
        if self.ended:
            raise IngestEndedError("ended")
        self.taken += batch
        if self.commits:
            self.commit()

    def commit(self) -> None:
        for incoming in self.taken:
            assert incoming.ack is not None
            incoming.ack()


def link(ingest: Ingest, patience: float = 5.0, outlast: float = 5.0) -> HttpPostLink:
    return HttpPostLink(
        deliver=ingest.deliver,
        holds=lambda device, secret: SECRETS.get(device) == secret,
        now=lambda: NOW,
        patience=patience,
        outlast=outlast,
    )


async def test_owntracks_gets_an_empty_array_and_its_message_goes_in_under_its_own_name() -> None:
    ingest = Ingest()
    answer = await link(ingest).take("owntracks", headers=basic("T17", "s3cret"), body=OWNTRACKS)
    assert (answer.status, answer.body, answer.media_type) == (200, b"[]", "application/json")
    (incoming,) = ingest.taken
    assert (incoming.origin, incoming.device, incoming.decoder) == ("http:owntracks/T17", "T17", "owntracks")
    assert (incoming.payload, incoming.received_at, incoming.fault) == (OWNTRACKS, NOW, "")


async def test_an_address_with_the_secret_in_it_will_do_for_applications_that_only_have_an_address() -> None:
    ingest = Ingest()
    answer = await link(ingest).take("osmand", named=("T17", "s3cret"), query=b"lat=45.4&lon=9.1")
    assert (answer.status, answer.body) == (200, b"OK\n")
    assert ingest.taken[0].payload == b"lat=45.4&lon=9.1"
    assert b"s3cret" not in ingest.taken[0].payload
    assert "s3cret" not in ingest.taken[0].origin


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("T17", "wrong"),
        basic("T18", "s3cret"),
        {"authorization": "Basic %%%"},
        {"authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"authorization": "Bearer s3cret"},
    ],
)
async def test_a_stranger_is_asked_to_sign_in_and_nothing_is_taken(headers: dict[str, str]) -> None:
    ingest = Ingest()
    answer = await link(ingest).take("owntracks", headers=headers, body=OWNTRACKS)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert not ingest.taken


async def test_a_wrong_secret_in_an_address_is_forbidden_since_there_is_nothing_to_sign_in_with() -> None:
    assert (await link(Ingest()).take("osmand", named=("T17", "wrong"))).status == 403


async def test_an_application_we_do_not_know_has_no_address() -> None:
    assert (await link(Ingest()).take("other", named=("T17", "s3cret"))).status == 404


def test_owntracks_may_sign_in_as_a_person_and_name_the_phone_beside() -> None:
    headers = {**basic("ada", "s3cret"), "x-limit-d": "T17"}
    assert claims_of(Posted(app="owntracks", headers=headers)) == [("ada", "s3cret"), ("T17", "s3cret")]
    same = {**basic("T17", "s3cret"), "x-limit-d": "T17"}
    assert claims_of(Posted(app="owntracks", headers=same)) == [("T17", "s3cret")]


def test_a_form_wins_over_the_query_of_its_address() -> None:
    assert payload_of(Posted(app="osmand", body=b"lat=1", query=b"lat=2")) == b"lat=1"
    assert payload_of(Posted(app="osmand", body=b"\r\n", query=b"lat=2")) == b"lat=2"


async def test_no_answer_comes_before_the_journal_has_it(wait_until: Wait) -> None:
    ingest = Ingest(commits=False)
    asked = asyncio.create_task(
        link(ingest).take("owntracks", headers=basic("T17", "s3cret"), body=OWNTRACKS)
    )
    await wait_until(lambda: bool(ingest.taken))
    done, _ = await asyncio.wait({asked}, timeout=0.05)
    assert not done
    ingest.commit()
    assert (await asyncio.wait_for(asked, 5)).status == 200


@pytest.mark.parametrize("app", [name for name, app in PHONE_APPS.items() if app.keeps])
async def test_a_phone_that_keeps_its_fix_is_told_when_the_journal_does_not_answer(app: str) -> None:
    ingest = Ingest(commits=False)
    answer = await link(ingest, patience=0.05).take(app, named=("T17", "s3cret"), body=OWNTRACKS)
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    ended = await link(Ingest(ended=True)).take(app, named=("T17", "s3cret"), body=OWNTRACKS)
    assert ended.status == 503


@pytest.mark.parametrize("ended", [False, True])
async def test_one_that_would_forget_its_fix_at_any_answer_is_left_waiting_until_it_hangs_up(
    ended: bool,
) -> None:
    ingest = Ingest(commits=False, ended=ended)
    waits = link(ingest, patience=0.01).take("gpslogger", named=("T17", "s3cret"), query=b"lat=45.4&lon=9.1")
    asked = asyncio.create_task(waits)
    done, _ = await asyncio.wait({asked}, timeout=0.2)
    assert not done
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_a_body_too_long_is_kept_by_its_beginning_and_answered_as_taken() -> None:
    ingest = Ingest()
    answer = await link(ingest).take("owntracks", headers=basic("T17", "s3cret"), body=OWNTRACKS, cut=True)
    assert answer.status == 200
    assert "more than" in ingest.taken[0].fault


async def test_a_queue_of_hours_is_taken_at_once_and_a_flood_is_held_back() -> None:
    ingest = Ingest()
    posting = link(ingest)

    async def post() -> int:
        return (await posting.take("osmand", named=("T17", "s3cret"), query=b"lat=45.4&lon=9.1")).status

    loop = asyncio.get_running_loop()
    began = loop.time()
    assert {await post() for _ in range(200)} == {200}
    flood = [asyncio.create_task(post()) for _ in range(60)]
    answers = await asyncio.gather(*flood)
    assert answers.count(503) >= 30, "so many of one phone do not wait here"
    assert answers.count(200) >= 20
    assert loop.time() - began > 0.5, "and those that wait are spread over time"
    other = await posting.take("osmand", named=("T1:8", "pass:word"), query=b"lat=45.4&lon=9.1")
    assert other.status == 200, "another phone does not wait for them"


def test_a_secret_may_hold_colons_where_the_name_does_not() -> None:
    assert claims_of(Posted(app="owntracks", headers=basic("T18", "pass:word"))) == [("T18", "pass:word")]

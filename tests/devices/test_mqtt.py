import asyncio
import gc
import shutil
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.broker import Broker
from devices.link import Incoming, KeptLink, LinkError
from devices.mqtt import BrokerAddress, MqttLink, Route, client_id
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now
ROUTES = (
    Route(filter="rally/mille/fix/+", decoder="native"),
    Route(filter="rally/mille/stamp/+", decoder="native"),
    Route(filter="owntracks/+/+", decoder="owntracks"),
    Route(filter="owntracks/rally/phone12", decoder="owntracks", device="P12"),
)


class Received:
    """Collects what a link delivers; acknowledges at once if told so."""

    def __init__(self, *, acknowledge: bool = True) -> None:
        self.acknowledge = acknowledge
        self.all: list[Incoming] = []
        self._arrivals: asyncio.Queue[Incoming] = asyncio.Queue()

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        for incoming in batch:
            self.all.append(incoming)
            self._arrivals.put_nowait(incoming)
            if self.acknowledge:
                assert incoming.ack is not None
                incoming.ack()

    async def next(self, seconds: float = 10) -> Incoming:
        return await asyncio.wait_for(self._arrivals.get(), seconds)


@asynccontextmanager
async def kept(link: MqttLink, received: Received) -> AsyncIterator[KeptLink]:
    holder = KeptLink(link, now=NOW)
    task = asyncio.create_task(holder.run(received))
    try:
        for _ in range(1000):
            if holder.state.up:
                break
            assert not task.done(), task.exception()
            await asyncio.sleep(0.01)
        assert holder.state.up, holder.state
        yield holder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def service(url: str) -> MqttLink:
    return MqttLink(url=url, client_id="rallykeeper-test", routes=ROUTES, now=NOW)


def sender(url: str, name: str = "sender") -> MqttLink:
    return MqttLink(url=url, client_id=name, routes=(), now=NOW)


async def test_a_message_arrives_with_its_device_decoder_and_origin(broker_url: str) -> None:
    received = Received()
    async with kept(service(broker_url), received), kept(link := sender(broker_url), Received()):
        await link.publish("rally/mille/stamp/gate-1", b'{"at":1}')
        await link.publish("owntracks/rally/phone12", b"{}")
        await link.publish("owntracks/rally/phone13", b"{}")
        arrived = {incoming.topic: incoming for incoming in [await received.next() for _ in range(3)]}
        # A broker keeps the order of one topic, not of several.
        topics = ("rally/mille/stamp/gate-1", "owntracks/rally/phone12", "owntracks/rally/phone13")
        stamp, own, other = (arrived[topic] for topic in topics)
    assert (stamp.device, stamp.decoder, stamp.origin) == (
        "gate-1",
        "native",
        "mqtt:rally/mille/stamp/gate-1",
    )
    assert stamp.payload == b'{"at":1}'
    assert not stamp.retained
    assert (own.device, other.device) == ("P12", "phone13")


async def test_what_was_not_acknowledged_comes_again_after_the_connection_is_lost(broker_url: str) -> None:
    held = Received(acknowledge=False)
    async with kept(service(broker_url), held), kept(link := sender(broker_url), Received()):
        for n in range(3):
            await link.publish("rally/mille/stamp/gate-1", str(n).encode())
        deliveries = [await held.next() for _ in range(3)]
        middle = next(incoming for incoming in deliveries if incoming.payload == b"1")
        assert middle.ack is not None
        middle.ack()
        await asyncio.sleep(0.2)  # lets the PUBACK leave before the connection ends

    again = Received()
    async with kept(service(broker_url), again):
        payloads = {(await again.next()).payload for _ in range(2)}
        assert payloads == {b"0", b"2"}
        with pytest.raises(TimeoutError):
            await again.next(seconds=0.5)

    rest = Received()
    async with kept(service(broker_url), rest):
        with pytest.raises(TimeoutError):
            await rest.next(seconds=4)  # longer than the broker waits before it sends again


async def test_messages_sent_while_the_service_was_away_are_kept_for_it(broker_url: str) -> None:
    async with kept(service(broker_url), Received()):
        pass
    async with kept(link := sender(broker_url), Received()):
        await link.publish("rally/mille/stamp/gate-1", b"while away")
    received = Received()
    async with kept(service(broker_url), received):
        assert (await received.next()).payload == b"while away"


async def test_a_retained_message_says_that_it_is_old(broker_url: str) -> None:
    async with kept(link := sender(broker_url), Received()):
        await link.publish("owntracks/rally/phone12", b"last friday", retain=True)
    received = Received()
    async with kept(service(broker_url), received):
        assert (await received.next()).retained


async def test_a_burst_arrives_whole_and_in_batches(broker_url: str, wait_until: Wait) -> None:
    sizes: list[int] = []
    received = Received()

    async def deliver(batch: Sequence[Incoming]) -> None:
        sizes.append(len(batch))
        await received(batch)
        await asyncio.sleep(0.005)  # as long as a commit may take

    holder = KeptLink(service(broker_url), now=NOW)
    task = asyncio.create_task(holder.run(deliver))
    try:
        async with kept(link := sender(broker_url), Received()):
            await wait_until(lambda: holder.state.up)
            async with asyncio.timeout(20):
                await asyncio.gather(
                    *(link.publish("rally/mille/fix/T.7", str(n).encode()) for n in range(400))
                )
                seen: set[bytes] = set()
                while len(seen) < 400:
                    seen.add((await received.next()).payload)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert seen == {str(n).encode() for n in range(400)}
    assert max(sizes) > 1


async def test_a_failure_of_the_ingest_is_not_taken_for_a_failure_of_the_link(
    nats: Broker, wait_until: Wait
) -> None:
    async def full_disk(batch: Sequence[Incoming]) -> None:
        raise OSError("no space left on device")

    holder = KeptLink(service(nats.url()), now=NOW)
    task = asyncio.create_task(holder.run(full_disk))
    async with kept(link := sender(nats.url()), Received()), asyncio.timeout(10):
        await wait_until(lambda: holder.state.up)
        await link.publish("rally/mille/stamp/gate-1", b"x")
        with pytest.raises(OSError, match="no space"):
            await task


async def test_a_slow_ingest_holds_the_broker_back_and_loses_nothing(
    nats: Broker, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.mqtt_client.MOST_WAITING", 40)
    monkeypatch.setattr("devices.mqtt_client.MOST_IN_BATCH", 10)
    go_on, seen, link = asyncio.Event(), list[bytes](), service(nats.url())

    async def slow(batch: Sequence[Incoming]) -> None:
        await go_on.wait()
        for incoming in batch:
            seen.append(incoming.payload)
            assert incoming.ack is not None
            incoming.ack()

    holder = KeptLink(link, now=NOW)
    task = asyncio.create_task(holder.run(slow))
    async with kept(other := sender(nats.url()), Received()):
        await wait_until(lambda: holder.state.up)
        await asyncio.gather(*(other.publish("rally/mille/fix/T.7", b"%d" % n) for n in range(300)))
        # 40 where the first batch was taken before the rest came, 30 where it was taken from a full queue.
        await wait_until(lambda: link.waiting >= 30)
        await asyncio.sleep(0.3)  # more would have come by now
        held = link.waiting
        assert held in (30, 40)
        await asyncio.sleep(0.3)
        assert link.waiting == held
        go_on.set()
        await wait_until(lambda: len(set(seen)) == 300)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_service_killed_before_it_stored_anything_gets_it_all_again(
    nats: Broker, wait_until: Wait, tmp_path: Path
) -> None:
    victim = (
        "import asyncio, sys\n"
        "from devices.mqtt import MqttLink, Route\n"
        "async def take(batch):\n"
        "    print(len(batch), flush=True)\n"
        "link = MqttLink(url=sys.argv[1], client_id='rallykeeper-test', now=lambda: 0,\n"
        "                routes=[Route(filter='rally/mille/stamp/+', decoder='native')])\n"
        "asyncio.run(link.run(take, lambda: print('open', flush=True)))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", victim, nats.url(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 10) == b"open\n"
    async with kept(other := sender(nats.url()), Received()):
        for n in range(20):
            await other.publish("rally/mille/stamp/gate-1", b"%d" % n)
    taken = 0
    while taken < 20:
        taken += int(await asyncio.wait_for(process.stdout.readline(), 10))
    process.kill()
    await process.wait()
    received = Received()
    async with kept(service(nats.url()), received):
        await wait_until(lambda: {item.payload for item in received.all} == {b"%d" % n for n in range(20)})


@pytest.fixture
async def tls_broker(free_port: Callable[[], int], tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """The address of a broker with TLS, and the file with its certificate."""
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    openssl = shutil.which("openssl")
    if mosquitto is None or openssl is None:
        pytest.skip("no mosquitto or no openssl on this machine")
    port, key, cert = free_port(), tmp_path / "key.pem", tmp_path / "cert.pem"
    made = await asyncio.create_subprocess_exec(
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    key.chmod(0o644)  # the broker may give up its user before it reads it
    config = tmp_path / "tls.conf"
    listener = f"listener {port} 127.0.0.1\nallow_anonymous true\n"
    config.write_text(f"{listener}user root\ncertfile {cert}\nkeyfile {key}\n")
    broker = await asyncio.create_subprocess_exec(
        mosquitto, "-c", str(config), stderr=asyncio.subprocess.DEVNULL
    )
    yield f"mqtts://127.0.0.1:{port}", str(cert)
    broker.terminate()
    await broker.wait()


async def test_a_broker_with_tls_is_used_when_its_certificate_is_known(tls_broker: tuple[str, str]) -> None:
    url, certificate = tls_broker
    received = Received()
    link = MqttLink(url=url, client_id="a", routes=ROUTES, now=NOW, ca_file=certificate)
    async with kept(link, received):
        await link.publish("owntracks/rally/phone12", b"by tls")
        assert (await received.next()).payload == b"by tls"


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves the socket to the GC
async def test_a_broker_with_an_unknown_certificate_is_refused(
    tls_broker: tuple[str, str], wait_until: Wait
) -> None:
    holder = KeptLink(MqttLink(url=tls_broker[0], client_id="b", routes=ROUTES, now=NOW), now=NOW)
    task = asyncio.create_task(holder.run(Received()))
    await wait_until(lambda: "certificate" in holder.state.error.lower())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gc.collect()


async def test_nobody_listening_is_an_error_of_the_link(free_port: Callable[[], int]) -> None:
    link = sender(f"mqtt://127.0.0.1:{free_port()}")
    with pytest.raises(LinkError, match="refused"):
        await link.run(Received(), lambda: None)
    with pytest.raises(LinkError, match="not connected"):
        await link.publish("rally/mille/stamp/gate-1", b"x")


async def test_a_wrong_password_is_an_error_of_the_link(nats: Broker) -> None:
    link = sender(f"mqtt://service:wrong@127.0.0.1:{nats.port}")
    with pytest.raises(LinkError):
        await link.run(Received(), lambda: None)


async def test_a_topic_that_is_no_text_does_not_keep_everybody_out(wait_until: Wait) -> None:
    """Brokers that let such a topic through would send it again at each connection, for ever."""
    publish = (
        struct.pack("!BBH", 0x32, 2 + 13 + 2 + 3, 13) + b"rally/m/fix/\x92" + struct.pack("!H", 7) + b"bad"
    )
    acknowledged, connections = asyncio.Event(), list[asyncio.StreamWriter]()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while header := await reader.read(2):
            body = await reader.readexactly(header[1])
            match header[0] >> 4:
                case 1:
                    writer.write(b"\x20\x02\x00\x00")
                case 8:
                    writer.write(b"\x90\x05" + body[:2] + b"\x01\x01\x01" + publish)
                case 4:
                    assert body == b"\x00\x07"
                    acknowledged.set()
                case _:
                    break
        writer.close()
        await writer.wait_closed()
        connections.remove(writer)

    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    received = Received()
    async with server, kept(service(f"mqtt://127.0.0.1:{port}"), received):
        incoming = await received.next()
        await asyncio.wait_for(acknowledged.wait(), 5)
    await wait_until(lambda: not connections)
    assert incoming.decoder == ""
    assert incoming.payload == b"bad"
    assert "\\x92" in incoming.topic


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://127.0.0.1", ("127.0.0.1", 1883, False, None, None)),
        ("mqtts://timing.example.org", ("timing.example.org", 8883, True, None, None)),
        ("mqtt://gate%201:p%40ss@10.0.0.5:1884", ("10.0.0.5", 1884, False, "gate 1", "p@ss")),
    ],
)
def test_a_brokers_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    address = BrokerAddress.parse(url)
    assert (address.host, address.port, address.tls, address.username, address.password) == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:1883", "mqtt://"])
def test_what_is_no_brokers_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="broker's address"):
        BrokerAddress.parse(url)


def test_a_client_id_holds_only_what_every_broker_takes() -> None:
    assert client_id("rallykeeper", "mille 2024.1") == "rallykeeper-mille_2024_1"

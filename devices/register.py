"""From the event's device register to open links: which topics, which ports, which clocks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from devices.broker_config import DEVICE_KINDS
from devices.catalogue import DECODERS
from devices.conversation import Knows
from devices.decoder_kind import Part
from devices.decoders.line_forms import read_forms
from devices.link import Link, Now
from devices.mqtt import MqttLink, Route, client_id
from devices.serial_port import SerialLink, SerialSettings
from devices.tcp import TcpLink, TcpSettings
from devices.tcp_listen import CONVERSATIONS, ListenLink, ListenSettings
from timing.core.event import DeviceConfig, Event
from timing.core.instant import HOUR, MINUTE, SECOND, Duration

#: GPS time has no leap seconds: it is ahead of UTC by this much since 2017-01-01 (IERS Bulletin C 52).
GPS_AHEAD: Duration = 18 * SECOND

_SOCKET = "socket://"


def clock_offset(clock: str, rally_offset: Duration) -> Duration:
    """Return a device's clock minus UTC, µs, from `rally`, `utc`, `gps` or an offset such as +02:00.

    Raises:
        ValueError: none of those.
    """
    match clock:
        case "rally":
            return rally_offset
        case "utc":
            return 0
        case "gps":
            return GPS_AHEAD
        case _:
            sign, digits = clock[:1], clock[1:].replace(":", "")
            if sign not in ("+", "-") or len(digits) != 4 or not digits.isdecimal():
                raise ValueError(f"clock = {clock!r}: expected rally, utc, gps or an offset such as +02:00")
            east = int(digits[:2]) * HOUR + int(digits[2:]) * MINUTE
            return -east if sign == "-" else east


def routes_of(event: Event) -> list[Route]:
    """Return whose messages come under which topic: ours, OwnTracks', and the devices' own topics."""
    ours = [
        Route(filter=f"rally/{event.id}/{kind}/+", decoder="native", bulk=kind == "fix")
        for kind in DEVICE_KINDS
    ]
    own = [
        Route(
            filter=config.topic,
            decoder=config.decoder,
            device=config.id,
            bulk=_sends_positions(config.decoder),
        )
        for config in event.devices.values()
        if config.topic
    ]
    return [*ours, Route(filter="owntracks/+/+", decoder="owntracks", bulk=True), *own]


def device_ids(event: Event) -> list[str]:
    """Return every id that may speak to the broker: the register, then the trackers of the entry list."""
    trackers = [entry.tracker for entry in event.entries.by_number.values() if entry.tracker]
    return list(dict.fromkeys((*event.devices, *trackers)))


def problems_of(event: Event) -> list[str]:
    """Return what is wrong with the register in plain words: unknown decoders, links that cannot be."""
    return [problem for config in event.devices.values() for problem in _problems(config)]


def _sends_positions(decoder: str) -> bool:
    kind = DECODERS.get(decoder)
    return kind is not None and kind.parts == (Part.TRACKER,)


def _problems(config: DeviceConfig) -> Iterable[str]:
    if config.template:
        try:
            read_forms(config.template)
        except ValueError as error:
            yield f"device {config.id}: {error}"
        if config.decoder != "line":
            yield f"device {config.id}: a template, which decoder {config.decoder!r} has no use for"
    if config.decoder not in DECODERS:
        yield f"device {config.id}: decoder {config.decoder!r}, expected one of {', '.join(DECODERS)}"
    if config.link != "mqtt":
        try:
            _link_of(config, knows=lambda _: False, now=lambda: 0)
        except ValueError as error:
            yield f"device {config.id}: {error}"
    try:
        clock_offset(config.clock, 0)
    except ValueError as error:
        yield f"device {config.id}: {error}"


def wired_link(link: str, *, device: str, decoder: str, now: Now) -> SerialLink | TcpLink:
    """Return the link to a device that speaks over a wire of its own: `serial:PORT…` or `tcp:HOST:PORT…`.

    `serial:socket://HOST:PORT` is the same as `tcp:HOST:PORT`: pyserial's own sockets throw away what the
    other end says while they are being opened, and that may be a car.

    Raises:
        ValueError: no such link, with what is wrong in it.
    """
    if link.startswith("tcp:"):
        return _tcp_link(TcpSettings.parse(link), device, decoder, now)
    settings = SerialSettings.parse(link)
    if settings.port.startswith(_SOCKET):
        place = TcpSettings.parse(f"tcp:{settings.port.removeprefix(_SOCKET)}")
        return _tcp_link(replace(place, send=settings.send), device, decoder, now)
    return SerialLink(settings, device=device, decoder=decoder, now=now)


def _tcp_link(settings: TcpSettings, device: str, decoder: str, now: Now) -> TcpLink:
    kind = DECODERS.get(decoder)
    greeting = kind.greeting if kind is not None else b""
    return TcpLink(settings, device=device, decoder=decoder, now=now, greeting=greeting)


def _link_of(config: DeviceConfig, *, knows: Knows, now: Now) -> SerialLink | TcpLink | ListenLink:
    """Return the link of a device that does not come by MQTT.

    Raises:
        ValueError: no such link, with what is wrong in it.
    """
    if not config.link.startswith("listen:"):
        return wired_link(config.link, device=config.id, decoder=config.decoder, now=now)
    settings = ListenSettings.parse(config.link)
    if config.decoder not in CONVERSATIONS:
        those = ", ".join(CONVERSATIONS)
        raise ValueError(f"{config.link!r} with decoder {config.decoder!r}: what connects to us is {those}")
    return ListenLink(settings, device=config.id, decoder=config.decoder, knows=knows, now=now)


@dataclass(frozen=True, slots=True)
class Links:
    """All ways to the devices of an event."""

    mqtt: MqttLink
    wired: tuple[SerialLink | TcpLink | ListenLink, ...]

    @property
    def all(self) -> tuple[Link, ...]:
        """Every link, for one task each."""
        return (self.mqtt, *self.wired)


def links_of(
    event: Event, *, broker_url: str, now: Now, instance: str = "", ca_file: str | None = None
) -> Links:
    """Return the links for an event, not yet opened.

    Args:
        event: its register must be free of `problems_of`.
        broker_url: `mqtt://…` or `mqtts://…` with our user and password.
        now: the clock that dates arrivals.
        instance: tells two services of one event apart at one broker; the same at each start.
        ca_file: whose certificates to trust, where the system's do not do.
    """
    mqtt = MqttLink(
        url=broker_url,
        client_id=client_id("rallykeeper", event.id, *([instance] if instance else [])),
        routes=routes_of(event),
        now=now,
        ca_file=ca_file,
    )
    ours = frozenset(device_ids(event))
    wired = tuple(
        _link_of(config, knows=ours.__contains__, now=now)
        for config in event.devices.values()
        if config.link != "mqtt"
    )
    return Links(mqtt, wired)

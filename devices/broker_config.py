"""The embedded broker's configuration: who may speak on which topics. Pure text."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: What a device may publish under `rally/RALLY/KIND/DEVICE`.
DEVICE_KINDS = ("fix", "stamp", "raw", "alert", "heartbeat", "sync")

#: Users that are no device.
SERVICE = "service"
FLEET = "fleet"

#: How long the broker waits for an acknowledgement before it sends a message again. Its default of 30 s
#: would keep a restarted service without readings for half a minute.
_ACK_WAIT = "4s"
#: So many messages may be on their way to us unacknowledged: some batches of the ingest, so that it finds a
#: whole one each time it looks (with 1000 a backlog takes a tenth longer); and no more than the slowest
#: computer can take within that wait, or all would come twice.
_MAX_ACK_PENDING = 3000
#: The snapshot of a large rally is one message.
_MAX_PAYLOAD = 8 * 1024 * 1024
_LOG_SIZE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPlace:
    """Where one broker lives: its addresses, its store and its own files."""

    host: str
    mqtt_port: int
    client_port: int
    store: str
    pid_file: str
    log_file: str


def subject(topic: str) -> str:
    """Return the NATS subject of an MQTT topic or filter (`/` is `.`, `+` is `*`, `.` is `//`).

    Raises:
        ValueError: the topic holds a blank, which NATS answers by disconnecting.
    """
    if not topic or any(sign.isspace() for sign in topic):
        raise ValueError(f"{topic!r} cannot be a topic: a blank in a topic makes the broker disconnect")
    swapped = {"/": ".", ".": "//", "+": "*", "#": ">"}
    return "".join(swapped.get(sign, sign) for sign in topic)


def device_permissions(rally: str, device: str) -> Mapping[str, list[str]]:
    """Return the subjects a device may publish and subscribe: its own, and nobody else's."""
    if not device or "+" in device or "#" in device or "/" in device:
        raise ValueError(f"{device!r} cannot be a device's id: it would stand for several topics")
    own = [subject(f"rally/{rally}/{kind}/{device}") for kind in DEVICE_KINDS]
    return {
        "publish": [*own, subject(f"owntracks/+/{device}")],
        # The second is where the broker itself hands a QoS 1 subscription its messages.
        "subscribe": [subject(f"rally/{rally}/receipt/{device}"), "$MQTT.sub.>"],
    }


def config_text(place: BrokerPlace, rally: str, passwords: Mapping[str, str]) -> str:
    """Write the broker's configuration (JSON is valid in its language).

    The users `service` and `fleet` may use all topics; every other user is a device of the same id.
    """
    users = [_user(rally, name, password) for name, password in passwords.items()]
    return json.dumps(
        {
            "server_name": "rallykeeper",  # MQTT needs a name that stays the same over restarts
            "listen": f"127.0.0.1:{place.client_port}",
            "pid_file": place.pid_file,
            "log_file": place.log_file,
            "logfile_size_limit": _LOG_SIZE,
            "logfile_max_num": 3,
            "max_payload": _MAX_PAYLOAD,
            "jetstream": {"store_dir": place.store},
            "mqtt": {
                "listen": f"{place.host}:{place.mqtt_port}",
                "ack_wait": _ACK_WAIT,
                "max_ack_pending": _MAX_ACK_PENDING,
            },
            "authorization": {"users": users},
        },
        indent=1,
    )


def _user(rally: str, name: str, password: str) -> Mapping[str, object]:
    user: dict[str, object] = {"user": name, "password": password}
    if name not in (SERVICE, FLEET):
        user["permissions"] = device_permissions(rally, name)
    return user


def users_of(devices: Iterable[str]) -> tuple[str, ...]:
    """Return every user the broker must know, ours first.

    Raises:
        ValueError: a device is called like one of our own users.
    """
    names = tuple(dict.fromkeys(devices))
    clash = sorted({SERVICE, FLEET} & set(names))
    if clash:
        raise ValueError(f"a device cannot be called {clash[0]!r}: that is a user of the service itself")
    return (SERVICE, FLEET, *names)

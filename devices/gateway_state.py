"""How a gateway is doing, as facts for a person at its screen."""

from dataclasses import dataclass

from timing.core.instant import Duration, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PortState:
    """One device: whether its line is up and since when, how much it said, and its last lines."""

    device: str
    link: str
    up: bool
    since: Instant
    error: str = ""
    count: int = 0
    last: tuple[Instant, bytes] | None = None
    lines: tuple[tuple[Instant, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """The connection to the broker."""

    up: bool
    since: Instant
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """The gateway's own clock: `offset` from the service's (µs), wrong by at most `unsure`.

    None where the service has not told its time yet. `trusted`: it is set by NTP or the like.
    """

    offset: Duration | None
    unsure: Duration | None
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """A gateway at an instant of its own clock.

    `depth` lines wait for the service, of which `on_way` have left, and `held` are in memory only because of
    `fault` of the disk; `dropped` sentences of receivers found no room.
    """

    at: Instant
    broker: BrokerState
    ports: tuple[PortState, ...]
    depth: int
    on_way: int
    held: int
    dropped: int
    acknowledged: int
    fault: str
    clock: ClockState

"""The protocols there are, by the names that `rally.toml` uses: an explicit list, to be searched."""

from collections.abc import Callable
from dataclasses import dataclass

from devices.decoders import Decoder, DecoderContext
from devices.decoders.alge_timy import AlgeTimyDecoder
from devices.decoders.native import NativeDecoder
from devices.decoders.nmea import NmeaDecoder
from devices.decoders.owntracks import OwntracksDecoder
from timing.core.instant import MILLISECOND, SECOND, Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderKind:
    """A protocol and what it can do.

    `resolution` is the finest its times can be (µs), `carries_number` whether its stamps may name a car;
    a `stream` comes in pieces of a byte stream, anything else in whole messages. A clock of the device's
    own may run ahead of ours by `ahead` before we call its times impossible.
    """

    title: str
    make: Callable[[DecoderContext], Decoder]
    resolution: Duration
    carries_number: bool
    stream: bool
    ahead: Duration = 5 * SECOND


DECODERS: dict[str, DecoderKind] = {
    "native": DecoderKind(
        title="Rallykeeper's own MQTT messages",
        make=NativeDecoder,
        resolution=1,
        carries_number=True,
        stream=False,
    ),
    "owntracks": DecoderKind(
        title="OwnTracks on a phone",
        make=OwntracksDecoder,
        resolution=SECOND,
        carries_number=False,
        stream=False,
        ahead=60 * SECOND,  # a phone's own clock, set by its network
    ),
    "nmea": DecoderKind(
        title="NMEA 0183 of a satellite receiver",
        make=NmeaDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=True,
    ),
    "alge_timy": DecoderKind(
        title="ALGE Timy, TdC 8000 and TdC 8001",
        make=AlgeTimyDecoder,
        resolution=100,
        carries_number=True,
        stream=True,
    ),
}

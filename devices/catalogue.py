"""The protocols there are, by the names that `rally.toml` uses: an explicit list, to be searched."""

from devices.decoder_kind import DecoderKind, Part, Tried
from devices.decoders.alge_timy import AlgeTimyDecoder
from devices.decoders.gpsd import GpsdDecoder
from devices.decoders.gpslogger import GpsloggerDecoder
from devices.decoders.jacircuits import JacircuitsDecoder
from devices.decoders.line import LineFormDecoder
from devices.decoders.microgate_rei2 import MicrogateRei2Decoder
from devices.decoders.native import NativeDecoder
from devices.decoders.nmea import NmeaDecoder
from devices.decoders.owntracks import OwntracksDecoder
from devices.decoders.tag_cp520 import TagCp520Decoder
from devices.decoders.tag_cp540 import TagCp540Decoder
from timing.core.instant import MILLISECOND, SECOND, Duration

__all__ = ["DECODERS", "DecoderKind"]

_TIMER = (Part.START, Part.LINE, Part.HAND)
#: A phone's or a tracker's own clock, set by its network.
_BY_NETWORK: Duration = 60 * SECOND

DECODERS: dict[str, DecoderKind] = {
    "native": DecoderKind(
        title="Rallykeeper's own MQTT messages",
        make=NativeDecoder,
        resolution=1,
        carries_number=True,
        stream=False,
        parts=(Part.LINE, Part.TRACKER, Part.HAND),
        transport="MQTT",
        tried=Tried.MANUAL,
    ),
    "owntracks": DecoderKind(
        title="OwnTracks on a phone",
        make=OwntracksDecoder,
        resolution=SECOND,
        carries_number=False,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="MQTT",
        tried=Tried.CAPTURE,
    ),
    "gpslogger": DecoderKind(
        title="GPSLogger on a phone",
        make=GpsloggerDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="HTTP",
        tried=Tried.MANUAL,
    ),
    "nmea": DecoderKind(
        title="NMEA 0183 of a satellite receiver",
        make=NmeaDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=True,
        parts=(Part.TRACKER, Part.REFERENCE),
        transport="serial 4800 to 115200, TCP",
        tried=Tried.CAPTURE,
    ),
    "gpsd": DecoderKind(
        title="gpsd, the daemon of a satellite receiver",
        make=GpsdDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=True,
        parts=(Part.TRACKER,),
        transport="TCP 2947",
        tried=Tried.CAPTURE,
    ),
    "alge_timy": DecoderKind(
        title="ALGE Timy, TdC 8000 and TdC 8001",
        make=AlgeTimyDecoder,
        resolution=100,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="RS-232 9600 (38400 in some programs)",
        tried=Tried.CAPTURE,
    ),
    "tag_cp520": DecoderKind(
        title="TAG Heuer CP 520",
        make=TagCp520Decoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="RS-232 9600",
        tried=Tried.CAPTURE,
    ),
    "tag_cp540": DecoderKind(
        title="TAG Heuer CP 540 and CP 545 (THCOM08)",
        make=TagCp540Decoder,
        resolution=10,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="RS-232 9600, TCP 7000",
        tried=Tried.CAPTURE,
    ),
    "microgate_rei2": DecoderKind(
        title="Microgate REI2 and RTPro, extended online frames",
        make=MicrogateRei2Decoder,
        resolution=100,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="RS-232 9600 with RTS",
        tried=Tried.CAPTURE,
    ),
    "jacircuits": DecoderKind(
        title="JACircuits and FarmTek Polaris",
        make=JacircuitsDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="RS-232 9600 (FarmTek's own form 1200)",
        tried=Tried.UNVERIFIED,
    ),
    "line": DecoderKind(
        title="Any device that prints a line for each impulse",
        make=LineFormDecoder,
        resolution=1,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="serial, TCP",
        tried=Tried.MANUAL,
    ),
}

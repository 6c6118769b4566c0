"""The protocols there are, by the names that `rally.toml` uses: an explicit list, to be searched."""

from devices.decoder_kind import DecoderKind, Part, Tried
from devices.decoders.alge_timy import AlgeTimyDecoder
from devices.decoders.alpenhunde import AlpenhundeDecoder
from devices.decoders.aprs import AprsDecoder
from devices.decoders.chronelec import ChronelecDecoder
from devices.decoders.gpsd import GpsdDecoder
from devices.decoders.gpslogger import GpsloggerDecoder
from devices.decoders.home_assistant import HomeAssistantDecoder
from devices.decoders.ipico import IpicoDecoder
from devices.decoders.jacircuits import JacircuitsDecoder
from devices.decoders.jchip import JchipDecoder
from devices.decoders.line import LineFormDecoder
from devices.decoders.lorawan import LorawanDecoder
from devices.decoders.meshtastic import MeshtasticDecoder
from devices.decoders.microgate_racetime import MicrogateRacetimeDecoder
from devices.decoders.microgate_rei2 import MicrogateRei2Decoder
from devices.decoders.mylaps_p3 import MylapsP3Decoder
from devices.decoders.mylaps_toolkit import MylapsToolkitDecoder
from devices.decoders.native import NativeDecoder
from devices.decoders.nmea import NmeaDecoder
from devices.decoders.osmand import OsmandDecoder
from devices.decoders.owntracks import OwntracksDecoder
from devices.decoders.queclink import QueclinkDecoder
from devices.decoders.race_result import RaceResultDecoder
from devices.decoders.race_result_usb import RaceResultUsbDecoder
from devices.decoders.rmonitor import RmonitorDecoder
from devices.decoders.sportident import SportidentDecoder
from devices.decoders.tag_cp520 import TagCp520Decoder
from devices.decoders.tag_cp540 import TagCp540Decoder
from devices.decoders.teltonika import TeltonikaDecoder
from devices.decoders.traccar import TraccarDecoder
from devices.decoders.ubx_tim_tm2 import UbxTimTm2Decoder
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
        transport="MQTT, HTTP",
        tried=Tried.CAPTURE,
    ),
    "osmand": DecoderKind(
        title="OsmAnd and Traccar Client on a phone",
        make=OsmandDecoder,
        resolution=MILLISECOND,
        carries_number=False,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="HTTP",
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
    "home_assistant": DecoderKind(
        title="Home Assistant's device trackers",
        make=HomeAssistantDecoder,
        resolution=SECOND,
        carries_number=False,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="MQTT",
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
        greeting=b'?WATCH={"enable":true,"json":true};\r\n',
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
    "microgate_racetime": DecoderKind(
        title="Microgate RaceTime, first generation",
        make=MicrogateRacetimeDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=_TIMER,
        transport="RS-232 9600",
        tried=Tried.UNVERIFIED,
    ),
    "alpenhunde": DecoderKind(
        title="Alpenhunde radio photocells",
        make=AlpenhundeDecoder,
        resolution=100,
        carries_number=True,
        stream=False,
        parts=(Part.START, Part.LINE),
        transport="MQTT, by a bridge from its websocket",
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
        tried=Tried.UNVERIFIED,
    ),
    "ubx_tim_tm2": DecoderKind(
        title="u-blox UBX-TIM-TM2: a beam on a satellite receiver",
        make=UbxTimTm2Decoder,
        resolution=1,
        carries_number=False,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="UART or USB, 9600 to 115200",
        tried=Tried.CAPTURE,
    ),
    "sportident": DecoderKind(
        title="SPORTident punches",
        make=SportidentDecoder,
        resolution=SECOND // 256,
        carries_number=True,
        stream=True,
        parts=(Part.LINE,),
        transport="USB serial 38400 (old stations 4800)",
        tried=Tried.CAPTURE,
    ),
    "race_result": DecoderKind(
        title="RACE RESULT decoder",
        make=RaceResultDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="TCP 3601",
        tried=Tried.MANUAL,
        greeting=b"SETPUSHPASSINGS;1;0\r\n",
    ),
    "race_result_usb": DecoderKind(
        title="RACE RESULT USB timing box",
        make=RaceResultUsbDecoder,
        resolution=SECOND // 256,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="USB serial 19200, DTR low, beside a program that asks it",
        tried=Tried.MANUAL,
    ),
    "mylaps_p3": DecoderKind(
        title="MYLAPS (AMB) P3",
        make=MylapsP3Decoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="TCP 5403",
        tried=Tried.CAPTURE,
    ),
    "chronelec": DecoderKind(
        title="Chronelec and TAG Heuer Protime",
        make=ChronelecDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="serial 19200, UDP 2008",
        tried=Tried.CAPTURE,
    ),
    "jchip": DecoderKind(
        title="JChip readers",
        make=JchipDecoder,
        resolution=1,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="TCP: it connects to us (`listen:53135`)",
        tried=Tried.UNVERIFIED,
    ),
    "mylaps_toolkit": DecoderKind(
        title="MYLAPS Toolkit exporters",
        make=MylapsToolkitDecoder,
        resolution=1,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="TCP: it connects to us (`listen:3097`)",
        tried=Tried.UNVERIFIED,
    ),
    "ipico": DecoderKind(
        title="IPICO readers",
        make=IpicoDecoder,
        resolution=10 * MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.START, Part.LINE),
        transport="TCP or serial",
        tried=Tried.MANUAL,
    ),
    "rmonitor": DecoderKind(
        title="RMonitor feed of a circuit",
        make=RmonitorDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.FEED,),
        transport="TCP 50000",
        tried=Tried.CAPTURE,
    ),
    "traccar": DecoderKind(
        title="Traccar server, forwarding",
        make=TraccarDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="MQTT",
        tried=Tried.MANUAL,
    ),
    "meshtastic": DecoderKind(
        title="Meshtastic radios",
        make=MeshtasticDecoder,
        resolution=SECOND,
        carries_number=True,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="MQTT",
        tried=Tried.CAPTURE,
    ),
    "lorawan": DecoderKind(
        title="LoRaWAN trackers behind ChirpStack and The Things Stack",
        make=LorawanDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=False,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="MQTT",
        tried=Tried.MANUAL,
    ),
    "teltonika": DecoderKind(
        title="Teltonika Codec 8, 8 Extended and 16",
        make=TeltonikaDecoder,
        resolution=MILLISECOND,
        carries_number=True,
        stream=True,
        parts=(Part.TRACKER,),
        transport="TCP: it connects to us (`listen:5027`)",
        tried=Tried.CAPTURE,
    ),
    "queclink": DecoderKind(
        title="Queclink GL and GV",
        make=QueclinkDecoder,
        resolution=SECOND,
        carries_number=True,
        stream=True,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="TCP: it connects to us (`listen:5004`)",
        tried=Tried.CAPTURE,
    ),
    "aprs": DecoderKind(
        title="APRS of amateur radio operators",
        make=AprsDecoder,
        resolution=SECOND,
        carries_number=True,
        stream=True,
        ahead=_BY_NETWORK,
        parts=(Part.TRACKER,),
        transport="TCP 14580",
        tried=Tried.CAPTURE,
    ),
}

"""From what links deliver to readings: the right decoder for each device, then what can be believed."""

from collections.abc import Mapping
from dataclasses import replace

from devices.catalogue import DECODERS
from devices.decoders import Decoded, Decoder, DecoderContext
from devices.decoders.native import NativeDecoder
from devices.link import Incoming
from devices.plausibility import Plausibility
from devices.register import clock_offset
from timing.core.event import Event
from timing.core.readings import Reading, Rejected

#: Decoders are kept for so many topics, since at an open broker anybody may make up more.
_MOST_TOPICS = 10_000


class Decoding:
    """Decodes what arrives for one event. Keeps a decoder for each stream, for its unfinished frame."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._streams: dict[tuple[str, str], Decoder] = {}
        self._native: dict[tuple[str, bool], NativeDecoder] = {}
        self._plausibility = Plausibility(event)
        self._cars = {entry.tracker: car for car, entry in event.entries.by_number.items() if entry.tracker}

    def decode(self, incoming: Incoming) -> Decoded:
        """Return the readings in these bytes, and what of them could not be read or believed.

        Never raises on bytes: what goes wrong in a decoder of ours is a rejection too, because one strange
        message must not end the service.
        """
        if incoming.fault:
            return [_reject(incoming, incoming.fault_reason, incoming.fault)]
        kind = DECODERS.get(incoming.decoder)
        if kind is None:
            return [_unknown(incoming)]
        try:
            decoded = self._decode(incoming)
        except Exception as error:  # see above
            detail = f"the decoder failed: {type(error).__name__}: {error}"
            return [_reject(incoming, "decoder_failed", detail)]
        checks, at, ahead = self._plausibility, incoming.received_at, kind.ahead
        carrier = incoming.carrier or incoming.device
        checked = [_with_bytes(checks.check(item, at, ahead, carrier), incoming) for item in decoded]
        if checks.found:
            checked += [_with_bytes(finding, incoming) for finding in checks.findings()]
        return checked

    @property
    def checked(self) -> Mapping[tuple[str, str], int]:
        """What the checks of readings did so far, by stage and reason; see `Plausibility.counts`."""
        return self._plausibility.counts

    def _decode(self, incoming: Incoming) -> Decoded:
        if DECODERS[incoming.decoder].stream:
            stream = self._stream(incoming.device, incoming.decoder)
            ended = stream.flush(incoming.received_at) if incoming.opening else []
            return ended + stream.feed(incoming.payload, incoming.received_at)
        return self._message_decoder(incoming).feed(incoming.payload, incoming.received_at)

    def _message_decoder(self, incoming: Incoming) -> Decoder:
        if incoming.decoder != "native":
            context = self._context(incoming.device, incoming.topic, retained=incoming.retained)
            return DECODERS[incoming.decoder].make(context)
        known = self._native.get((incoming.topic, incoming.retained))
        if known is None or known.context.device != incoming.device:
            known = self._native_decoder(incoming)
            if len(self._native) < _MOST_TOPICS:
                self._native[incoming.topic, incoming.retained] = known
        return known

    def _native_decoder(self, incoming: Incoming) -> NativeDecoder:
        config = self._event.devices.get(incoming.device)
        carried = DECODERS.get(config.decoder) if config is not None else None
        wired = (
            self._stream(incoming.device, config.decoder) if config and carried and carried.stream else None
        )
        context = self._context(incoming.device, incoming.topic, retained=incoming.retained)
        return NativeDecoder(context, wired)

    def _stream(self, device: str, decoder: str) -> Decoder:
        stream = self._streams.get((device, decoder))
        if stream is None:
            stream = DECODERS[decoder].make(self._context(device))
            self._streams[device, decoder] = stream
        return stream

    def _context(self, device: str, topic: str = "", *, retained: bool = False) -> DecoderContext:
        config = self._event.devices.get(device)
        offset = clock_offset(config.clock if config else "rally", self._event.time.offset)
        return DecoderContext(
            device=device,
            clock_offset=offset,
            topic=topic,
            retained=retained,
            cars=self._cars,
            template=config.template if config else "",
        )


def _with_bytes(item: Reading | Rejected, incoming: Incoming) -> Reading | Rejected:
    """Put the bytes to what was decoded and not believed."""
    return replace(item, raw=incoming.payload) if isinstance(item, Rejected) and not item.raw else item


def _unknown(incoming: Incoming) -> Rejected:
    if incoming.decoder:
        return _reject(incoming, "unknown_decoder", f"decoder {incoming.decoder!r} is not in the catalogue")
    return _reject(incoming, "unknown_topic", f"nobody is known to send on {incoming.topic}")


def _reject(incoming: Incoming, reason: str, detail: str) -> Rejected:
    return Rejected(raw=incoming.payload, reason=reason, detail=detail, device=incoming.device or None)

"""`rallykeeper tls FOLDER`: the venue's own certificate authority, and what phones are told to trust it."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from dashboard.certificates import FOLDER, CertificateError, Certificates, ensure
from dashboard.commands import FINE, WRONG, data_folder, load
from dashboard.documents.qr import qr_svg, qr_text
from dashboard.own_addresses import own_names, url_of
from dashboard.trust_page import PATH
from timing.clock import SystemClock


def make(options: argparse.Namespace, decoders: Iterable[str]) -> int:
    """Make or renew the certificates of an event; print what is needed to trust them."""
    event = load(Path(options.folder), decoders)
    if event is None:
        return WRONG
    try:
        made = ensure(
            data_folder(options) / FOLDER,
            options.name or [],
            also=own_names(),
            now=SystemClock().now(),
            title=f"Rallykeeper {event.name}",
            renew=options.renew,
            new_authority=options.new_authority,
        )
        link = url_of("http", made.names[0], options.plain_port) + PATH
        if options.qr:
            Path(options.qr).write_text(qr_svg(link), encoding="utf-8")
    except (CertificateError, OSError) as error:
        print(f"rallykeeper: {error}", file=sys.stderr)
        return WRONG
    if options.json:
        print(json.dumps(_told(made, link), ensure_ascii=False, indent=1))
        return FINE
    if not options.qr:
        print(qr_text(link))
    _say(made, link)
    return FINE


def _told(made: Certificates, link: str) -> dict[str, object]:
    return {
        "authority": str(made.ca),
        "certificate": str(made.certificate),
        "key": str(made.key),
        "names": list(made.names),
        "ends": "" if made.ends is None else made.ends.isoformat(),
        "fingerprint": made.fingerprint(),
        "made": made.made,
        "trust": link,
    }


def _say(made: Certificates, link: str) -> None:
    pairs = made.fingerprint().split(" ")
    print(f"Trust page       {link}")
    print(f"Fingerprint      {' '.join(pairs[:16])}")
    print(f"  (SHA-256)      {' '.join(pairs[16:])}")
    print(f"Valid for        {', '.join(made.names)}")
    print(f"Valid until      {'' if made.ends is None else made.ends.date().isoformat()}")
    print(f"Files            {made.certificate.parent}" + (f" (new: {made.made})" if made.made else ""))
    print("\nServe with `rallykeeper serve FOLDER --tls --host 0.0.0.0`, let each phone scan the code, and")
    print("compare the fingerprint that it shows with this one.")

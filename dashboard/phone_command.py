"""`rallykeeper access FOLDER --device T17`: a phone's secret, and what to enter in its application."""

import argparse
import base64
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dashboard.access import AccessStore
from dashboard.documents.qr import qr_svg, qr_text

FINE, WRONG = 0, 1
#: OwnTracks' own numbers: posting by HTTP, and reporting while the car moves.
_BY_HTTP, _MOVE = 3, 2
#: A rally car at 30 m/s: a fix each 5 s, and not only each 100 m as set at first.
_EVERY_S, _EVERY_M = 5, 20


def give(options: argparse.Namespace, store: AccessStore, base: str, known: Iterable[str]) -> int:
    """Make (or with `--end` take away) a phone's secret; print what its application needs.

    Args:
        options: `device`, `url`, `qr`, `end` and `json` of the command line.
        store: where the secret is kept, hashed.
        base: the address of the running service, empty when none runs.
        known: the devices and trackers of the event.
    """
    device = str(options.device)
    if device not in set(known):
        print(
            f"no tracker or device of this event is called {device!r}: see `tracker` in entries.csv",
            file=sys.stderr,
        )
        return WRONG
    if options.end:
        if not store.end_secret(device):
            print(f"{device} has no secret", file=sys.stderr)
            return WRONG
        print(json.dumps({"device": device, "ended": True}) if options.json else f"{device}: ended")
        return FINE
    where = (options.url or base or "http://HOST:PORT").rstrip("/")
    told = settings(device, store.give_secret(device), where)
    if options.qr:
        Path(options.qr).write_text(qr_svg(told["owntracks"]["link"]), encoding="utf-8")
    if options.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return FINE
    _say(told, show_code=not options.qr)
    if not options.url:
        print(f"\nThese addresses begin with {where}: with --url they begin as phones reach this service.")
    return FINE


def settings(device: str, secret: str, base: str) -> dict[str, Any]:
    """Return what each application needs for a phone; `base` is the service's address without a slash."""
    path = f"{quote(device, safe='')}/{secret}"
    configuration = {
        "_type": "configuration",
        "mode": _BY_HTTP,
        "url": f"{base}/ingest/owntracks",
        "auth": True,
        "username": device,
        "password": secret,
        "deviceId": device,
        "tid": device[-2:],
        "monitoring": _MOVE,
        "locatorInterval": _EVERY_S,
        "moveModeLocatorInterval": _EVERY_S,
        "locatorDisplacement": _EVERY_M,
        "pubExtendedData": True,
    }
    inline = base64.b64encode(json.dumps(configuration, separators=(",", ":")).encode()).decode()
    return {
        "device": device,
        "secret": secret,
        "owntracks": {
            "url": configuration["url"],
            "username": device,
            "password": secret,
            "link": f"owntracks:///config?inline={quote(inline, safe='')}",
        },
        "traccar": {"url": f"{base}/ingest/osmand/{path}"},
        "osmand": {
            "url": f"{base}/ingest/osmand/{path}?lat={{0}}&lon={{1}}&timestamp={{2}}&accuracy={{3}}"
            "&altitude={4}&bearing={6}"
        },
        "gpslogger": {
            "url": f"{base}/ingest/gpslogger/{path}?lat=%LAT&lon=%LON&time=%TIME&spd=%SPD&dir=%DIR&acc=%ACC"
            "&alt=%ALT&batt=%BATT"
        },
    }


def _say(told: dict[str, Any], *, show_code: bool) -> None:
    own = told["owntracks"]
    if show_code:
        print(qr_text(own["link"]))
    print(f"OwnTracks       scan the code or open {own['link']}")
    print(f"  by hand       mode HTTP, URL {own['url']}, user {own['username']}, password {own['password']}")
    print(f"Traccar Client  {told['traccar']['url']}")
    print(f"OsmAnd          {told['osmand']['url']}")
    print(f"GPSLogger       {told['gpslogger']['url']}")

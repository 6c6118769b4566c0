"""`run.json` in the data folder: where a running service is, for the demo, simulators and `access`.

Its personal links are for the officials who have to be there before anybody can give out links; they are made
at the first start and kept, readable by the owner of the folder alone.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.access import AccessStore
from dashboard.commands import RUN_FILE
from timing.core.decisions import Role
from timing.core.event import Event

#: Who has a link from the first start on; in a simulated rally also those whom it plays.
_FIRST = (Role.CLERK, Role.TIMEKEEPER)
_PLAYED = (Role.STEWARD, Role.MARSHAL)
_NAMES = {
    Role.CLERK: "Clerk of the course",
    Role.TIMEKEEPER: "Official Timekeeper",
    Role.STEWARD: "Steward",
    Role.MARSHAL: "Marshal",
}


def first_links(
    data: Path, event: Event, access: AccessStore, url: str, *, simulated: bool
) -> dict[str, str]:
    """Return the personal links of the first officials by role, made where they do not exist yet."""
    known = _read(data).get("tokens")
    tokens: dict[str, str] = dict(known) if isinstance(known, dict) else {}
    for role in (*_FIRST, *(_PLAYED if simulated else ())):
        token = tokens.get(role.value)
        if token is None or not access.holds(token):
            name = event.timekeeper if role is Role.TIMEKEEPER and event.timekeeper else _NAMES[role]
            controls = tuple(event.itinerary.controls) if role is Role.MARSHAL else ()
            _, tokens[role.value] = access.add(name, [role], controls)
    write(data, {"tokens": tokens})
    return {role: f"{url}/l/{token}" for role, token in tokens.items()}


def write(data: Path, values: Mapping[str, Any]) -> None:
    """Add values to the run file, whole or not at all, readable by its owner alone."""
    path = data / RUN_FILE
    merged = {**_read(data), **values}
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(merged, out, indent=1)
    part.replace(path)


def forget(data: Path) -> None:
    """Take out what held only while the service ran."""
    kept = {"tokens": _read(data).get("tokens", {})}
    (data / RUN_FILE).unlink(missing_ok=True)
    write(data, kept)


def say(told: Mapping[str, Any], *, as_json: bool) -> None:
    """Print where a service is, for its operator, or in one line for a program."""
    if as_json:
        print(json.dumps(told), flush=True)
        return
    print(f"Board            {told['url']}/")
    for role, link in told["links"].items():
        print(f"{role:<16} {link}")
    if "trust" in told:
        print(f"To trust us      {told['trust']}")
    print(f"MQTT broker      {told['broker'].rpartition('@')[2]}")
    if "credentials" in told:
        print(f"its passwords    {told['credentials']}", flush=True)


def _read(data: Path) -> dict[str, Any]:
    try:
        read = json.loads((data / RUN_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}

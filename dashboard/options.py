"""The command line: `rallykeeper COMMAND …`."""

import argparse

from timing.core.decisions import Role

DEFAULT_PORT, SECURE_PORT = 8080, 8443
KEY_HELP = "the Official Timekeeper's private key (default: keys/timekeeper.key in the data folder)"
_JOURNAL_HELP = "another journal: an .sqlite file, or .jsonl: exported lines, or readings written by hand"

#: Commands of their own, by the module whose `main` takes the rest of the command line.
PLAYED = {
    "demo": "simulators.demo",
    "simulate": "simulators.player",
    "gateway": "dashboard.gateway_command",
    "doctor": "dashboard.doctor_command",
}
_PLAYED_HELP = {
    "demo": "a simulated rally on this machine, in a browser",
    "simulate": "play an event's rally into a running service",
    "gateway": "carry wired timers to the service by MQTT, hours offline if need be",
    "doctor": "look at this machine: ports, broker, clock, disk, event",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; `command` names the one chosen."""
    whole = argparse.ArgumentParser(
        prog="rallykeeper", description="Live timing of a rally, from the timing line to the results board."
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _serve(_command(commands, "serve", "run the service for an event"))
    for name, text in _PLAYED_HELP.items():
        commands.add_parser(name, help=text)
    _command(commands, "check", "print every problem of an event folder")
    _command(commands, "init", "write an example event into a folder")
    _import(_command(commands, "import", "bring an entry list, itinerary or road book into an event"))
    _export(_command(commands, "export", "write an entry list or itinerary for a spreadsheet"))
    _results(_command(commands, "results", "print a classification or a stage's results"))
    _explain(_command(commands, "explain", "print why a result is what it is"))
    _replay(commands)
    _verify(commands)
    _backup(_command(commands, "backup", "copy an event and all it has recorded, while the service goes on"))
    _access(_command(commands, "access", "give people their personal links"))
    _tls(_command(commands, "tls", "make the certificates for HTTPS at a venue without internet"))
    return whole


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    made.add_argument("folder", metavar="FOLDER", help="the event folder")
    made.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    return made


def _data(made: argparse.ArgumentParser) -> None:
    made.add_argument("--data", metavar="DIR", help="the data folder; data in the event folder if not given")


def _serve(made: argparse.ArgumentParser) -> None:
    _data(made)
    made.add_argument("--host", default="127.0.0.1", help="the address the pages are served at")
    made.add_argument(
        "--port",
        type=int,
        help=f"their port ({DEFAULT_PORT}, with --tls {SECURE_PORT}); 0 takes any free one",
    )
    made.add_argument("--next-port", action="store_true", help="take the next free port if that one is taken")
    made.add_argument("--broker", metavar="URL", help="another broker: mqtts://user:password@host:8883")
    made.add_argument("--broker-host", default="127.0.0.1", help="the address the embedded broker listens at")
    made.add_argument(
        "--broker-port", type=int, default=0, help="its port; 0 keeps the one of the last start"
    )
    made.add_argument("--ca-file", metavar="FILE", help="the certificates to trust at the other broker")
    made.add_argument("--journal", metavar="URL", help="postgresql://… in place of a file in the data folder")
    made.add_argument("--key", metavar="FILE", help=KEY_HELP)
    made.add_argument("--clock-table", metavar="FILE", help="run by a scaled clock: [[wall, rally, rate], …]")
    made.add_argument("--public-url", default="", metavar="URL", help="where QR codes on sheets lead to")
    made.add_argument("--tls", action="store_true", help="serve over HTTPS; see `rallykeeper tls`")
    made.add_argument("--tls-cert", metavar="FILE", help="HTTPS with this certificate chain (PEM) instead")
    made.add_argument("--tls-key", metavar="FILE", help="its private key, if it is in a file of its own")
    _plain_port(made)
    made.add_argument("--simulated", action="store_true", help="say on every page that this is no real rally")
    made.add_argument("--instance", default="", help="tells two services of one event apart at one broker")


def _plain_port(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--plain-port",
        type=int,
        default=DEFAULT_PORT,
        help="with --tls: where plain HTTP helps phones trust the certificate; 0 takes any free one",
    )


def _tls(made: argparse.ArgumentParser) -> None:
    _data(made)
    made.add_argument(
        "--name",
        action="append",
        metavar="HOST",
        help="a host name or address at which phones reach this machine, besides those found out; may be "
        "given again; remembered",
    )
    made.add_argument("--renew", action="store_true", help="make the server's certificate anew")
    made.add_argument(
        "--new-authority",
        action="store_true",
        help="make the authority anew: every phone has to trust it again",
    )
    made.add_argument("--qr", metavar="FILE", help="write the code of the trust page as SVG, for paper")
    _plain_port(made)


def _import(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", metavar="FILE", help="CSV of any separator, an XLSX workbook, or OpenRally GPX")
    made.add_argument(
        "--as", dest="kind", choices=("entries", "itinerary"), help="what it is; found out if not given"
    )
    made.add_argument("--sheet", metavar="NAME", help="a sheet of the workbook; the best match if not given")
    made.add_argument(
        "--map",
        action="append",
        metavar="THEIRS=OURS",
        help="what a column of theirs is, such as Pilota=driver, or - to leave it out; may be given again",
    )
    made.add_argument("--leg", type=int, default=1, help="the leg that a GPX road book is of")
    made.add_argument("--first-car", default="", metavar="H:MM", help="when that leg's first car is due")
    made.add_argument("--write", action="store_true", help="write it, if nothing is wrong; else only show it")


def _export(made: argparse.ArgumentParser) -> None:
    made.add_argument("list", choices=("entries", "itinerary"))
    made.add_argument("--format", choices=("csv", "xlsx"), help="told by the file's name if not given")
    made.add_argument("out", metavar="OUT", help="the file to write")


def _results(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "scope",
        metavar="SCOPE|STAGE|SHEET",
        help="overall, leg-1, section-2, class-A, teams, ..., a stage, start-list-1, interim, penalties, "
        "retirements, classes, corrections, or a signed document such as stage-SS1-v1",
    )
    made.add_argument("--format", choices=("table", "csv", "json", "pdf"), default="table")
    made.add_argument("-o", "--output", metavar="FILE", help="where it is written; printed if not given")
    made.add_argument("--paper", choices=("a4", "letter"), default="a4", help="the paper of a PDF")
    made.add_argument("--link", metavar="URL", help="what the QR code of a PDF leads to")
    _data(made)
    made.add_argument("--journal", metavar="FILE", help=_JOURNAL_HELP)


def _explain(made: argparse.ArgumentParser) -> None:
    made.add_argument("stage", metavar="STAGE")
    made.add_argument("car", metavar="CAR")
    _data(made)
    made.add_argument("--journal", metavar="FILE", help=_JOURNAL_HELP)


def _replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "bring an exported journal into a data folder"
    made = commands.add_parser("replay", help=text, description=text[0].upper() + text[1:] + ".")
    made.add_argument("journal", metavar="JOURNAL", help="exported lines, or readings written by hand")
    made.add_argument("--event", metavar="FOLDER", help="the event, for documents and for lines by hand")
    made.add_argument("--key", metavar="FILE", help=f"{KEY_HELP}; with it, the documents are written anew")
    made.add_argument("--data", metavar="DIR", required=True, help="the data folder to bring them into")
    made.add_argument("--json", action="store_true", help="print JSON, for a program to read")


def _verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "say whether a document or a journal is what was written"
    made = commands.add_parser("verify", help=text, description=text[0].upper() + text[1:] + ".")
    made.add_argument(
        "file", metavar="FILE", help="a document, exported lines, a data folder or its .sqlite file"
    )
    made.add_argument("--journal", metavar="FILE", help="hold a document against this journal as well")
    made.add_argument(
        "--event", metavar="FOLDER", help="make the document anew from that journal and compare it"
    )
    made.add_argument("--key", metavar="FILE", help="the Official Timekeeper's public key, got from them")
    made.add_argument("--json", action="store_true", help="print JSON, for a program to read")


def _backup(made: argparse.ArgumentParser) -> None:
    _data(made)
    made.add_argument("target", metavar="TARGET", help="the folder to make; it must not be there yet")


def _access(made: argparse.ArgumentParser) -> None:
    _data(made)
    made.add_argument("--name", help="whom the link is for; without it, everybody is listed")
    made.add_argument(
        "--role",
        action="append",
        choices=[role.value for role in Role if role is not Role.SPECTATOR],
        help="their office; may be given more than once (marshal if not given)",
    )
    made.add_argument(
        "--control", action="append", help="where a marshal is posted; may be given more than once"
    )
    made.add_argument("--key", metavar="FILE", help=KEY_HELP)
    made.add_argument("--revoke", metavar="ID", help="end somebody's link and sessions at once")
    made.add_argument("--renew", metavar="ID", help="give somebody a new link; the old one ends")
    made.add_argument("--device", metavar="ID", help="give a phone that posts by HTTP a (new) secret instead")
    made.add_argument(
        "--url", help="the address at which phones reach this service (default: that of the one that runs)"
    )
    made.add_argument(
        "--qr",
        metavar="FILE",
        help="write the new link as a QR code, SVG; with --device OwnTracks' settings",
    )
    made.add_argument("--end", action="store_true", help="with --device: end its secret")

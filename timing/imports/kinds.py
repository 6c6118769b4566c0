"""What people call the kinds of control: the words, in five languages, as `columns.normal` leaves them."""

import re
from collections.abc import Mapping

from timing.core.itinerary import ControlKind
from timing.imports.columns import normal

_WORDS: Mapping[ControlKind, str] = {
    ControlKind.TC: (
        "tc, time control, co, controllo orario, ch, controle horaire, control horario, zk, zeitkontrolle"
    ),
    ControlKind.ATC: "atc, arrival time control",
    ControlKind.SS_START: (
        "ss start, stage start, special stage start, start ss, start of stage, partenza ps, inizio ps,"
        "partenza prova speciale, depart es, depart speciale, start wp, wp start, salida tramo,"
        "salida tc"
    ),
    ControlKind.SPLIT: (
        "split, intermediate, intermediate time, intermedio, intertempo, intermediaire,"
        "temps intermediaire, zwischenzeit, parcial"
    ),
    ControlKind.FF: (
        "ff, flying finish, finish, stage finish, ss finish, fine ps, fine prova, arrivo ps,"
        "arrivee es, arrivee lancee, ziel, wp ziel, fliegendes ziel, llegada tramo, meta lanzada"
    ),
    ControlKind.STOP: "stop, stop control, controllo stop, point stop, stopp, stoppkontrolle, control stop",
    ControlKind.PASSAGE: (
        "passage, passage control, passage check, cp, controllo passaggio, controllo di passaggio, ct,"
        "controllo timbro, controllo a timbro, controle de passage, dk, durchfahrtskontrolle,"
        "control de paso"
    ),
    ControlKind.ROUTE_CHECK: "route check, route control, controllo percorso, controle de route",
    ControlKind.SECRET: (
        "secret, secret control, controllo segreto, controle secret, geheimkontrolle, control secreto"
    ),
    ControlKind.REG_TEST: (
        "reg test, regularity test, regularity, pc, prova cronometrata, prova di precisione,"
        "gleichmassigkeitsprufung, prueba de regularidad"
    ),
    ControlKind.AVG_TRIAL: (
        "avg trial, average trial, average speed test, pm, prova di media, prova media, zr,"
        "zone de regularite, tramo de regularidad"
    ),
    ControlKind.REGROUP_IN: (
        "regroup in, regrouping in, riordino in, ingresso riordino, entrata riordino,"
        "entree regroupement, regroupement entree, regrouping ein, reagrupamiento entrada,"
        "entrada reagrupamiento"
    ),
    ControlKind.REGROUP_OUT: (
        "regroup out, regrouping out, riordino out, uscita riordino, sortie regroupement,"
        "regroupement sortie, regrouping aus, reagrupamiento salida, salida reagrupamiento"
    ),
    ControlKind.SERVICE_IN: (
        "service in, assistenza in, ingresso assistenza, parco assistenza in, entree assistance,"
        "assistance in, service ein, asistencia entrada, entrada asistencia"
    ),
    ControlKind.SERVICE_OUT: (
        "service out, assistenza out, uscita assistenza, parco assistenza out, sortie assistance,"
        "assistance out, service aus, asistencia salida, salida asistencia"
    ),
    ControlKind.PARC_FERME: "parc ferme, parco chiuso, parque cerrado",
    ControlKind.MTC: "mtc, main time control, main control",
}
_KIND_OF = {normal(kind.value): kind for kind in ControlKind} | {
    normal(word): kind for kind, words in _WORDS.items() for word in words.split(",")
}
_OF_STAGE = re.compile(r"\b(start|ff|stop|split)(?: ?\d+)?$")
_NUMBERED = re.compile(r"([^\W\d]+(?: [^\W\d]+)*) ?\d+ ?[a-z]?")
_STAGE = re.compile(r"(?:ss|ps|es|wp|sp) ?\d+ ?[a-z]?")


def kind_of(text: str) -> ControlKind | None:
    """Return the kind of control that a word means, or None."""
    return _KIND_OF.get(normal(text))


def kind_of_control(ident: str) -> ControlKind | None:
    """Return the kind that a control's own name tells, such as TC of `TC 4A` or FF of `SS1.FF`."""
    whole = normal(ident)
    if tail := _OF_STAGE.search(whole):
        return _KIND_OF.get(f"ss {tail[1]}") if tail[1] == "start" else _KIND_OF.get(tail[1])
    numbered = _NUMBERED.fullmatch(whole)
    return _KIND_OF.get(numbered[1]) if numbered else None


def is_stage_name(ident: str) -> bool:
    """Whether a line is named as a whole special stage: `SS 3`, `PS 3`, `ES 3`, `WP 3`."""
    return _STAGE.fullmatch(normal(ident)) is not None

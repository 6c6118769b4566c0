"""What people call the columns of their lists: the words, by our own column, in five languages.

The columns themselves are the loader's; a column of ours without words here is known by its own name. Words
are written as `normal` leaves them: lower case, no accents, no signs. The earlier word is the more certain.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

#: Parts that some lists keep in columns of their own; `entries.py` joins or splits them.
ENTRY_PARTS = (
    "crew",
    "driver_first",
    "driver_last",
    "codriver_first",
    "codriver_last",
    "car_make",
    "car_model",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


ENTRY_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "car_number": _words(
            "car number, car no, start number, start no, startnummer, startnr, st nr, stnr, start nr,"
            "competition number, race number, numero di gara, numero gara, n gara, num gara,"
            "n di gara, numero de course, n de course, dossard, dorsal, numero de carrera, bib,"
            "fahrzeug nr, number, numero, nummer, no, nr, num, n"
        ),
        "driver": _words(
            "driver, driver name, first driver, 1st driver, driver 1, pilot, pilota, primo pilota,"
            "primo conduttore, 1 conduttore, 1o conduttore, conduttore, pilote, conducteur, fahrer,"
            "fahrerin, piloto, primer conductor, conductor, name, names"
        ),
        "codriver": _words(
            "codriver, co driver, codriver name, co driver name, navigator, copilot, co pilot,"
            "second driver, 2nd driver, driver 2, passenger, navigatore, navigatrice,"
            "secondo conduttore, 2 conduttore, 2o conduttore, copilota, copilote, co pilote,"
            "navigateur, equipier, beifahrer, beifahrerin, copiloto, navegante, segundo conductor"
        ),
        "car": _words(
            "car, vehicle, vettura, auto, automobile, veicolo, macchina, voiture, vehicule, fahrzeug,"
            "wagen, coche, vehiculo, automovil, make and model, make model, marca e modello,"
            "marca modello, marque modele, marque et modele, marque type, marke modell, marke typ,"
            "marca y modelo, car model"
        ),
        "year": _words(
            "year, model year, build year, year of build, year of manufacture, built, anno,"
            "anno di costruzione, anno costruzione, anno vettura, annee, annee de construction,"
            "millesime, baujahr, bj, jahrgang, ano, ano de fabricacion, ano de construccion"
        ),
        "class": _words("class, klasse, classe, clase, cl, wertungsklasse"),
        "category": _words(
            "category, categoria, categorie, kategorie, raggruppamento, division, divisione, period, periodo"
        ),
        "coefficient": _words(
            "coefficient, coefficiente, koeffizient, coeficiente, coeff, coef, koeff, faktor, factor,handicap"
        ),
        "nationality": _words(
            "nationality, nazionalita, nationalite, nationalitat, nacionalidad, nation, nazione,"
            "country, paese, pays, land, pais, nat, naz, nac"
        ),
        "tracker": _words(
            "tracker, tracker id, transponder, traceur, balise, localizzatore, localizador, gps,"
            "device, dispositivo"
        ),
        "start": _words(
            "start, start time, starttime, startzeit, ora di partenza, ora partenza, orario partenza,"
            "partenza, heure de depart, heure depart, depart, hora de salida, hora salida, salida,"
            "orario"
        ),
        "team": _words("team, scuderia, ecurie, equipe, mannschaft, equipo, escuderia, club, entrant"),
        "group": _words("group, gruppo, groupe, gruppe, grupo"),
        "crew": _words(
            "crew, equipaggio, equipage, tripulacion, besatzung, driver codriver, driver co driver,"
            "driver navigator, pilota navigatore, conduttori, pilote copilote, pilote navigateur,"
            "fahrer beifahrer, piloto copiloto"
        ),
        "driver_first": _words(
            "driver first name, driver given name, nome pilota, pilota nome, nome conduttore,"
            "prenom pilote, pilote prenom, vorname fahrer, fahrer vorname, nombre piloto,"
            "piloto nombre, first name, given name, vorname, prenom, nome, nombre"
        ),
        "driver_last": _words(
            "driver last name, driver surname, driver family name, cognome pilota, pilota cognome,"
            "cognome conduttore, nom pilote, pilote nom, nachname fahrer, fahrer nachname,"
            "name fahrer, apellidos piloto, apellido piloto, piloto apellidos, last name, surname,"
            "family name, cognome, nachname, familienname, apellidos, apellido, nom"
        ),
        "codriver_first": _words(
            "codriver first name, co driver first name, navigator first name, nome navigatore,"
            "navigatore nome, prenom copilote, copilote prenom, prenom navigateur, vorname beifahrer,"
            "beifahrer vorname, nombre copiloto, copiloto nombre"
        ),
        "codriver_last": _words(
            "codriver last name, codriver surname, co driver last name, co driver surname,"
            "navigator surname, navigator last name, cognome navigatore, navigatore cognome,"
            "nom copilote, copilote nom, nom navigateur, nachname beifahrer, beifahrer nachname,"
            "name beifahrer, apellidos copiloto, apellido copiloto, copiloto apellidos"
        ),
        "car_make": _words(
            "make, car make, marca, marque, marke, hersteller, manufacturer, brand, fabricante"
        ),
        "car_model": _words("model, modello, modele, modell, modelo, typ, type, tipo"),
    }
)

ITINERARY_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "leg": _words("leg, tappa, etape, etappe, etapa, day, giorno, giornata, jour, journee, tag, dia"),
        "section": _words("section, sezione, settore, sektion, seccion, secteur, sektor"),
        "control": _words(
            "control, control id, controllo, controle, kontrolle, code, codice, id, tc ss, tc, co ps,"
            "co, zk, ch, point, punto, loc, no, nr, n"
        ),
        "kind": _words(
            "kind, type, tipo, typ, art, genre, control type, tipo controllo, tipo di controllo,"
            "kontrollart, type de controle, tipo de control"
        ),
        "name": _words(
            "name, location, place, localita, luogo, lieu, localite, ort, lugar, localidad,"
            "description, descrizione, denominazione, bezeichnung, descripcion, designation, nome,"
            "nom, nombre"
        ),
        "stage": _words(
            "stage, stage id, special stage, test, prova speciale, prova, ss, ps, epreuve,"
            "epreuve speciale, wertungsprufung, prufung, wp, prueba, tramo"
        ),
        "km": _words(
            "km, total km, km total, km totali, km tot, tot km, km progressivi, progressiva,"
            "progressivo, cumulative km, cumulative distance, distance km, total distance, km cumules,"
            "distance totale, distance cumulee, gesamt km, km gesamt, km acumulados, distancia total,"
            "kilometer, chilometri, distance, dist, distanza, distanz, distancia"
        ),
        "lat": _words("lat, latitude, latitudine, latitud, breite, breitengrad, gps lat"),
        "lon": _words(
            "lon, lng, long, longitude, longitudine, longitud, lange, laenge, langengrad, gps lon, gps long"
        ),
        "target": _words(
            "target, target time, time allowed, allowed time, ideal time, tempo imposto,"
            "tempo impartito, tempo teorico, tempo di percorrenza, temps imparti, temps ideal,"
            "temps impose, sollzeit, vorgabezeit, fahrzeit, idealzeit, tiempo ideal, tiempo asignado,"
            "tiempo impuesto, tempo, temps, zeit, tiempo, time"
        ),
        "average": _words(
            "average, average speed, average kmh, avg, av speed, media oraria, velocita media, media,"
            "moyenne, vitesse moyenne, schnitt, durchschnitt, velocidad media, promedio"
        ),
        "first_car": _words(
            "first car, first car due, 1st car, 1st car due, first car time, prima vettura,"
            "1a vettura, ora prima vettura, orario prima vettura, ora teorica, orario teorico,"
            "premiere voiture, 1ere voiture, 1re voiture, heure 1ere voiture, erstes fahrzeug,"
            "1 fahrzeug, erster wagen, primer coche, 1er coche, primer vehiculo, hora primer coche,"
            "due time"
        ),
        "opens": _words("opens, opening, open, apertura, ouverture, offnung"),
        "closes": _words("closes, closing, close, chiusura, fermeture, schliessung, cierre"),
    }
)

#: A day as a line of its own above its controls: "Leg 2 - Saturday", "Tappa 2", "2. Etappe".
LEG_TITLE = re.compile(
    r"\b(?:leg|tappa|etape|etappe|etapa|day|giorno|jour|tag|dia)\s*(\d{1,2})\b|"
    r"\b(\d{1,2})\s*(?:tappa|etape|etappe|etapa|giorno|jour|tag|dia)\b"
)

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")


def normal(text: str) -> str:
    """Return a title in lower case without accents, signs and repeated blanks; a # is a `no`."""
    plain = text.replace("#", " no ").replace("°", " ").replace("º", " ")
    letters = unicodedata.normalize("NFKD", plain).casefold()
    kept = "".join(sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return " ".join(kept.split())


def words_for(columns: tuple[str, ...], words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, int]]:
    """Return for each title (as `normal` leaves it) our column and how certain: 0 is our own name.

    `columns` are the loader's own and the parts; words of columns that are not among them are left out.
    """
    known: dict[str, tuple[str, int]] = {normal(column): (column, 0) for column in columns}
    for column in columns:
        for rank, word in enumerate(words.get(column, ()), start=1):
            known.setdefault(word, (column, rank))
    return known


def meaning(title: str, known: Mapping[str, tuple[str, int]]) -> tuple[str, int] | None:
    """Return our column for a title and how certain, or None.

    A title that is not known whole is tried without its brackets, as in `Target (h:mm)`, then by its parts,
    as in `Startnummer / No.`, where all that are known must mean the same.
    """
    for text in (title, _BRACKETS.sub(" ", title)):
        if found := known.get(normal(text)):
            return found
    parts = [known.get(normal(part)) for part in re.split(r"[/|\n]", title)]
    hits = [part for part in parts if part is not None]
    if hits and len({column for column, _ in hits}) == 1:
        return min(hits, key=lambda hit: hit[1])
    return None

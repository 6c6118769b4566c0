import pytest

from timing.imports.columns import ENTRY_WORDS, ITINERARY_WORDS, meaning, normal, words_for
from timing.imports.grid import ListKind
from timing.imports.header import COLUMNS
from timing.imports.kinds import kind_of, kind_of_control
from timing.imports.target import LIST_COLUMNS

ENTRIES = words_for(COLUMNS[ListKind.ENTRIES], ENTRY_WORDS)
ITINERARY = words_for(COLUMNS[ListKind.ITINERARY], ITINERARY_WORDS)


@pytest.mark.parametrize(
    ("titles", "ours"),
    [
        (
            "No. | # | N° | Nr. | Startnummer | Start-Nr. | Numero di gara | Dossard | Dorsal | №",
            "car_number",
        ),
        ("Driver | Pilota | Pilote | Fahrer | Fahrer/in | 1° Conduttore | Piloto", "driver"),
        ("Co-Driver | Navigatore | Copilote | Beifahrer | Beifahrer/in | Copiloto | Navegante", "codriver"),
        ("Vettura | Voiture | Fahrzeug | Vehículo | Marca e modello", "car"),
        ("Year | Anno di costruzione | Année | Baujahr | Año | Bj.", "year"),
        ("Nat. | Nazionalità | Nationalität | País | Land", "nationality"),
        ("Coeff. | Coefficiente | Koeffizient | Coeficiente", "coefficient"),
        ("Equipaggio | Équipage | Tripulación | Pilota / Navigatore", "crew"),
        ("Ora di partenza | Heure de départ | Startzeit | Hora de salida | Start time (hh:mm)", "start"),
        ("Scuderia | Écurie | Equipo", "team"),
    ],
)
def test_the_titles_of_entry_lists_are_understood_in_five_languages(titles: str, ours: str) -> None:
    for title in titles.split(" | "):
        found = meaning(title, ENTRIES)
        assert found is not None, title
        assert found[0] == ours, title


@pytest.mark.parametrize(
    ("titles", "ours"),
    [
        ("Leg | Tappa | Étape | Etappe | Etapa", "leg"),
        ("TC/SS | Controllo | Contrôle | Kontrolle | ZK", "control"),
        ("Location | Località | Lieu | Ort | Lugar", "name"),
        ("Target time | Tempo imposto | Temps imparti | Sollzeit | Tiempo ideal", "target"),
        ("First car due | 1ª vettura | 1ère voiture | Erstes Fahrzeug | 1er coche", "first_car"),
        ("Total km | Km progressivi | Km cumulés | Gesamt-km", "km"),
        ("Avg. | Media oraria | Vitesse moyenne | Schnitt | Velocidad media", "average"),
    ],
)
def test_the_titles_of_itineraries_are_understood_in_five_languages(titles: str, ours: str) -> None:
    for title in titles.split(" | "):
        found = meaning(title, ITINERARY)
        assert found is not None, title
        assert found[0] == ours, title


@pytest.mark.parametrize("title", ["Hotel", "Phone", "Licence", "", "Driver / Car"])
def test_what_means_nothing_or_two_things_is_left_over(title: str) -> None:
    assert meaning(title, ENTRIES) is None


@pytest.mark.parametrize("kind", list(ListKind))
def test_every_column_of_the_loader_is_known_by_its_own_name_above_all_words(kind: ListKind) -> None:
    known = {ListKind.ENTRIES: ENTRIES, ListKind.ITINERARY: ITINERARY}[kind]
    assert [meaning(column, known) for column in LIST_COLUMNS[kind]] == [(c, 0) for c in LIST_COLUMNS[kind]]


@pytest.mark.parametrize("words", [ENTRY_WORDS, ITINERARY_WORDS])
def test_every_word_is_written_as_it_is_looked_up_and_stands_once(words: dict[str, tuple[str, ...]]) -> None:
    every = [word for group in words.values() for word in group]
    assert [word for word in every if normal(word) != word] == []
    assert sorted({word for word in every if every.count(word) > 1}) == []


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("C.O.", None),
        ("CO", "TC"),
        ("Zeitkontrolle", "TC"),
        ("Contrôle horaire", "TC"),
        ("Controllo a timbro", "PASSAGE"),
        ("Durchfahrtskontrolle", "PASSAGE"),
        ("Prova cronometrata", "REG_TEST"),
        ("Zone de régularité", "AVG_TRIAL"),
        ("Gleichmäßigkeitsprüfung", "REG_TEST"),
        ("Flying Finish", "FF"),
        ("Parco chiuso", "PARC_FERME"),
        ("Riordino IN", "REGROUP_IN"),
        ("lunch", None),
    ],
)
def test_the_kinds_of_control_are_understood_in_five_languages(word: str, kind: str | None) -> None:
    found = kind_of(word)
    assert (found.value if found is not None else None) == kind


@pytest.mark.parametrize(
    ("ident", "kind"),
    [
        ("TC 4", "TC"),
        ("ATC2", "ATC"),
        ("SS1.FF", "FF"),
        ("SS1 START", "SS_START"),
        ("PC12", "REG_TEST"),
        ("TC 1A", "TC"),
        ("SS1.SPLIT2", "SPLIT"),
        ("X1", None),
        ("SS 1", None),
    ],
)
def test_a_control_may_tell_its_kind_by_its_own_name(ident: str, kind: str | None) -> None:
    found = kind_of_control(ident)
    assert (found.value if found is not None else None) == kind

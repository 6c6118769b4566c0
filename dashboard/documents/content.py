"""What the sheets of results say, out of documents alone: the canonical ones, and live ones of the same form.

A sheet of an issued document rests on that document and nothing else, so that it can be set again on any
day, and never shows what the records say by then.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard.document_rows import NOT_FINISHED
from dashboard.documents.legend import legend
from dashboard.documents.sheet import Align, Block, Column, Proof, Sheet, Signatory, State, table
from dashboard.documents.titles import instant_text, list_title, stage_title
from dashboard.messages import Json
from timing.core.instant import SECOND, parse_instant
from timing.core.preset import Truncate
from timing.core.results import ResultStatus, StandingStatus
from timing.core.scopes import OVERALL, TEAMS
from timing.signatures import fingerprint

RANK = Column(key="rank", head="Pos", align=Align.RIGHT, strong=True)
CAR = Column(key="car", head="No", align=Align.RIGHT, strong=True)
CREW = Column(key="crew", head="Crew", share=7, strong=True)
VEHICLE = Column(key="vehicle", head="Car", share=3, weak=True)
CLASS = Column(key="class", head="Class", weak=True)
CLASS_RANK = Column(key="class_rank", head="Cl. pos", align=Align.RIGHT, weak=True)
MARKS = Column(key="marks", head="Marks", align=Align.CENTER)
_NATION = Column(key="nationality", head="Nat", weak=True)
_GAP = Column(key="gap", head="Gap", align=Align.RIGHT)
_PREVIOUS = Column(key="to_previous", head="To prev", align=Align.RIGHT, weak=True)
_WHY = Column(key="reason", head="Why", share=4, weak=True)

_STAGE = (
    RANK, CAR, CREW, VEHICLE, CLASS,
    Column(key="time", head="Time", align=Align.RIGHT, strong=True),
    Column(key="driven", head="Driven", align=Align.RIGHT, weak=True),
    Column(key="deviation", head="Deviation", align=Align.RIGHT),
    Column(key="points", head="Points", align=Align.RIGHT, strong=True),
    _GAP, _PREVIOUS, MARKS,
)  # fmt: skip
_STAGE_OPEN = (
    CAR, CREW, VEHICLE, CLASS,
    Column(key="time", head="Time", align=Align.RIGHT),
    _WHY, MARKS,
)  # fmt: skip
_LIST = (
    RANK, CAR, CREW, VEHICLE, CLASS,
    CLASS_RANK,
    Column(key="stages_done", head="Done", align=Align.RIGHT, weak=True),
    Column(key="fails", head="Fails", align=Align.RIGHT),
    Column(key="penalties", head="Penalties", align=Align.RIGHT),
    Column(key="total", head="Total", align=Align.RIGHT, strong=True),
    _GAP, _PREVIOUS,
    MARKS,
)  # fmt: skip
_OUT = (
    CAR, CREW, VEHICLE, CLASS,
    Column(key="stages_done", head="Done", align=Align.RIGHT, weak=True),
    Column(key="total", head="Total", align=Align.RIGHT),
    Column(key="stopped_at", head="At"),
    Column(key="cause", head="Cause", share=3),
    MARKS,
)  # fmt: skip
PENALTIES = (
    CAR, CREW,
    Column(key="where", head="Where"),
    Column(key="rule", head="Rule", share=3),
    Column(key="amount", head="Penalty", align=Align.RIGHT, strong=True),
    Column(key="text", head="Remarks", share=4, weak=True),
)  # fmt: skip

_OPEN_STAGES: dict[str, str] = {
    NOT_FINISHED: "Did not finish the stage",
    ResultStatus.RUNNING: "On the road",
    ResultStatus.HELD: "Held for a decision",
    ResultStatus.MISSING: "Time missing, for a decision",
    ResultStatus.CANCELLED: "Cancelled",
}
_GROUPS = {
    StandingStatus.NOT_CLASSIFIED: "Not classified",
    StandingStatus.OTL: "Over time limit",
    StandingStatus.RETIRED: "Retired",
    StandingStatus.DNS: "Did not start",
    StandingStatus.DSQ: "Disqualified",
}
_SHORT = 16


def sheet_of(document: Json, *, signature: str = "", sha256: str = "") -> Sheet:
    """Return the sheet of a document of a stage or a classification.

    Args:
        document: in the canonical form, or in the same form with the state LIVE.
        signature: the signature of a signed document.
        sha256: the digest of a signed document.
    """
    if document["kind"] == "stage":
        return _stage_sheet(document, _proof(document, signature, sha256))
    return _list_sheet(document, _proof(document, signature, sha256))


def sheet_of_file(file: Json) -> Sheet:
    """Return the sheet of a signed document's file, from that file alone."""
    return sheet_of(file["document"], signature=file["signature"]["value"], sha256=file["sha256"])


def _stage_sheet(document: Json, proof: Proof | None) -> Sheet:
    subject, rows = document["subject"], document["rows"]
    facts = []
    if "target" in subject:
        facts.append(("Target time", subject["target"]["text"]))
    if "km" in subject:
        facts.append(("Length", f"{subject['km']:.2f} km"))
    done = [row for row in rows if row["status"] == ResultStatus.DONE]
    blocks = [table("Results", _STAGE, [_cells(_STAGE, row) for row in done], empty="No results yet.")]
    for status, title in _OPEN_STAGES.items():
        lines = [_cells(_STAGE_OPEN, row) for row in rows if row["status"] == status]
        if lines:
            blocks.append(table(title, _STAGE_OPEN, lines, keep="car crew"))
    notes = [_rounding(document["rounding"])] if "rounding" in document else []
    title = stage_title(subject["kind"], subject["stage"], subject["name"])
    return _sheet(document, proof, title, facts, blocks, notes, _signed_by(document, "Official Timekeeper"))


def _list_sheet(document: Json, proof: Proof | None) -> Sheet:
    subject, rows = document["subject"], document["rows"]
    scope, state = subject["scope"], State(document["state"])
    facts = []
    if document.get("protest_until"):
        facts.append(("Protests until", _at(document, document["protest_until"])))
    ranks = class_ranks(rows) if scope == OVERALL else {}
    listed = [row for row in rows if row["status"] == StandingStatus.CLASSIFIED]
    columns = _LIST if scope != TEAMS else _team_columns()
    lines = [_cells(columns, {**row, "class_rank": ranks.get(row.get("car", ""))}) for row in listed]
    if len({line[[c.key for c in columns].index("stages_done")] for line in lines}) == 1:
        columns, lines = _without("stages_done", columns, lines)
    blocks = [table("Classified", columns, lines, empty="Nobody is classified yet.")]
    for status, title in _GROUPS.items():
        out = [_cells(_OUT, row) for row in rows if row["status"] == status]
        if out:
            blocks.append(table(title, _OUT, out, keep="car crew"))
    charged = [
        (row.get("car", ""), row.get("crew", ""), penalty)
        for row in rows
        for penalty in row.get("penalty_rows", ())
    ]
    if charged:
        blocks.append(table("Penalties", PENALTIES, [penalty_cells(*each) for each in charged]))
    title = list_title(scope, state, subject.get("after", ""), subject.get("classes"))
    who = _signed_by(document, "Clerk of the course")
    return _sheet(document, proof, title, facts, blocks, _ties(rows), who)


def _ties(rows: Sequence[Json]) -> list[str]:
    """By what equal totals were parted, once for each rule."""
    parted: dict[str, list[str]] = {}
    for row in rows:
        if row.get("tie"):
            parted.setdefault(row["tie"], []).append(row.get("car") or row.get("team", ""))
    return [
        f"Equal totals parted by {rule.replace('_', ' ')}: {', '.join(names)}."
        for rule, names in parted.items()
    ]


def _rounding(rounding: Json) -> str:
    """What is cut, and to what: a reader with two clock readings can do the sum again."""
    step = f"{(Decimal(rounding['resolution_us']) / SECOND).normalize():f} s"
    if rounding["cut"] == Truncate.STAMPS:
        return f"Clock readings are cut to {step}, never rounded; times are their differences."
    return f"Times are cut to {step}, never rounded."


def penalty_cells(car: str, crew: str, penalty: Json) -> tuple[str, ...]:
    """Return a line of a penalty list; what an official has yet to decide is said, never shown as nothing."""
    amount = penalty.get("amount")
    return (
        car,
        crew,
        penalty.get("control") or penalty.get("stage") or "",
        penalty["rule"],
        "to be decided ?" if amount is None else amount["text"],
        penalty.get("text", ""),
    )


def _sheet(
    document: Json,
    proof: Proof | None,
    title: str,
    facts: Sequence[tuple[str, str]],
    blocks: Sequence[Block],
    notes: Sequence[str],
    signatories: tuple[Signatory, ...],
) -> Sheet:
    event, keeper = document["event"], document["official_timekeeper"]
    state = State(document["state"])
    issued = document.get("issued_at") or document["decision"]["at"]
    final = document.get("final")
    if final is not None:
        facts = [*facts, ("Official since", _at(document, final["at"]))]
        notes = [*notes, f"Declared official by {_who(final)}."]
    for number in document.get("reopened_by", ()):
        notes = [*notes, f"Reopened by decision {number}."]
    rules = document.get("rules")
    if rules is not None:
        bulletins = ", ".join(rules["bulletins"])
        told = f"{rules['preset']} {rules['version']}" + (f", bulletins {bulletins}" if bulletins else "")
        facts = [*facts, ("Regulations", told)]
    marks = [str(row.get("marks", "")) for row in document["rows"]]
    if any("?" in cell for block in blocks for line in block.lines for cell in line[-2:]):
        marks.append("?")
    name = ", ".join(part for part in (keeper["name"], keeper["line"]) if part)
    return Sheet(
        id=document["id"],
        event=event["name"],
        edition=event["edition"],
        title=title,
        state=state,
        version=document.get("version"),
        simulated=document.get("simulated", False),
        at=parse_instant(issued),
        at_text=_at(document, issued),
        timekeeper=name,
        facts=tuple(facts),
        blocks=tuple(blocks),
        legend=legend(marks),
        notes=(*notes, *document.get("notes", ())),
        signatories=signatories,
        proof=proof,
    )


def _signed_by(document: Json, role: str) -> tuple[Signatory, ...]:
    """Room for the signatures; nobody signs what is live."""
    if document["state"] == State.LIVE:
        return ()
    keeper = document["official_timekeeper"]
    timekeeper = Signatory(role="Official Timekeeper", name=keeper["name"], line=keeper["line"])
    if role == timekeeper.role:
        return (timekeeper,)
    stewards = (Signatory(role="Stewards"),) if document["state"] == State.OFFICIAL else ()
    return (Signatory(role=role, name=document["decision"]["author"]), timekeeper, *stewards)


def _proof(document: Json, signature: str, sha256: str) -> Proof | None:
    if not signature:
        return None
    return Proof(
        digest=_grouped(sha256[:_SHORT]),
        key=fingerprint(document["public_key"]),
        signature=_grouped(signature[:_SHORT]),
    )


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4)) + " …"


def class_ranks(rows: Sequence[Json]) -> dict[str, int]:
    """Return the place of each ranked crew in its class: one more than those of the class that are ahead."""
    ahead: dict[str, list[int]] = {}
    for row in rows:
        if "rank" in row:
            ahead.setdefault(row.get("class", ""), []).append(row["rank"])
    if len(ahead) < 2:
        return {}
    return {
        row["car"]: 1 + sum(rank < row["rank"] for rank in ahead[row["class"]])
        for row in rows
        if "rank" in row and row.get("class")
    }


def _team_columns() -> tuple[Column, ...]:
    team = Column(key="team", head="Team", share=3, strong=True)
    crews = Column(key="crews", head="Crews that count", share=3, weak=True)
    return (RANK, team, crews, *_LIST[_LIST.index(CLASS) + 2 :])


def _without(
    key: str, columns: tuple[Column, ...], lines: Sequence[tuple[str, ...]]
) -> tuple[tuple[Column, ...], list[tuple[str, ...]]]:
    at = [column.key for column in columns].index(key)
    return (*columns[:at], *columns[at + 1 :]), [(*line[:at], *line[at + 1 :]) for line in lines]


def _cells(columns: Sequence[Column], row: Mapping[str, Any]) -> tuple[str, ...]:
    # The first one's gap to itself says nothing.
    said = {**row, "gap": None} if row.get("rank") == 1 else row
    return tuple(_text(said.get(column.key)) for column in columns)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value["text"]) if isinstance(value, dict) else str(value)


def _who(decision: Json) -> str:
    return f"{decision['author']} ({decision['role']})"


def _at(document: Json, text: str) -> str:
    return instant_text(parse_instant(text), document["event"]["utc_offset"])

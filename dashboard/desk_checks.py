"""What is checked before a decision is recorded: whether it is allowed now, and whether its author knows.

Two officials at two desks rule on one thing: the second one's decision was made without the first one's.
A decision may therefore say up to which record its author had seen what it is about; what is newer is
told instead of being overruled unseen.
"""

from collections.abc import Iterator

from dashboard.acts_in import act_out
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import Service
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import Act, Decision, Withdraw, decision_id_key
from timing.core.instant import format_instant
from timing.core.publication import is_publication
from timing.core.publication_acts import AcceptAmendment, Certify, RefuseAmendment
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.rulings import Rulings, Subject

_CHANGES_SHOWN = 20


async def refuse_inadmissible(service: Service, decision: Decision) -> None:
    """Refuse an act of publication that would have no effect, and what would undo one.

    Raises:
        Problem: 409 with the reason; 422 for a ruling on a clock without one.
    """
    if isinstance(decision.act, CorrectDevice | AcceptDevice | DropDevice) and not _reasoned(decision):
        raise Problem(422, "A ruling on a device's clock needs a reason.")
    undone = decision.act.decision if isinstance(decision.act, Withdraw) else decision.supersedes
    if undone is not None and (is_publication(decision) or _published_by(service, undone)):
        raise Problem(409, "What was certified or issued is not taken back: a next version follows it.")
    if not is_publication(decision):
        return
    why = await service.office.refusal(decision)
    if why:
        raise Problem(409, why, place=service.journal.head()[0])


def _reasoned(decision: Decision) -> bool:
    return decision.reason is not None or bool(decision.text.strip())


def _published_by(service: Service, ident: str) -> bool:
    record = service.journal.find(decision_id_key(ident))
    return record is not None and isinstance(record.body, Decision) and is_publication(record.body)


async def follow_publication(service: Service, decision: Decision) -> None:
    """Let an act of publication that was recorded take effect before its author is answered.

    Raises:
        Problem: 409 where a record that came first took its effect away.
    """
    if not is_publication(decision):
        return
    fold = await service.office.follow()
    verdict = fold.publications.verdicts.get(decision.id)
    if verdict is not None and verdict.refusal:
        raise Problem(409, verdict.refusal, recorded=verdict.seq)


def refuse_unseen(service: Service, decision: Decision, saw: int | None) -> None:
    """Refuse a decision on something about which there is a newer record than its author had seen.

    Raises:
        Problem: 409 with the newer records, 422 when the journal has no such record.
    """
    if saw is None:
        return
    if saw > service.journal.head()[0]:
        raise Problem(422, f"There is no record {saw} yet.")
    changed = [_told(record) for record in _newer(service, decision, saw)][-_CHANGES_SHOWN:]
    if changed:
        raise Problem(409, f"There is news about this since record {saw}.", saw=saw, changed=changed)


def _newer(service: Service, decision: Decision, saw: int) -> Iterator[Record]:
    rulings = Rulings(service.event.entries)
    about = _subject(service, rulings, decision)
    stamps = _stamps(service, decision.act)
    for record in service.journal.read(saw):
        body = record.body
        if isinstance(body, Stamp):
            if record.key in stamps or about == Subject("stamp", record.key):
                yield record
        elif isinstance(body, Decision) and body.id != decision.id:
            subject = _subject(service, rulings, body)
            on_the_way = subject.kind == "stamp" and subject.id in stamps
            if subject == about or on_the_way or _on_stage(service, decision.act, body.act):
                yield record


def _subject(service: Service, rulings: Rulings, decision: Decision) -> Subject:
    """What a decision is about; taking one back is about what that one was about."""
    if isinstance(decision.act, Withdraw):
        record = service.journal.find(decision_id_key(decision.act.decision))
        if record is not None and isinstance(record.body, Decision):
            return rulings.subject(record.body)
    return rulings.subject(decision)


def _stamps(service: Service, act: Act) -> set[str]:
    """The stamps on which the subject of an act rests: at its control or on its stage, of its car."""
    itinerary = service.event.itinerary
    stage = itinerary.stages.get(getattr(act, "stage", None) or "")
    control: str = getattr(act, "control", None) or ""
    lines = stage.lines if stage is not None else (control,) if control in itinerary.controls else ()
    car = getattr(act, "car", None)
    return {
        key
        for line in lines
        for key, state in service.rally.control_state(line).stamps.items()
        if car is None or state.car == car
    }


def _on_stage(service: Service, act: Act, other: Act) -> bool:
    """Whether another act rules on the stage whose times an act certifies."""
    if not isinstance(act, Certify | AcceptAmendment | RefuseAmendment):
        return False
    stage = service.event.itinerary.stages.get(act.stage)
    if stage is None:
        return False
    return getattr(other, "stage", None) == stage.id or getattr(other, "control", None) in stage.lines


def _told(record: Record) -> Json:
    body = record.body
    told: Json = {"seq": record.seq, "at": format_instant(body.at), "origin": record.origin}
    if isinstance(body, Decision):
        said = {"text": body.text} if body.text else {}
        return {
            **told,
            "act": type(body.act).__name__,
            "ruled": act_out(body.act),
            "author": body.author,
            "role": body.role.value,
            **said,
        }
    return {**told, "stamp": record.key}

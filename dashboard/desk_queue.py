"""What needs a hand, most urgent first: a pure reading of the rally and of what is published.

Nothing here decides. Each item says what is the matter and offers the acts that would settle it, in the
office that may take them; the desk previews an act before it is recorded.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from dashboard.desk_clocks import clock_items
from dashboard.desk_items import Choice, Item, Kind, Urgency
from dashboard.desk_papers import paper_items
from dashboard.desk_stamps import States, stamp_items
from dashboard.desk_times import accepting, office_of, time_items
from timing.core.admission import Published
from timing.core.clock_report import DeviceClock
from timing.core.decisions import Reason, Retire, Role
from timing.core.instant import MINUTE, Instant
from timing.core.overdue import overdue
from timing.core.proposals import Proposal, ProposalKind
from timing.core.rally import Rally


def desk_queue(
    rally: Rally,
    published: Published | None,
    now: Instant,
    clocks: Mapping[str, DeviceClock] = MappingProxyType({}),
    states: States | None = None,
) -> tuple[Item, ...]:
    """Return every open matter, most urgent first, then the one that arose first on the road.

    Args:
        rally: the rally.
        published: what is certified and issued; None where nothing can be.
        now: the present instant, for what runs out.
        clocks: what is known of the devices' clocks.
        states: the states of all controls, where they are at hand.
    """
    if states is None:
        states = {control: rally.control_state(control) for control in rally.event.itinerary.controls}
    proposals = rally.proposals()
    doubted = list(clock_items(clocks))
    times = list(time_items(rally, states, proposals, {item.device for item in doubted if item.device}))
    offered = {choice.act for item in times for choice in item.choices}
    items = [
        *stamp_items(rally, states),
        *times,
        *doubted,
        *_undecided(rally),
        *_overdue(rally, now),
        *(_proposed(each) for each in proposals if each.stale or each.act not in offered),
        *(paper_items(rally, published, now) if published is not None else ()),
    ]
    return tuple(sorted(items, key=lambda item: (item.urgency, item.until or item.at or now, item.id)))


def offices(items: Sequence[Item]) -> Mapping[str, int]:
    """Return how many matters wait in each office."""
    return Counter(item.office.value for item in items)


def _undecided(rally: Rally) -> Iterator[Item]:
    """Penalties about which the clerk has to decide."""
    for car in rally.event.entries.by_number:
        for row in rally.sheet(car).rows:
            if not row.undecided:
                continue
            where = row.control or row.stage or ""
            retired = Retire(car, row.control, row.text or row.rule)
            yield Item(
                id=f"undecided-{row.rule}-{where}-{car}",
                kind=Kind.UNDECIDED,
                urgency=Urgency.WRONG,
                office=Role.CLERK,
                text=f"{where or 'The rally'}: car {car}, {row.text or row.rule}: to be decided",
                stage=row.stage,
                control=row.control,
                car=car,
                records=row.records,
                choices=(Choice(label="The crew has retired", act=retired, reason=Reason.CLERK_DECISION),),
                form="Penalise",
            )


def _overdue(rally: Rally, now: Instant) -> Iterator[Item]:
    """Crews that somebody has to look for."""
    for one in overdue(rally, now):
        clock = rally.event.time.format
        seen = "never seen"
        if one.last_control is not None and one.last_at is not None:
            seen = f"last seen at {one.last_control} at {clock(one.last_at, MINUTE)}"
        gone = Retire(one.car, one.last_control, "not seen again" if one.last_control else "did not start")
        yield Item(
            id=f"overdue-{one.control}-{one.car}",
            kind=Kind.OVERDUE,
            urgency=Urgency.WRONG,
            office=Role.CLERK,
            text=f"{one.control}: car {one.car} is overdue by {one.minutes} min, {seen}",
            why=f"it was due at {clock(one.due, MINUTE)}",
            at=one.due,
            control=one.control,
            car=one.car,
            choices=(Choice(label="The crew has retired", act=gone, reason=Reason.CLERK_DECISION),),
            form="Retire",
        )


def _proposed(proposal: Proposal) -> Item:
    stale = proposal.stale
    where = proposal.stage or proposal.control or "The rally"
    doubt = "rests on few crews: low confidence" if proposal.low_confidence else ""
    at_line = proposal.kind is ProposalKind.REPLACEMENT
    return Item(
        id=f"proposal-{proposal.id}",
        kind=Kind.PROPOSAL,
        urgency=Urgency.WRONG if stale else Urgency.OPEN,
        office=office_of(proposal),
        text=f"{where}: car {proposal.car}, {proposal.text}",
        why="what was accepted no longer follows from its basis" if stale else doubt,
        stage=proposal.stage,
        control=proposal.control,
        car=proposal.car,
        records=proposal.records,
        choices=tuple(accepting(proposal)),
        form="CorrectTime" if at_line else "SetNotional",
    )

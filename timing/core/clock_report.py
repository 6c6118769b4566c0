"""Each device's clock as the Official Timekeeper looks at it: checks, drift, state, findings, a way out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from timing.core.clock_acts import CorrectDevice
from timing.core.clock_sightings import Discipline, Served, Sighting, served, sightings
from timing.core.clock_slips import (
    Compared,
    Slip,
    SlipKind,
    comparable,
    compare,
    say_other,
    say_slip,
    slip_of,
)
from timing.core.clocks import Checked, ClockState, Drift, Limits, drift, worst
from timing.core.instant import Instant
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control
from timing.core.official_sheets import Blocker
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.rulings import Ruled

_TABLES = TIME_CONTROLS | PASSAGE_CONTROLS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksAt:
    """The clocks at one control: what each timed, whether it is vouched for, how it stands to the others.

    `comparable` are those that can be compared, all trackers as one.
    """

    control: str
    sighted: Mapping[str, Sighting]
    comparable: Mapping[str, Sighting]
    served: Mapping[str, Served]
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A clock that was set wrongly, in words; `cars` of `of` showed it at `controls` (0 of 0: a check)."""

    slip: Slip
    text: str
    controls: tuple[str, ...] = ()
    cars: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClock:
    """The clock of one device.

    `checks` are all its checks in order of time; `drift` is that between the last two. `proposed` is an
    act that would put its times right, None where nothing is to be put right.
    """

    device: str
    discipline: Discipline
    state: ClockState
    why: str = ""
    checks: tuple[Checked, ...] = ()
    drift: Drift | None = None
    at: tuple[Served, ...] = ()
    findings: tuple[Finding, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    proposed: CorrectDevice | None = None


def clocks_at(rally: Rally, control: str) -> ClocksAt:
    """Look at the clocks at one control.

    Raises:
        KeyError: there is no such control.
    """
    limits = rally.clocks.limits[control]
    sighted = sightings(rally, control)
    found = {
        device: each
        for device, sighting in sighted.items()
        if (each := served(rally.event, rally.clocks.checks(device), limits, sighting)) is not None
    }
    table = rally.event.itinerary.controls[control].kind in _TABLES
    others = comparable(sighted)
    return ClocksAt(
        control=control,
        sighted=sighted,
        comparable=others,
        served=found,
        compared=compare(others, limits, table=table),
    )


def clock_blockers(rally: Rally, stage_id: str) -> tuple[Blocker, ...]:
    """Return the devices whose clocks keep a stage's times from being certified.

    Their clocks were over the limit, or never compared with a reference before the first of the times
    that count and after the last. The Official Timekeeper accepts, corrects or drops the device.

    Raises:
        KeyError: there is no such stage.
    """
    lines = rally.event.itinerary.stages[stage_id].lines
    return tuple(replace(each, stage=stage_id) for line in lines for each, _ in _doubted(rally, line))


def check_in_blockers(rally: Rally, controls: Iterable[Control]) -> tuple[Blocker, ...]:
    """Return the devices whose clocks keep a list from being issued that counts check-ins at these controls.

    The same as at a stage's lines, at time controls. What a marshal wrote down needs no check there: it is
    the minute that the control's clock showed, and not a device's own time.
    """
    return tuple(
        blocker
        for control in controls
        if control.kind in TIME_CONTROLS
        for blocker, source in _doubted(rally, control.id)
        if blocker.kind == "clock" or source is not Source.M
    )


def _doubted(rally: Rally, control: str) -> Iterator[tuple[Blocker, Source]]:
    """The devices that gave a time that counts at a control, and whose clocks do not vouch for it."""
    limits = rally.clocks.limits[control]
    for device, sighting in sightings(rally, control).items():
        each = served(rally.event, rally.clocks.checks(device), limits, sighting, used_only=True)
        if each is not None and each.state in (ClockState.UNCHECKED, ClockState.FAIL):
            kind = "clock_unchecked" if each.state is ClockState.UNCHECKED else "clock"
            text = f"the clock of {device} at {control}: {each.why}"
            yield Blocker(kind=kind, text=text, control=control, device=device), sighting.source


def device_clock(rally: Rally, device: str, places: Sequence[ClocksAt]) -> DeviceClock:
    """Return what is known of a device's clock, out of the clocks at all controls."""
    checks, ruled = rally.clocks.checks(device), rally.clocks.ruled(device)
    here = [place for place in places if device in place.sighted]
    at = tuple(place.served[device] for place in here if device in place.served)
    kept_by = min(
        (place.sighted[device].discipline for place in here),
        key=list(Discipline).index,
        default=Discipline.CHECKS,
    )
    state, why = _state(rally, device, checks, at, kept_by)
    findings = (*_by_checks(rally, device, checks, ruled), *_by_others(rally, device, here))
    return DeviceClock(
        device=device,
        discipline=kept_by,
        state=state,
        why=why,
        checks=checks,
        drift=drift(checks[-2].check, checks[-1].check) if len(checks) > 1 else None,
        at=at,
        findings=findings,
        ruled=ruled,
        proposed=_proposed(device, checks, at, findings),
    )


def _state(
    rally: Rally, device: str, checks: Sequence[Checked], at: Sequence[Served], kept_by: Discipline
) -> tuple[ClockState, str]:
    """The worst that is known at any control; before the first car what the last check says."""
    if at:
        state = worst(*(each.state for each in at))
        return state, next((each.why for each in at if each.state is state), "")
    if kept_by is not Discipline.CHECKS:
        return ClockState.OK, f"kept right by the {kept_by}"
    if not checks:
        return ClockState.UNCHECKED, "never compared with a reference"
    last = checks[-1].check
    config = rally.event.devices.get(device)
    limits = [rally.clocks.limits[a.control] for a in config.assignments] if config is not None else []
    return _strictest(limits or list(rally.clocks.limits.values())).state(last.offset, last.uncertainty), ""


def _strictest(limits: Sequence[Limits]) -> Limits:
    return min(limits, key=lambda each: each.fail)


def _by_checks(
    rally: Rally, device: str, checks: Sequence[Checked], ruled: Sequence[Ruled]
) -> Iterable[Finding]:
    """What the last check shows, unless a correction has dealt with it."""
    if checks and not any(isinstance(each.decision.act, CorrectDevice) for each in ruled):
        last = checks[-1].check
        slip = slip_of(last.offset)
        if slip is not None:
            when = rally.event.time.format(last.at)
            yield Finding(
                slip=slip, text=say_slip(device, slip, [f"its reference (check of {when})"], (), "")
            )


def _by_others(rally: Rally, device: str, here: Sequence[ClocksAt]) -> Iterable[Finding]:
    """What the other devices at the same controls show: of two that differ the less trusted is meant."""
    shown: dict[Slip, list[tuple[Compared, str]]] = {}
    for place in here:
        for each in place.compared:
            if each.device != device or each.slip is None:
                continue
            if _trust(place, device) > _trust(place, each.other):
                continue
            slip = each.slip
            if slip.kind is SlipKind.OFFSET:
                # Its size differs from place to place; it is said to the millisecond.
                slip = Slip(slip.kind, slip.offset // 1000 * 1000)
            shown.setdefault(slip, []).append((each, say_other(place.comparable[each.other])))
    for slip, found in shown.items():
        controls = tuple(dict.fromkeys(each.control for each, _ in found))
        best: dict[str, Compared] = {}
        for each, _ in sorted(found, key=lambda pair: pair[0].of):
            best[each.control] = each
        cars, of = sum(each.cars for each in best.values()), sum(each.of for each in best.values())
        text = say_slip(device, slip, [words for _, words in found], controls, f"{cars} of {of} cars")
        yield Finding(slip=slip, text=text, controls=controls, cars=cars, of=of)


def _trust(place: ClocksAt, device: str) -> tuple[int, int]:
    """How far a device is believed against another: what keeps its clock right, then who agrees with it."""
    sighting, vouched = place.comparable[device], place.served.get(device)
    kept = 0
    if sighting.discipline is not Discipline.CHECKS:
        kept = 2
    elif vouched is not None and vouched.state in (ClockState.OK, ClockState.WARN):
        kept = 1
    agree = sum(each.device == device and each.slip is None for each in place.compared)
    return kept, agree


def _proposed(
    device: str, checks: Sequence[Checked], at: Sequence[Served], findings: Sequence[Finding]
) -> CorrectDevice | None:
    """Propose what would put a device's times right: the drift between its checks, else a slip found."""
    troubled = [each for each in at if each.state in (ClockState.WARN, ClockState.FAIL)]
    if troubled and checks:
        points = tuple((checked.check.at, checked.check.offset) for checked in _one_an_instant(checks))
        return CorrectDevice(device, *_span(at, points), points)
    slips = {finding.slip for finding in findings if finding.of}
    if len(slips) == 1 and at:
        first = min(each.first for each in at)
        return CorrectDevice(device, first, max(each.last for each in at) + 1, ((first, slips.pop().offset),))
    return None


def _one_an_instant(checks: Sequence[Checked]) -> list[Checked]:
    """The checks of which no two are at one instant: of several the most exact."""
    found: dict[Instant, Checked] = {}
    for checked in sorted(checks, key=lambda each: -each.check.uncertainty):
        found[checked.check.at] = checked
    return sorted(found.values(), key=lambda each: each.check.at)


def _span(at: Sequence[Served], points: Sequence[tuple[Instant, int]]) -> tuple[Instant, Instant]:
    first = min(*(each.first for each in at), points[0][0])
    return first, max(*(each.last for each in at), points[-1][0]) + 1

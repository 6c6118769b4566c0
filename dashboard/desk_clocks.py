"""The desk's queue of clocks: those over their limits, those that others contradict, those never compared."""

from collections.abc import Iterator, Mapping

from dashboard.desk_items import Choice, Item, Kind, Urgency
from timing.core.clock_acts import AcceptDevice, DropDevice
from timing.core.clock_report import DeviceClock
from timing.core.clock_sightings import Served
from timing.core.clocks import ClockState
from timing.core.decisions import Reason, Role

#: Wrongly set or over the limit; what only lacks a check waits until somebody has made it.
_IN_DOUBT = frozenset({ClockState.FAIL, ClockState.UNCHECKED})


def clock_items(clocks: Mapping[str, DeviceClock]) -> Iterator[Item]:
    """Return the clocks about whose times the Official Timekeeper has to decide."""
    for device, clock in clocks.items():
        doubted = [each for each in clock.at if each.state in _IN_DOUBT]
        findings = [finding.text for finding in clock.findings if not clock.ruled]
        if not doubted and not findings:
            continue
        failed = bool(findings) or any(each.state is ClockState.FAIL for each in doubted)
        where = ", ".join(dict.fromkeys(each.control for each in doubted))
        text = findings[0] if findings else f"its clock at {where}: {doubted[0].why}"
        yield Item(
            id=f"clock-{device}",
            kind=Kind.CLOCK,
            urgency=Urgency.WRONG if failed else Urgency.OPEN,
            office=Role.TIMEKEEPER,
            text=f"{device}: {text}",
            why="; ".join(findings[1:]) or _meanwhile(doubted, failed=failed),
            at=min((each.first for each in doubted), default=0),
            control=doubted[0].control if doubted else None,
            device=device,
            records=tuple(checked.seq for checked in clock.checks[-2:]),
            choices=tuple(_choices(device, clock, doubted)),
            form="clock",
        )


def _meanwhile(doubted: list[Served], *, failed: bool) -> str:
    times = sum(each.times for each in doubted)
    if failed:
        return f"{times} times are under review"
    return f"{times} times count, and cannot be certified before it is compared with a reference or accepted"


def _choices(device: str, clock: DeviceClock, doubted: list[Served]) -> Iterator[Choice]:
    if clock.proposed is not None:
        many = len(clock.proposed.points)
        yield Choice(
            label="Put its times right",
            act=clock.proposed,
            reason=Reason.DRIFT,
            why=f"by the line through {many} checks" if many > 1 else "by one offset",
        )
    controls = list(dict.fromkeys(each.control for each in doubted))
    if len(controls) > 1:
        yield Choice(
            label="Accept its times everywhere",
            act=AcceptDevice(device),
            reason=Reason.DEVICE_FAULT,
            why="as they are; say why",
        )
    for control in controls:
        yield Choice(
            label=f"Accept its times at {control}",
            act=AcceptDevice(device, control),
            reason=Reason.DEVICE_FAULT,
            why="as they are; say why",
        )
    if doubted:
        yield Choice(
            label="Drop its times",
            act=DropDevice(device),
            reason=Reason.DEVICE_FAULT,
            why="the next source takes their place",
        )

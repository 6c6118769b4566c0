"""Clocks as the desk's pages get them: plain JSON, offsets in µs with the text that every view prints."""

from typing import Any

from dashboard.acts_in import act_out
from dashboard.messages import ClockRow, Json, duration, plain
from timing.core.clock_report import DeviceClock, Finding
from timing.core.clock_sightings import Served
from timing.core.clocks import Checked, Drift, Limits
from timing.core.decisions import Reason
from timing.core.event import Event
from timing.core.instant import SECOND, Duration, format_instant
from timing.core.rulings import Ruled


def clock_row(clock: DeviceClock) -> ClockRow:
    """Return a clock as the officials' live document has it: small, and still between two checks."""
    last = clock.checks[-1].check if clock.checks else None
    return ClockRow(
        state=clock.state.value,
        why=clock.why or None,
        offset=None if last is None else duration(last.offset, 1, sign=True),
        checked=None if last is None else format_instant(last.at // SECOND * SECOND),
        ppm=None if clock.drift is None else _two_places(clock.drift),
        findings=len(clock.findings),
    )


def clock_json(event: Event, clock: DeviceClock) -> Json:
    """Return all that is known of a clock, with the act that would put it right."""
    row: Json = {
        "state": clock.state.value,
        "why": clock.why,
        "kept_right_by": clock.discipline.value,
        "checks": [_check(checked) for checked in clock.checks],
        "at": [_served(event, each) for each in clock.at],
        "findings": [_finding(each) for each in clock.findings],
        "ruled": [_ruled(each) for each in clock.ruled],
    }
    if clock.checks:
        last = clock.checks[-1].check
        row |= {"offset": _length(last.offset, sign=True), "uncertainty": _length(last.uncertainty)}
        row["checked"] = format_instant(last.at)
    if clock.drift is not None:
        per_hour = round(clock.drift.per_hour)
        row["drift"] = {"ppm": _two_places(clock.drift), "us_per_hour": per_hour}
    if clock.proposed is not None:
        row["proposed"] = {"act": act_out(clock.proposed), "reason": Reason.DRIFT.value}
    return row


def _two_places(drift: Drift) -> str:
    """Parts per million with two decimals, rounded, with its sign."""
    return f"{float(round(drift.ppm, 2)):+.2f}"


def _length(value: Duration, *, sign: bool = False) -> Any:  # noqa: ANN401 - JSON
    return plain(duration(value, 1, sign=sign))


def _check(checked: Checked) -> Json:
    check = checked.check
    return {
        "at": format_instant(check.at),
        "offset": _length(check.offset, sign=True),
        "uncertainty": _length(check.uncertainty),
        "method": check.method,
        "seq": checked.seq,
    }


def _served(event: Event, served: Served) -> Json:
    row: Json = {
        "control": served.control,
        "state": served.state.value,
        "times": served.times,
        "first": event.time.format(served.first, SECOND),
        "last": event.time.format(served.last, SECOND),
        "limits": _limits(served.limits),
        "why": served.why,
    }
    for name, checked in (("before", served.before), ("after", served.after)):
        if checked is not None:
            row[name] = checked.seq
    return row


def _limits(limits: Limits) -> Json:
    return {"warn": _length(limits.warn), "fail": _length(limits.fail)}


def _finding(finding: Finding) -> Json:
    return {
        "kind": finding.slip.kind.value,
        "text": finding.text,
        "offset": _length(finding.slip.offset, sign=True),
        "controls": list(finding.controls),
        "cars": finding.cars,
        "of": finding.of,
    }


def _ruled(ruled: Ruled) -> Json:
    decision = ruled.decision
    return {
        "id": decision.id,
        "seq": ruled.seq,
        "act": act_out(decision.act),
        "author": decision.author,
        "at": format_instant(decision.at),
        "reason": decision.reason,
        "text": decision.text,
    }

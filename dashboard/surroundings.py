"""What surrounds the rally itself: devices, links, refused messages, alerts; and counters for operators."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.clock_desk import ClockDesk
from dashboard.clock_rows import clock_row
from dashboard.device_rows import LinkFacts, status_of
from dashboard.hub import Hub
from dashboard.live_out import LiveOut
from dashboard.messages import DeviceRow, LinkRow, Notice, RefusedRow, RemarkRow, duration
from dashboard.projector import Projector, Surroundings
from timing.clock import Clock
from timing.core.clock_report import DeviceClock
from timing.core.event import Event
from timing.core.instant import MILLISECOND, SECOND, Duration, Instant, format_instant
from timing.core.readings import Alert, AlertKind, Remark, Stamp
from timing.core.records import Record
from timing.health import DeviceHealth, Health
from timing.ingest import Ingest, News
from timing.journal.journal import Journal, Quarantined

#: How many refused messages and alerts the desk shows; all are in the journal.
_SHOWN = 30
_SHOWN_ALERTS = 50
#: How many remarks of one control its page shows.
_SHOWN_REMARKS = 30
#: Device rows are made anew this often (µs of real time passes through the injected clock).
_ROWS_EVERY: Duration = SECOND
#: The clocks of so many controls with news are looked at then.
_CONTROLS_A_TIME = 2
_DETAIL = 300


@dataclass(slots=True)
class Around:
    """Follows the news of the ingest and tells projector and hub."""

    event: Event
    clock: Clock
    links: Callable[[], Sequence[LinkFacts]]
    health: Health | None = None
    projector: Projector | None = None
    hub: Hub | None = None
    clocks: ClockDesk | None = None
    _refused: deque[tuple[int, Quarantined]] = field(default_factory=lambda: deque(maxlen=_SHOWN))
    _refused_count: int = 0
    _alerts: dict[str, Notice] = field(default_factory=dict)
    _remarks: dict[str, dict[str, RemarkRow]] = field(default_factory=dict)
    _rows: Mapping[str, DeviceRow] = field(default_factory=dict)
    _rows_at: Instant | None = None

    def restore(self, journal: Journal) -> None:
        """Take up what an earlier life of the service refused, and the alerts it recorded."""
        self._refused_count = journal.quarantine_head()
        after = max(0, self._refused_count - _SHOWN)
        for refused in journal.read_quarantine(after, _SHOWN):
            self._refused.append((refused.seq, refused))
        for record in journal.read():
            self._alert(record)
            self._remark(record)

    def announce(self, news: News) -> None:
        """Take what one commit brought."""
        for refused in news.refused:
            self._refused_count += 1
            self._refused.append((self._refused_count, refused))
        for record in news.records:
            self._alert(record)
            self._remark(record)
        if self.clocks is not None:
            self.clocks.note(news.changes, news.records)
        if self.projector is not None:
            self.projector.changed(news.changes)
            self.projector.moved(news.moved)
        if self.hub is not None and any(
            isinstance(record.body, Stamp | Alert | Remark) for record in news.records
        ):
            self.hub.urge()

    def surroundings(self) -> Surroundings:
        """Return what officials see besides the rally."""
        return Surroundings(
            devices=self._devices(),
            links={
                link.name: LinkRow(up=link.up, since=format_instant(link.since), error=link.error or None)
                for link in self.links()
            },
            refused={
                str(number): RefusedRow(
                    at=format_instant(refused.received_at),
                    device=refused.device or "",
                    reason=refused.reason,
                    detail=_short(refused),
                )
                for number, refused in self._refused
            },
            refused_count=self._refused_count,
            notices=self._alerts,
            remarks=self._remarks,
        )

    def _devices(self) -> Mapping[str, DeviceRow]:
        now = self.clock.now()
        if self._rows_at is None or not 0 <= now - self._rows_at < _ROWS_EVERY:
            self._rows_at = now
            self._rows = self._made_rows(now)
        return self._rows

    def _made_rows(self, now: Instant) -> Mapping[str, DeviceRow]:
        if self.health is None:
            return {}
        names = dict.fromkeys((*self.event.devices, *(name for name in self.health.devices() if name)))
        if self.clocks is None:
            return {name: device_row(self.health.of(name, now), now) for name in names}
        self.clocks.look(_CONTROLS_A_TIME)
        own = set(self.clocks.devices())
        return {
            name: device_row(self.health.of(name, now), now, self.clocks.of(name) if name in own else None)
            for name in names
        }

    def _alert(self, record: Record) -> None:
        alert = record.body
        if not isinstance(alert, Alert):
            return
        whose = f"car {alert.car}" if alert.car else alert.device
        place = "" if alert.lat is None else f" at {alert.lat:.5f}, {alert.lon:.5f}"
        said = f": {alert.text}" if alert.text else ""
        self._alerts[f"alert-{record.seq}"] = Notice(
            at=format_instant(alert.at),
            text=f"{alert.kind.value} {whose}{place}{said}",
            level="info" if alert.kind is AlertKind.OK else "warn",
        )
        while len(self._alerts) > _SHOWN_ALERTS:
            del self._alerts[next(iter(self._alerts))]

    def _remark(self, record: Record) -> None:
        remark = record.body
        if not isinstance(remark, Remark):
            return
        rows = self._remarks.setdefault(remark.control, {})
        rows[record.key] = RemarkRow(
            at=format_instant(remark.at),
            kind=remark.kind.value,
            text=remark.text,
            by=record.origin.rpartition("/")[2],
            device=remark.device,
            car=remark.car,
            cars_in=remark.cars_in,
            cars_out=remark.cars_out,
        )
        while len(rows) > _SHOWN_REMARKS:
            del rows[next(iter(rows))]


def device_row(health: DeviceHealth, now: Instant, clock: DeviceClock | None = None) -> DeviceRow:
    """Return a device as the desk sees it: whether it is there, what came of it, and its clock."""
    heard = health.heard_at
    offset = health.clock_offset
    return DeviceRow(
        status=status_of(health, now),
        duplicates=health.duplicates,
        rejected=sum(health.rejected.values()),
        reasons=dict(sorted(health.rejected.items())),
        heard=None if heard is None else format_instant(heard // SECOND * SECOND),
        battery=health.battery,
        link=health.link or None,
        # Shown in steps that a person acts on, so that its trembling does not fill the stream.
        clock_offset=None if offset is None else duration(_steady(offset), MILLISECOND, sign=True),
        spool=health.spool,
        clock=None if clock is None else clock_row(clock),
    )


def _steady(offset: Duration) -> Duration:
    return round(offset / (100 * MILLISECOND)) * 100 * MILLISECOND


def _short(refused: Quarantined) -> str:
    detail = f"{refused.detail} ({refused.suggestion})" if refused.suggestion else refused.detail
    return detail if len(detail) <= _DETAIL else detail[: _DETAIL - 1] + "…"


def metrics(
    hub: Hub,
    ingest: Ingest,
    around: Around,
    live_out: LiveOut,
    checked: Callable[[], Mapping[tuple[str, str], int]],
) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield (name, labels, value) of everything an operator may watch."""
    for name, count in sorted(ingest.counters.items()):
        yield f"rallykeeper_ingest_{name}_total", {}, count
    for reason, count in sorted(ingest.health.rejected().items()):
        yield "rallykeeper_refused_total", {"reason": reason}, count
    for (stage, result), count in sorted(checked().items()):
        yield "rallykeeper_fix_checks_total", {"stage": stage, "result": result}, count
    urgent, fixes = ingest.waiting
    yield "rallykeeper_ingest_waiting", {"line": "urgent"}, urgent
    yield "rallykeeper_ingest_waiting", {"line": "fixes"}, fixes
    yield "rallykeeper_viewers", {}, hub.viewers
    yield "rallykeeper_live_messages_total", {}, hub.counters.messages
    yield "rallykeeper_live_frames_total", {}, hub.counters.frames
    yield "rallykeeper_live_skipped_total", {}, hub.counters.skipped
    yield "rallykeeper_live_dropped_viewers_total", {}, hub.counters.dropped
    yield "rallykeeper_live_out_dropped_total", {}, live_out.dropped
    for link in around.links():
        yield "rallykeeper_link_up", {"link": link.name}, float(link.up)

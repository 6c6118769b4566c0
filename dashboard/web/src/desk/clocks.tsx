/** The clocks of the devices: each check against a reference, drift, limits, findings, and what puts it right. */
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { holds } from "../live/session";
import { rally, stale } from "../live/store";
import type { Dur } from "../live/state";
import { clockText } from "../ui/format";
import { address } from "../ui/router";
import { words } from "../ui/text";
import { durationText } from "../why/values";
import { type ActBody, actText, precise } from "./act-text";
import { CheckForm } from "./check-form";
import { DraftPanel } from "./draft";
import { drop, prepare, recordedCount } from "./store";
import type { Prepared } from "./types";
import { d } from "./words";

interface Served {
  readonly control: string;
  readonly state: string;
  readonly times: number;
  readonly first: string;
  readonly last: string;
  readonly limits: { readonly warn: Dur; readonly fail: Dur };
  readonly why: string;
}

interface ClockDoc {
  readonly state: string;
  readonly why: string;
  readonly kept_right_by: string;
  readonly checks: readonly { readonly at: string; readonly offset: Dur; readonly uncertainty: Dur; readonly method: string; readonly seq: number }[];
  readonly at: readonly Served[];
  readonly findings: readonly { readonly text: string }[];
  readonly ruled: readonly { readonly id: string; readonly seq: number; readonly act: ActBody; readonly author: string; readonly at: string; readonly text: string }[];
  readonly offset?: Dur;
  readonly drift?: { readonly ppm: string };
  readonly proposed?: Prepared;
}

interface DeviceDoc { readonly status: string; readonly heard?: string; readonly battery?: number; readonly clock: ClockDoc }

const ORDER = ["FAIL", "UNCHECKED", "WARN", "OK"];
const REFRESH_MS = 15_000;

export function Clocks() {
  const [found, setFound] = useState<Readonly<Record<string, DeviceDoc>> | null>();
  const [open, setOpen] = useState<string | undefined>(address.value.query.get("device") ?? undefined);
  const [checks, setChecks] = useState(0);
  useEffect(() => {
    // Trackers have the satellites' time, and no clock to be looked after.
    const read = () => getJson<{ devices: Readonly<Record<string, Partial<DeviceDoc>>> }>("/api/devices").then(
      ({ devices }) => setFound(Object.fromEntries(Object.entries(devices).filter((each): each is [string, DeviceDoc] => each[1].clock !== undefined))),
      () => setFound((held) => held ?? null),
    );
    void read();
    const timer = setInterval(() => { if (!stale.peek()) void read(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [recordedCount.value, checks]);
  if (found === undefined) return <p class="waiting" role="status">…</p>;
  if (found === null || Object.keys(found).length === 0) return <p class="nothing">{d("noClocks")}</p>;
  const rows = Object.entries(found).sort(([a, x], [b, y]) =>
    ORDER.indexOf(x.clock.state) - ORDER.indexOf(y.clock.state) || y.clock.at.length - x.clock.at.length || (a < b ? -1 : 1));
  const [chosen, row] = rows.find(([id]) => id === open) ?? (rows[0] as [string, DeviceDoc]);
  return (
    <div class="desk-columns">
      <section class="desk-queue" aria-label={d("clocks")}>
        <ol>{rows.map(([id, one]) => <Row key={id} id={id} row={one} open={id === chosen} choose={() => { drop(); setOpen(id); }} />)}</ol>
      </section>
      <section class="desk-work" data-device={chosen}>
        <Clock key={chosen} id={chosen} row={row} told={() => setChecks(checks + 1)} />
        <DraftPanel />
      </section>
    </div>
  );
}

function Row(props: { id: string; row: DeviceDoc; open: boolean; choose: () => void }) {
  const { row } = props;
  const { clock } = row;
  const urgent = clock.state === "FAIL" ? 1 : 2;
  return (
    <li class={`matter urgency-${urgent} ${props.open ? "open" : ""}`} data-clock={props.id}>
      <button type="button" aria-current={props.open} onClick={props.choose}>
        <span class="matter-kind">{words(clock.state)}</span>
        <span class="matter-time">{clock.offset === undefined ? "" : lengthText(clock.offset.us)}{clock.drift === undefined ? "" : ` · ${clock.drift.ppm} ppm`}</span>
        <span class="matter-where">{props.id}</span>
        <span class="matter-what soft">{clock.why}</span>
      </button>
    </li>
  );
}

function Clock(props: { id: string; row: DeviceDoc; told: () => void }) {
  const { id, row } = props;
  const { clock } = row;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const heard = row.heard === undefined ? "" : d("heard", { time: clockText(row.heard, offset) });
  return (
    <>
      <header class="matter-head">
        <p class="matter-kind">{words(clock.state)}</p>
        <h2><span class="test-id">{id}</span> {clock.why}</h2>
        <p class="facts">{[words(row.status), heard, d("keptBy", { what: words(clock.kept_right_by) })].filter(Boolean).join(" · ")}</p>
      </header>
      {clock.findings.map((finding) => <p key={finding.text} class="draft-fault">{finding.text}</p>)}
      <Served rows={clock.at} />
      <Checks rows={clock.checks} drift={clock.drift?.ppm} />
      {holds("timekeeper") ? <CheckForm device={id} told={props.told} /> : null}
      <Acts id={id} clock={clock} />
      {clock.ruled.length === 0 ? null : (
        <ol class="clock-ruled">
          {clock.ruled.map((one) => (
            <li key={one.id}><time>{clockText(one.at, offset)}</time> <b>{actText(one.act, offset)}</b> {one.author} <span class="soft">{one.text}</span> <span class="seq">#{one.seq}</span></li>
          ))}
        </ol>
      )}
    </>
  );
}

function Served(props: { rows: readonly Served[] }) {
  if (props.rows.length === 0) return <p class="nothing">{d("noTimes")}</p>;
  return (
    <table class="small clock-table">
      <thead>
        <tr>
          <th scope="col">{d("control")}</th><th class="num" scope="col">{d("times")}</th><th scope="col">{d("fromTo")}</th>
          <th class="num" scope="col">{d("limits")}</th><th scope="col">{d("state")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((one) => (
          <tr key={one.control}>
            <th scope="row"><a class="test-id" href={`/control/${encodeURIComponent(one.control)}`}>{one.control}</a></th>
            <td class="num">{one.times}</td>
            <td>{one.first} – {one.last}</td>
            <td class="num">{lengthText(one.limits.warn.us)} / {lengthText(one.limits.fail.us)}</td>
            <td class={one.state === "FAIL" ? "bad" : ""} title={one.why}>{words(one.state)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A short length in µs in the unit in which a person thinks of it: `2 ms`, `−1.5 s`. */
function lengthText(us: number): string {
  if (Math.abs(us) >= 1_000_000) return `${durationText(us)} s`;
  const [whole, rest] = [Math.floor(Math.abs(us) / 1_000), Math.abs(us) % 1_000];
  return `${us < 0 ? "−" : ""}${whole}${rest === 0 ? "" : `.${String(rest).padStart(3, "0").replace(/0+$/, "")}`} ms`;
}

function Checks(props: { rows: ClockDoc["checks"]; drift: string | undefined }) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  if (props.rows.length === 0) return <p class="facts">{d("noChecks")}</p>;
  return (
    <table class="small clock-table">
      <thead>
        <tr>
          <th scope="col">{d("checked")}</th><th class="num" scope="col">{d("offBy")}</th><th class="num" scope="col">±</th><th scope="col">{d("method")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((check) => (
          <tr key={check.seq}>
            <th scope="row">{precise(check.at, offset)}</th>
            <td class="num strong">{lengthText(check.offset.us)}</td>
            <td class="num">{lengthText(check.uncertainty.us)}</td>
            <td>{check.method} <span class="seq">#{check.seq}</span></td>
          </tr>
        ))}
      </tbody>
      {props.drift === undefined ? null : <tfoot><tr><td colSpan={4}>{d("drift", { ppm: props.drift })}</td></tr></tfoot>}
    </table>
  );
}

function Acts(props: { id: string; clock: ClockDoc }) {
  const { id, clock } = props;
  if (!holds("timekeeper")) return null;
  const doubted = clock.at.filter((one) => one.state === "FAIL" || one.state === "UNCHECKED");
  const rulings: [string, ActBody, string][] = [
    ...(clock.proposed === undefined ? [] : [[d("putRight"), clock.proposed.act, clock.proposed.reason ?? "DRIFT"] as [string, ActBody, string]]),
    ...doubted.map((one): [string, ActBody, string] => [d("acceptAt", { control: one.control }), { type: "AcceptDevice", device: id, control: one.control }, "DEVICE_FAULT"]),
    ...(clock.at.length === 0 ? [] : [[d("dropTimes"), { type: "DropDevice", device: id }, "DEVICE_FAULT"] as [string, ActBody, string]]),
  ];
  return (
    <div class="paper-acts">
      {rulings.map(([label, act, reason], i) => (
        <button key={label} type="button" data-act={act.type} onClick={() => prepare(`${id}: ${label}`, { act, reason }, ["timekeeper"])}>
          <kbd>{i + 1}</kbd> {label}
        </button>
      ))}
    </div>
  );
}

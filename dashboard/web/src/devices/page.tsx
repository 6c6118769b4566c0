/** The devices: who is heard, what is missing, what disturbed whom, and where each is assigned. */
import { useEffect, useState } from "preact/hooks";
import { DraftPanel } from "../desk/draft";
import { drop, recordedCount } from "../desk/store";
import { getJson } from "../live/api";
import { headquarters, session } from "../live/session";
import { rally, stale } from "../live/store";
import { ageText, clockText } from "../ui/format";
import { address, withQuery } from "../ui/router";
import { t } from "../ui/text";
import { Detail } from "./detail";
import { doubts, type Device, type DevicesDoc, type Doubt, type Link, URGENT } from "./types";
import { DOUBTS, STATUS, w } from "./words";

const REFRESH_MS = 5_000;
const VIEWS = ["needed", "timing", "trackers", "others", "all"] as const;
type View = (typeof VIEWS)[number];

interface Row { readonly id: string; readonly device: Device; readonly link: Link | undefined; readonly doubts: readonly Doubt[] }

export function DevicesPage() {
  const [doc, setDoc] = useState<DevicesDoc>();
  const [fault, setFault] = useState("");
  useEffect(drop, []);
  useEffect(() => {
    if (!headquarters.value) return undefined;
    const read = () => getJson<DevicesDoc>("/api/devices").then(
      (found) => { setDoc(found); setFault(""); }, (reason: Error) => setFault(reason.message),
    );
    void read();
    const timer = setInterval(() => { if (!stale.peek()) void read(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [headquarters.value, recordedCount.value]);
  if (session.value === null) return <p class="waiting">{t("app.waiting")}</p>;
  if (!headquarters.value) return <p class="nothing">{w("signIn")}</p>;
  if (doc === undefined) return <p class="waiting" role="status">{fault === "" ? "…" : w("failed", { why: fault })}</p>;
  return <Devices doc={doc} fault={fault} />;
}

function Devices(props: { doc: DevicesDoc; fault: string }) {
  const { doc } = props;
  const links = new Map(doc.links.flatMap((link) => (link.device === null ? [] : [[link.device, link] as const])));
  const rows: Row[] = Object.entries(doc.devices).map(([id, device]) => {
    const link = links.get(id);
    return { id, device, link, doubts: doubts(device, link) };
  });
  rows.sort((a, b) => weight(a) - weight(b) || (a.id < b.id ? -1 : 1));
  const counts = Object.fromEntries(VIEWS.map((view) => [view, rows.filter((row) => shows(view, row)).length]));
  const asked = address.value.query.get("show") as View | null;
  const view = asked !== null && VIEWS.includes(asked) ? asked : (counts["needed"] ?? 0) > 0 ? "needed" : "all";
  const shown = rows.filter((row) => shows(view, row));
  const open = address.value.query.get("device");
  return (
    <div class="desk devices">
      <h1>{w("title")}</h1>
      {props.fault === "" ? null : <p class="draft-fault">{w("failed", { why: props.fault })}</p>}
      <State doc={doc} />
      <nav class="offices" aria-label={w("title")}>
        {VIEWS.map((name) => (
          <a key={name} href={withQuery("show", name)} aria-current={name === view ? "true" : undefined}>
            {w(name)} <span class="count">{counts[name]}</span>
          </a>
        ))}
      </nav>
      {shown.length === 0 ? <p class="nothing">{w(view === "needed" ? "wellAll" : "none")}</p> : (
        <ol class="device-list">
          {shown.map((row) => <Item key={row.id} row={row} now={doc.at} open={row.id === open} />)}
        </ol>
      )}
      <DraftPanel />
      <Links rows={doc.links} />
    </div>
  );
}

/** Urgent ones first, then those to be looked at, then the timing devices, then trackers. */
function weight(row: Row): number {
  const urgent = row.doubts.some((doubt) => URGENT.has(doubt)) ? 0 : row.doubts.length > 0 ? 10 : 20;
  return urgent + (row.device.lines.length > 0 ? 0 : row.device.car !== null ? 1 : 2);
}

function shows(view: View, row: Row): boolean {
  const timing = row.device.lines.length > 0, tracker = row.device.car !== null;
  switch (view) {
    case "needed":
      return row.doubts.length > 0;
    case "timing":
      return timing;
    case "trackers":
      return tracker;
    case "others":
      return !timing && !tracker;
    case "all":
      return true;
  }
}

function State(props: { doc: DevicesDoc }) {
  const { lacking, conflicts } = props.doc;
  return (
    <>
      {lacking.length === 0 ? <p class="device-ready">✓ {w("ready")}</p> : (
        <section class="device-warning" role="status">
          <h2>{w("notReady")}</h2>
          <ul>{lacking.map((one) => <li key={one}>{one}</li>)}</ul>
        </section>
      )}
      {conflicts.length === 0 ? null : (
        <section class="device-warning">
          <h2>{w("conflicts")}</h2>
          <ul>{conflicts.map((one) => <li key={one.text}>{one.text} <span class="soft">– {one.expected}</span></li>)}</ul>
        </section>
      )}
    </>
  );
}

function Item(props: { row: Row; now: string; open: boolean }) {
  const { id, device, link, doubts: found } = props.row;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const age = device.heard === undefined ? w("never") : ageText(Math.max(0, (Date.parse(props.now) - Date.parse(device.heard)) / 1000));
  const status = device.status === "still" && device.still_since !== null
    ? w("stillSince", { time: clockText(device.still_since, offset, false) }) : STATUS(device.status as "ok");
  const urgent = found.some((doubt) => URGENT.has(doubt));
  return (
    <li class={`device ${urgent ? "urgent" : found.length > 0 ? "doubtful" : ""}`} data-device={id} data-status={device.status}>
      <a class="device-row" href={withQuery("device", props.open ? "" : id)} aria-expanded={props.open}>
        <span class="device-id">{id}</span>
        <span class="device-where">{whereText(device)}</span>
        <span class="device-status">{status}</span>
        <span class="num device-heard">{age}</span>
        <span class="num device-facts">{facts(device).join(" · ")}</span>
        {found.length === 0 ? null : <span class="device-doubts">{found.map((doubt) => <b key={doubt}>{DOUBTS(doubt)}</b>)}</span>}
      </a>
      {props.open ? <Detail id={id} device={device} link={link} now={props.now} /> : null}
    </li>
  );
}

function whereText(device: Device): string {
  if (device.lines.length > 0) {
    const letters = [...new Set(device.lines.map((one) => one.line))];
    const at = (line: string) => device.lines.filter((one) => one.line === line).map((one) => one.control).join(", ");
    return letters.map((line) => w("lines", { line, controls: at(line) })).join("; ");
  }
  if (device.car !== null) return w("car", { car: device.car });
  return device.registered ? w("nowhere") : w("unknownDevice");
}

function facts(device: Device): string[] {
  const found: string[] = [];
  if (device.battery !== undefined) found.push(`${device.battery} %`);
  if (device.clock_offset !== undefined) found.push(`${w("clock")} ${device.clock_offset.text} s`);
  if (device.clock?.drift !== undefined) found.push(w("ppm", { ppm: device.clock.drift.ppm }));
  if (device.spool !== undefined && device.spool > 0) found.push(`${w("waiting")} ${device.spool}`);
  if (device.missing_count > 0) found.push(`${w("missing")} ${device.missing_count}`);
  return found;
}

function Links(props: { rows: readonly Link[] }) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <section class="device-links">
      <h2>{w("links")}</h2>
      <ul>
        {props.rows.map((link) => (
          <li key={link.name + (link.device ?? "")} class={link.up ? "" : "bad"}>
            <b>{link.device ?? link.name}</b> {link.device === null ? "" : <span class="soft">{link.name} </span>}
            {link.up ? w("up") : w("down")} {w("since", { time: clockText(link.since, offset) })}
            {link.error === null ? "" : `: ${link.error}`}
            {link.openings > 1 ? <span class="soft"> · {w("openings", { n: link.openings })}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

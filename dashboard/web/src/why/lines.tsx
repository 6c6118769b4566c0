/** Line by line: the bytes, what was read out of them, whose each stamp is, and which gives the time. */
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { Marks, Panel } from "../ui/pieces";
import { words } from "../ui/text";
import { Seq } from "./arithmetic";
import type { LineEvidence, StampEvidence } from "./types";
import { BY, w } from "./words";

export function Lines(props: { lines: readonly LineEvidence[] }) {
  return (
    <Panel title={w("said")} class="lines">
      {props.lines.map((line) => <Line key={line.control} line={line} />)}
    </Panel>
  );
}

function Line(props: { line: LineEvidence }) {
  const { line } = props;
  const { chosen } = line;
  return (
    <section class="line" data-control={line.control}>
      <header>
        <h3><span class="test-id">{line.control}</span> {line.name === line.control ? "" : line.name}</h3>
        {chosen === undefined ? <p class="line-time none">{w("noTime")}</p> : (
          <p class="line-time">
            <b>{trimmed(chosen.text)}</b><Marks marks={chosen.marks} />{" "}
            <small>{chosen.source === "official" ? w("official") : w("source", { source: chosen.source })}</small> <Seq seq={chosen.seq} />
          </p>
        )}
      </header>
      {chosen?.review === undefined ? null : <p class="line-review">{w("review", { why: chosen.review })}</p>}
      {line.stamps.map((stamp) => <Stamp key={stamp.key} stamp={stamp} />)}
      {line.near.length === 0 ? null : (
        <details class="near" open={chosen === undefined}>
          <summary>{w("near")} <span class="note">{line.near.length}</span></summary>
          {line.near.map((stamp) => <Stamp key={stamp.key} stamp={stamp} />)}
        </details>
      )}
    </section>
  );
}

/** Zeros at the end of a fraction say nothing here: the device's own resolution stands beside each stamp. */
function trimmed(text: string): string {
  return text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

const DEAD = new Set(["SPURIOUS", "WITHDRAWN", "DUPLICATE_EDGE", "OUTSIDE_WINDOW"]);

function Stamp(props: { stamp: StampEvidence }) {
  const { stamp } = props;
  const facts = [
    stamp.resolution === undefined ? "" : w("resolution", { resolution: stamp.resolution }),
    stamp.uncertainty === undefined ? "" : w("uncertain", { uncertainty: stamp.uncertainty }),
    stamp.assignment, ...(stamp.marks ?? []).map(words), stamp.note,
    stamp.crossing === undefined ? "" : w("crossing", { ...stamp.crossing }),
  ];
  const state = DEAD.has(stamp.disposition) ? "dead" : stamp.used ? "used" : "";
  return (
    <div class={`reading ${state}`} data-stamp={stamp.key}>
      <p class="reading-time">
        <b>{stamp.text}</b>
        {stamp.difference === undefined ? null : <small title={w("difference")}>{stamp.difference}</small>}
      </p>
      <div class="reading-what">
        <p><b>{stamp.source}</b> {stamp.device} {stamp.channel ?? ""} <Seq seq={stamp.seq} /></p>
        <p class="facts">{facts.filter(Boolean).join(" · ")}</p>
      </div>
      <div class="reading-fate">
        <p>{whose(stamp)}</p>
        <p class="facts">
          {stamp.used ? <b>{w("used")}</b> : words(stamp.disposition)}
          {stamp.reason ? ` · ${stamp.reason}` : ""}
        </p>
        {stamp.clock === undefined ? null : <p class="facts">{stamp.clock}</p>}
        {stamp.candidates === undefined ? null : (
          <p class="facts">{w("offered", { cars: stamp.candidates.map((c) => `${c.car} (${c.score}: ${c.why})`).join("; ") })}</p>
        )}
      </div>
      <Bytes stamp={stamp} />
    </div>
  );
}

function whose(stamp: StampEvidence): string {
  const sent = stamp.named === undefined ? w("noNumber") : w("sent", { number: stamp.named });
  if (stamp.car === undefined) return `${sent}, ${w("nobody")}`;
  return `${sent} → ${w("by", { car: stamp.car, by: BY[stamp.by ?? ""] ?? "" })}`;
}

function Bytes(props: { stamp: StampEvidence }) {
  const { stamp } = props;
  if (stamp.origin === undefined) return null;
  const time = clockText(stamp.received_at ?? "", rally.value?.utc_offset ?? "+00:00");
  return (
    <div class="bytes">
      <code>{stamp.raw ?? w("rawNone")}</code>
      <p class="facts">
        {w("arrived", { time, origin: stamp.origin })}
        {stamp.bytes ? ` · ${w("bytes", { n: stamp.bytes })}` : ""}
        {stamp.hash ? <span class="hash" title={stamp.hash}> · {stamp.hash.slice(0, 12)}</span> : null}
      </p>
    </div>
  );
}

/** What a kind of control needs besides stamps: provisional starts, start lights, times to be read back. */
import { useState } from "preact/hooks";
import { phoneNow, phoneSecond } from "../live/phone-clock";
import { inRoadOrder } from "../live/road";
import type { ControlRow } from "../live/state";
import { cars, controls, remarks } from "../live/store";
import { clockText } from "../ui/format";
import { Panel } from "../ui/pieces";
import { remark, stampAt } from "./acts";
import { offset, stampText, timeText } from "./enter";
import { alive, type ControlView, lights, provisionalStarts, type SeenCar, type SeenStamp } from "./view";
import { c } from "./words";

const SHOWN = 5;
/** So long after its start a car's lights give way to the next one's. */
const PAST_MS = 45_000;

export function Mode(props: { id: string; row: ControlRow; view: ControlView; may: boolean }) {
  switch (props.row.kind) {
    case "ATC":
      return <Provisional {...props} />;
    case "SS_START":
      return <Lights {...props} />;
    case "FF":
    case "STOP":
      return <ReadBack {...props} />;
    default:
      return null;
  }
}

function Provisional(props: { row: ControlRow; view: ControlView }) {
  const { start_gap: gap, start_interval: interval } = props.row;
  if (gap === undefined || interval === undefined) return null;
  const arrived = props.view.expected.flatMap((one) => one.arrived === undefined || cars.value[one.car]?.course_car === true ? [] : [{ car: one.car, ms: Date.parse(one.arrived) }]);
  const starts = provisionalStarts(arrived, gap.us / 1000, interval.us / 1000).slice(-SHOWN).reverse();
  return (
    <Panel title={c("provisional")} note={c("provisionalNote", { gap: gap.text, interval: interval.text })} class="provisional">
      <ol>{starts.map(({ car, ms }) => (
        <li key={car}>
          <span class="plate">{car}</span><span class="driver">{cars.value[car]?.driver}</span>
          <time>{clockText(ms, offset(), ms % 60_000 !== 0)}</time>
        </li>
      ))}</ol>
    </Panel>
  );
}

/** Five red lights go out one by one over the last five seconds; green is the assigned instant. */
function Lights(props: { id: string; row: ControlRow; view: ControlView; may: boolean }) {
  const [later, setLater] = useState<Readonly<Record<string, number>>>({});
  const now = phoneNow.value;
  const interval = (props.row.start_interval?.us ?? 60_000_000) / 1000;
  const toCome = props.view.expected.filter((one) => one.arrived === undefined && one.due !== undefined);
  const startOf = (one: SeenCar) => Date.parse(one.due ?? "") + (later[one.car] ?? 0) * interval;
  // A car that did not come to its start must not hold up the lights of those behind it.
  const next = toCome.find((one) => now === null || startOf(one) > now - PAST_MS) ?? toCome.at(-1);
  const gone = props.view.expected.filter((one) => one.arrived !== undefined && now !== null && now - Date.parse(one.arrived) < PAST_MS)
    .sort((a, b) => Date.parse(b.arrived ?? "") - Date.parse(a.arrived ?? ""))[0];
  const jumper = gone?.car ?? next?.car ?? "";
  if (next?.due === undefined) return <Panel title={c("lights")} class="lights"><p class="nothing">{c("nobody")}</p></Panel>;
  const start = startOf(next);
  const toGo = now === null ? Number.POSITIVE_INFINITY : start - now;
  const { red, green } = lights(toGo);
  return (
    <Panel title={c("lights")} note={c("startsAt", { car: next.car, time: timeText(start) })} class="lights">
      <p class={`lamps ${green ? "green" : ""}`} role="img" aria-label={green ? c("lightGreen") : c("lightRed", { n: red })}>
        {[1, 2, 3, 4, 5].map((lamp) => <span key={lamp} class={green ? "green-on" : lamp <= red ? "red-on" : ""} />)}
        <b class="to-go">{toGoText(toGo)}</b>
      </p>
      {!props.may ? null : (
        <div class="card-acts">
          <button type="button" class="strong" onClick={() => stampAt(props.id, start, next.car, c("startedNote", { time: timeText(now ?? start) }))}>{c("started")} {next.car}</button>
          <button type="button" onClick={() => setLater({ ...later, [next.car]: (later[next.car] ?? 0) + 1 })}>{c("nextMinute")}</button>
          <button type="button" onClick={() => remark(props.id, "FALSE_START", timeText(now ?? start), { car: jumper })}>
            {c("falseStart")} {jumper}
          </button>
          <button type="button" onClick={() => remark(props.id, "NOT_READY", timeText(now ?? start), { car: next.car })}>{c("notReady")} {next.car}</button>
        </div>
      )}
    </Panel>
  );
}

function toGoText(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const s = Math.ceil(ms / 1000);
  return s >= 100 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : String(s);
}

/** At the flying finish: what to read to the stop. At the stop: what the flying finish has. */
function ReadBack(props: { id: string; row: ControlRow; view: ControlView; may: boolean }) {
  void phoneSecond.value;
  const finish = props.row.kind === "FF" ? props.id
    : inRoadOrder(controls.value).find(([, row]) => row.kind === "FF" && row.stage === props.row.stage)?.[0];
  const stamps = props.row.kind === "FF" ? props.view.stamps : finishStamps(finish);
  const read = new Set(Object.values(remarks.value[props.id] ?? {}).flatMap((row) => row.kind === "READ_BACK" ? [`${row.car} ${row.text}`] : []));
  const timed = stamps.filter((stamp) => stamp.car !== undefined && alive(stamp)).slice(0, SHOWN);
  return (
    <Panel title={c("readBack")} note={props.row.kind === "FF" ? c("readTo") : c("readFrom")} class="read-back">
      <ol>{timed.map((stamp) => {
        const text = stampText(stamp);
        const done = read.has(`${stamp.car} ${text}`);
        return (
          <li key={stamp.id}>
            <span class="plate">{stamp.car}</span><b class="read-time">{text}</b>
            {done ? <span class="done">{c("readDone")} ✓</span> : !props.may || stamp.car === undefined ? null : (
              <button type="button" onClick={() => remark(props.id, "READ_BACK", text, { car: stamp.car ?? "" })}>{c("readDone")}</button>
            )}
          </li>
        );
      })}</ol>
    </Panel>
  );
}

function finishStamps(finish: string | undefined): readonly SeenStamp[] {
  const row = finish === undefined ? undefined : controls.value[finish];
  return Object.entries(row?.stamps ?? {}).map(([key, stamp]): SeenStamp => ({ ...stamp, key, id: key, own: false, unsent: false, ms: Date.parse(stamp.at) }))
    .sort((a, b) => b.ms - a.ms);
}

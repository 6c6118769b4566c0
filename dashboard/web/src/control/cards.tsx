/** Questions and news over the page: which minute a crew wants, a car with two times, what was just done. */
import { isTimeControl } from "../live/road";
import type { ControlRow } from "../live/state";
import { clockText } from "../ui/format";
import { remark } from "./acts";
import { signal } from "@preact/signals";
import { offset, question, stampText, takeBack, toast, wantDueMinute } from "./enter";
import { type Conflict, conflicts, type ControlView, minutesLate, type SeenStamp } from "./view";
import { c } from "./words";

/** Conflicts that this marshal has left to the timekeeper, by car and times. */
const left = signal<ReadonlySet<string>>(new Set());

export function Cards(props: { control: string; row: ControlRow; view: ControlView }) {
  const found = conflicts(props.view, isTimeControl(props.row)).filter((one) => !left.value.has(nameOf(one)));
  return (
    <div class="cards">
      <EarlyCard control={props.control} view={props.view} />
      {found.map((one) => <ConflictCard key={one.car} control={props.control} conflict={one} />)}
    </div>
  );
}

function EarlyCard(props: { control: string; view: ControlView }) {
  const asked = question.value;
  if (asked === null || asked.control !== props.control) return null;
  const minute = clockText(asked.ms, offset(), false);
  const due = clockText(asked.due, offset(), false);
  return (
    <section class="card card-early" role="alert">
      <p>{c("early", { minute, n: -minutesLate(asked.ms, asked.due), car: asked.car })}</p>
      <div class="card-acts">
        <button type="button" onClick={() => { question.value = null; }}>{c("keepMinute", { minute })}</button>
        <button type="button" class="strong" onClick={() => wantDueMinute(asked, props.view)}>{c("wantMinute", { minute: due })}</button>
      </div>
    </section>
  );
}

function nameOf(one: Conflict): string {
  return `${one.car} ${one.stamps.map((stamp) => stamp.id).sort().join(" ")}`;
}

function ConflictCard(props: { control: string; conflict: Conflict }) {
  const { control, conflict } = props;
  const { car, stamps, counted } = conflict;
  const times = stamps.map(stampText);
  const leave = () => {
    remark(control, "NOTE", c("told", { times: times.join(", ") }), { car });
    left.value = new Set([...left.value, nameOf(conflict)]);
  };
  return (
    <section class="card card-conflict" role="alert" data-car={car}>
      <h3>{c("conflict", { car })}</h3>
      <ul>{[...stamps].reverse().map((stamp) => <li key={stamp.id}><b>{stampText(stamp)}</b> {whose(stamp)}</li>)}</ul>
      <p>{counted === undefined ? c("conflictHeld") : c("conflictCounts", { time: clockText(counted, offset()) })}</p>
      <div class="card-acts">
        {stamps.filter((stamp) => stamp.own).map((stamp) => (
          <button key={stamp.id} type="button" onClick={() => takeBack(control, stamp.id, stampText(stamp))}>
            {c("takeBack", { time: stampText(stamp) })}
          </button>
        ))}
        <button type="button" onClick={leave}>{c("tellTimekeeper")}</button>
      </div>
    </section>
  );
}

function whose(stamp: SeenStamp): string {
  return c(stamp.id.startsWith("own:") ? "conflictThis" : "conflictOther");
}

/** What was just done, with the way back; its place is kept free, so that no key moves when it comes. */
export function ToastLine() {
  const said = toast.value;
  if (said === null || Date.now() > said.until) return <p class="toast-place">{c("stampHint")}</p>;
  return (
    <div class="toast-place toast" role="status">
      <span>{said.text}</span>
      {said.undo === undefined ? null : <button type="button" onClick={said.undo}>{c("undo")}</button>}
    </div>
  );
}

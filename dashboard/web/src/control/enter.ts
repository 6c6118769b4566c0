/** A number put to a stamp: done at once, with a question where the time would cost the crew something. */
import { signal } from "@preact/signals";
import { rallyInstant } from "../live/clock";
import { isTimeControl } from "../live/road";
import { phoneNow, resolved } from "../live/phone-clock";
import { controls, rally } from "../live/store";
import { session } from "../live/session";
import { clockText } from "../ui/format";
import { assign, type StampId, stampAt, stampNow, withdraw } from "./acts";
import { wholeList } from "./due";
import { feel } from "./feel";
import { type Act, outbox } from "./outbox";
import { alive, controlView, type ControlView, minutesLate, type SeenStamp } from "./view";
import { c } from "./words";

/** The stamp that takes the next number: a chosen one, `NO_STAMP` for none, null for the newest that has none. */
export const chosen = signal<StampId | null>(null);
export const NO_STAMP = "";

export interface Question { readonly control: string; readonly car: string; readonly stamp: StampId; readonly ms: number; readonly due: string }
/** A car before its minute: which minute does the crew want? */
export const question = signal<Question | null>(null);

export interface Toast { readonly text: string; readonly undo?: () => void; readonly until: number }
export const toast = signal<Toast | null>(null);
const TOAST_MS = 8_000;

export function offset(): string {
  return rally.value?.utc_offset ?? "+00:00";
}

/** An instant in ms as rally time to the second. */
export function timeText(ms: number): string {
  return clockText(ms, offset());
}

function instantOf(act: Act): number | null {
  if (act.answer?.at !== undefined) return Date.parse(act.answer.at);
  return act.at ?? (act.pressed === undefined ? null : resolved(act.pressed)?.rally ?? null);
}

/** What an act is, in a person's words; a stamp's time as it is known by now. */
export function labelOf(act: Act): string {
  if (act.kind !== "stamp") return act.label;
  const ms = instantOf(act);
  return `${ms === null ? c("unmeasured") : timeText(ms)} ${act.car ?? c("noNumber")}`;
}

/** A control as this phone knows it, or undefined where there is no such control. */
export function viewOf(control: string): ControlView | undefined {
  const row = controls.value[control];
  if (row === undefined) return undefined;
  const acts = outbox.value.filter((act) => act.control === control);
  const whole = { ...row, expected: { ...wholeList(control), ...row.expected } };
  return controlView(whole, acts, { device: session.value?.device, instantOf, text: timeText, wall: Date.now() });
}

/** The stamp that takes the next number. */
export function openStamp(view: ControlView): SeenStamp | undefined {
  if (chosen.value === NO_STAMP) return undefined;
  return view.stamps.find((stamp) => stamp.id === chosen.value)
    ?? view.stamps.find((stamp) => stamp.car === undefined && alive(stamp));
}

/** A stamp's time in words: the service's own text, which has the precision of the device. */
export function stampText(stamp: SeenStamp): string {
  return stamp.unsent ? timeText(stamp.ms) : stamp.text || timeText(stamp.ms);
}

function say(text: string, undo?: () => void): void {
  toast.value = { text, until: Date.now() + TOAST_MS, ...(undo === undefined ? {} : { undo }) };
}

/** The big button: the time now, the number later. */
export function pressStamp(control: string): void {
  chosen.value = null;
  const id = stampNow(control);
  const now = timeText(phoneNow.peek() ?? rallyInstant() ?? Date.now());
  feel();
  say(c("didStamp", { time: now }), () => takeBack(control, id, now));
}

/** Put a car to the open stamp, or stamp it now where there is none. */
export function enter(control: string, view: ControlView, car: string): void {
  const open = openStamp(view);
  chosen.value = null;
  if (open === undefined) {
    const id = stampNow(control, car);
    const now = phoneNow.peek() ?? rallyInstant();
    ask(control, view, car, id, now);
    say(c("didPut", { car, time: now === null ? "–" : timeText(now) }), () => takeBack(control, id, timeText(now ?? Date.now())));
  } else {
    const before = open.car ?? null;
    const time = stampText(open);
    assign(control, open.id, car, time);
    ask(control, view, car, open.id, open.ms);
    say(c("didPut", { car, time }), () => {
      assign(control, open.id, before, time);
      if (question.peek()?.stamp === open.id) question.value = null;
      toast.value = null;
    });
  }
}

function ask(control: string, view: ControlView, car: string, stamp: StampId, ms: number | null): void {
  const row = controls.peek()[control];
  const due = view.expected.find((one) => one.car === car)?.due;
  const early = row !== undefined && isTimeControl(row) && due !== undefined && ms !== null && minutesLate(ms, due) < 0;
  question.value = early ? { control, car, stamp, ms, due } : null;
  feel(early ? 2 : 1);
}

/** Take a stamp of one's own back. */
export function takeBack(control: string, stamp: StampId, time: string): void {
  withdraw(control, stamp, time);
  if (chosen.peek() === stamp) chosen.value = null;
  if (question.peek()?.stamp === stamp) question.value = null;
  say(c("didTake", { time }));
}

/** The crew waits for its minute: that is what is written, and the time stamped before is no check-in. */
export function wantDueMinute(asked: Question, view: ControlView): void {
  const minute = Math.floor(Date.parse(asked.due) / 60_000) * 60_000;
  const note = c("wanted", { minute: timeText(minute), time: timeText(asked.ms) });
  const stamp = view.stamps.find((one) => one.id === asked.stamp);
  if (stamp === undefined || stamp.own) withdraw(asked.control, asked.stamp, timeText(asked.ms), note);
  else assign(asked.control, asked.stamp, null, timeText(asked.ms));
  stampAt(asked.control, minute, asked.car, note);
  question.value = null;
}

/** What can be done at a control, as acts for the outbox. */
import { readPhone } from "../live/phone-clock";
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { newKey, press } from "./outbox";
import { c } from "./words";

/** How the pages name a stamp: that of one's own act, also before the service has it, or any recorded one. */
export type StampId = string;
const OWN = "own:";

/** The name of the stamp that an act of this phone made. */
export function ownStamp(key: string): StampId {
  return OWN + key;
}

function target(stamp: StampId): { stampOf: string } | { stamp: string } {
  return stamp.startsWith(OWN) ? { stampOf: stamp.slice(OWN.length) } : { stamp };
}

function path(control: string, what: string): string {
  return `/api/controls/${encodeURIComponent(control)}/${what}`;
}

function shown(ms: number): string {
  return clockText(ms, rally.peek()?.utc_offset ?? "+00:00");
}

/** A stamp of this moment, with or without a car; returns its name. */
export function stampNow(control: string, car?: string, note = ""): StampId {
  const pressed = readPhone();
  const key = newKey();
  void press({
    key, control, kind: "stamp", path: path(control, "stamps"), pressed, car: car ?? null,
    body: { idempotency_key: key, ...(car === undefined ? {} : { car }), ...(note === "" ? {} : { note }) },
    label: `${new Date(pressed.wall).toISOString()} ${car ?? c("noNumber")}`,
  });
  return ownStamp(key);
}

/** A stamp at an instant (ms) that the crew or the official chose; recorded when that instant has come. */
export function stampAt(control: string, at: number, car: string, note: string): StampId {
  const key = newKey();
  void press({
    key, control, kind: "stamp", path: path(control, "stamps"), at, notBefore: at, car,
    body: { idempotency_key: key, car, note }, label: `${shown(at)} ${car}`,
  });
  return ownStamp(key);
}

/** Put a car number to a stamp, or take it off with null. */
export function assign(control: string, stamp: StampId, car: string | null, time: string): void {
  const key = newKey();
  const act = { type: "AssignCar", car };
  void press({
    key, control, kind: "assign", path: "/api/decisions", ...target(stamp), car,
    body: { id: key, act, reason: car === null ? "WRONG_NUMBER" : "MARSHAL_ENTRY" }, label: `${time} ${car ?? "–"}`,
  });
}

/** Take back a stamp of one's own. */
export function withdraw(control: string, stamp: StampId, time: string, note = ""): void {
  void press({
    key: newKey(), control, kind: "withdraw", path: path(control, "withdrawals"), ...target(stamp),
    body: note === "" ? {} : { note }, label: c("takenBack", { time }),
  });
}

function rule(control: string, type: string, stamp: string, reason: string, label: string): void {
  const key = newKey();
  void press({ key, control, kind: "rule", path: "/api/decisions", stamp, body: { id: key, act: { type, stamp }, reason }, label });
}

/** Say that a stamp is a false trigger: the Official Timekeeper's. */
export function markSpurious(control: string, stamp: string, label: string): void {
  rule(control, "MarkSpurious", stamp, "SPURIOUS", label);
}

/** Count a spurious stamp again. */
export function restore(control: string, stamp: string, label: string): void {
  rule(control, "Restore", stamp, "MARSHAL_ENTRY", label);
}

/** Report something that is no time. */
export function remark(
  control: string, kind: string, text: string, more: { car?: string; cars_in?: number; cars_out?: number } = {},
): void {
  const key = newKey();
  void press({
    key, control, kind: "remark", path: path(control, "remarks"), pressed: readPhone(), car: more.car ?? null,
    body: { idempotency_key: key, kind, text, ...more }, label: [c(`remark.${kind}` as "remark.NOTE"), more.car, text].filter(Boolean).join(" "),
  });
}

/** Pass a crew's signal on to rally headquarters. */
export function alert(control: string, kind: "SOS" | "OK" | "HAZARD", car: string, text: string): void {
  const key = newKey();
  void press({
    key, control, kind: "alert", path: path(control, "alerts"), pressed: readPhone(), car: car === "" ? null : car,
    body: { idempotency_key: key, kind, text, ...(car === "" ? {} : { car }) }, label: [kind, car, text].filter(Boolean).join(" "),
  });
}

/** An act of an official in one line of words. Pure. */
import { clockText, isoDay } from "../ui/format";
import { words } from "../ui/text";
import { durationText } from "../why/values";

export interface ActBody { readonly type: string; readonly [field: string]: unknown }

/** What else is known of an act: the stamp it is about, in words; the act that it takes back. */
export interface Known { readonly stamp?: string | undefined; readonly undoes?: ActBody | undefined }

/** What was ruled, `Time of car 17 at PC1.1: 10:20:20.07`. */
export function actText(act: ActBody, offset: string, known: Known = {}): string {
  const f = (name: string) => (act[name] === undefined || act[name] === null ? "" : String(act[name]));
  const clock = (name: string) => precise(f(name), offset);
  const where = [f("stage"), f("control")].filter(Boolean).join(" ");
  const car = `car ${f("car")}`;
  const stamp = known.stamp ?? f("stamp");
  switch (act.type) {
    case "AssignCar":
      return act["car"] === null || act["car"] === undefined ? `Number taken off: ${stamp}` : `Car ${f("car")} put to: ${stamp}`;
    case "MarkSpurious":
      return `False trigger: ${stamp}`;
    case "Restore":
      return `Counted again: ${stamp}`;
    case "CorrectTime":
      return `Time of ${car} at ${where}: ${clock("at")}`;
    case "AssignStart":
      return `Start of ${car} at ${where}: ${clock("at")}`;
    case "Penalise":
      return `Penalty for ${car}: ${f("points") ? `${f("points")} points` : micros(act["time"])}, ${f("rule")}${where ? `, ${where}` : ""}`;
    case "SetNotional":
      return `Given to ${car} on ${where}: ${f("points") ? `${f("points")} points` : micros(act["time"])}`;
    case "Withdraw":
      return `Taken back: ${known.undoes === undefined ? f("decision") : actText(known.undoes, offset, { stamp: known.stamp })}`;
    case "CorrectDevice":
      return `Clock of ${f("device")} put right: ${aheadText(act["points"], offset)}`;
    case "AcceptDevice":
      return `Times of ${f("device")} accepted${f("control") ? ` at ${f("control")}` : ""}`;
    case "DropDevice":
      return `Times of ${f("device")} dropped`;
    case "AssignDevice":
      return `${f("device")}${f("channel") ? ` channel ${f("channel")}` : ""} ${where ? `is line ${f("line") || "A"} of ${where}` : "out of service"}${f("since") ? ` from ${clock("since")}` : ""}`;
    case "AssignTracker":
      return `Tracker ${f("device")} in ${f("car") ? car : "no car"}${f("since") ? ` from ${clock("since")}` : ""}`;
    case "Certify":
    case "AcceptAmendment":
    case "RefuseAmendment":
      return `${sentence(act.type)}: ${f("stage")}, records to ${f("upto")}`;
    case "Issue":
      return `Issue: ${f("scope")} v${f("version")}, records to ${f("upto")}`;
    default: {
      const said = Object.entries(act).filter(([name, value]) => name !== "type" && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0));
      return `${sentence(act.type)}: ${said.map(([name, value]) => fieldText(name, value, offset)).join(", ")}`;
    }
  }
}

const INSTANTS = new Set(["at", "first", "last", "restarted_at", "declared_at", "since", "until"]);
const PLAIN = new Set(["stage", "control", "scope", "text", "cause", "device"]);

/** One field of an act: instants as rally time, durations exactly, what needs no name without it. */
function fieldText(name: string, value: unknown, offset: string): string {
  if (INSTANTS.has(name)) return `${name === "at" ? "" : `${words(name)} `}${precise(String(value), offset)}`;
  if (name === "time" || name === "target") return micros(value);
  if (typeof value === "boolean") return value ? words(name) : `not ${words(name)}`;
  if (Array.isArray(value)) return `${words(name)} ${value.map(String).join(", ")}`;
  return PLAIN.has(name) ? String(value) : `${words(name)} ${value}`;
}

/** The dates on which an act's times of day are, each once, in the order of its fields: `["2024-04-22"]`. */
export function daysOf(act: ActBody, offset: string): readonly string[] {
  const points = Array.isArray(act["points"]) ? (act["points"] as [string, number][]).map(([at]) => at) : [];
  const instants = [...Object.entries(act).filter(([name]) => INSTANTS.has(name)).map(([, value]) => String(value)), ...points];
  const known = instants.map((at) => Date.parse(at)).filter(Number.isFinite);
  return [...new Set(known.map((ms) => isoDay(ms, offset)))];
}

/** `+180 ms at 10:30`: how far a clock was ahead, at each instant that was measured. */
function aheadText(points: unknown, offset: string): string {
  const list = Array.isArray(points) ? (points as [string, number][]) : [];
  return list.map(([at, us]) => `${us < 0 ? "" : "+"}${durationText(us)} s at ${precise(at, offset)}`).join(", ");
}

/** `AcceptAmendment` as `Accept amendment`. */
export function sentence(type: string): string {
  const spaced = type.replace(/(?<=[a-z])(?=[A-Z])/g, " ");
  return spaced.charAt(0) + spaced.slice(1).toLowerCase();
}

/** An RFC 3339 instant as rally time with the fraction that it came with. */
export function precise(instant: string, offset: string): string {
  const fraction = /\.(\d+)/.exec(instant)?.[1]?.replace(/0+$/, "") ?? "";
  return clockText(instant, offset) + (fraction === "" ? "" : `.${fraction}`);
}

function micros(value: unknown): string {
  return typeof value === "number" ? durationText(value) : String(value ?? "");
}

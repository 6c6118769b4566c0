/** The decisions that can be written by hand: which fields each has, and who may take it. Pure. */
import type { ActBody } from "./act-text";

export type FieldKind = "car" | "control" | "stage" | "scope" | "clock" | "duration" | "points" | "whole" | "text";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly optional?: boolean;
}

export interface Form {
  readonly act: string;
  readonly title: string;
  readonly offices: readonly string[];
  readonly reason: string;
  readonly fields: readonly Field[];
}

const car: Field = { name: "car", label: "Car", kind: "car" };
const control: Field = { name: "control", label: "Control", kind: "control" };
const stage: Field = { name: "stage", label: "Stage or test", kind: "stage" };
const scope: Field = { name: "scope", label: "Classification", kind: "scope" };
const at: Field = { name: "at", label: "Time of day", kind: "clock" };
const maybe = (field: Field): Field => ({ ...field, optional: true });

/** Amounts are points or time by the rally's own counting. */
export type Counting = "seconds" | "points" | "score" | "none";

function amount(counting: Counting): Field {
  return counting === "seconds" ? { name: "time", label: "Time", kind: "duration" } : { name: "points", label: "Points", kind: "points" };
}

/** Every decision that an official of any office may write, in the order of the offices. */
export function formsFor(counting: Counting): readonly Form[] {
  const given = amount(counting);
  const form = (act: string, title: string, offices: string, reason: string, ...fields: Field[]): Form =>
    ({ act, title, offices: offices.split(" "), reason, fields });
  return [
    form("CorrectTime", "Insert or correct a time", "timekeeper", "MISSED_TRIGGER", control, car, at),
    form("AssignCar", "Put a number to the stamp", "timekeeper", "WRONG_NUMBER", car),
    form("AssignStart", "Assign a start", "timekeeper clerk", "CLERK_DECISION", control, car, at),
    form("Penalise", "Penalty", "clerk", "CLERK_DECISION", car, { name: "rule", label: "Rule", kind: "text" }, given, maybe(control), maybe(stage)),
    form("SetNotional", "Give a time or points", "clerk", "NOTIONAL", stage, car, given),
    form("Retire", "Retirement", "clerk", "CLERK_DECISION", car, maybe(control), { name: "cause", label: "Cause", kind: "text", optional: true }),
    form("Reinstate", "Competes after all", "clerk steward", "CLERK_DECISION", car),
    form("AllowDelay", "Official delay", "clerk", "CLERK_DECISION", control, car, { name: "minutes", label: "Minutes", kind: "whole" }),
    form("RefuseStart", "Refused to start", "clerk", "CLERK_DECISION", stage, car),
    form("FailStage", "Not driven as prescribed", "clerk", "CLERK_DECISION", stage, car),
    form("SetTarget", "Correct an ideal time", "clerk", "CLERK_DECISION", stage, { name: "target", label: "Ideal time", kind: "duration" }),
    form("CancelStage", "Cancel a stage", "clerk", "CLERK_DECISION", stage),
    form("Protest", "Enter a protest", "clerk steward", "STEWARD_DECISION", scope, car, { name: "against", label: "Against car", kind: "car", optional: true }, { name: "text", label: "What about", kind: "text" }),
    form("Suspend", "Suspend a classification", "steward", "STEWARD_DECISION", scope),
    form("Reopen", "Reopen an official classification", "steward", "STEWARD_DECISION", scope, { name: "decision_no", label: "Number of the decision", kind: "text" }),
    form("Disqualify", "Disqualify", "steward", "STEWARD_DECISION", car),
  ];
}

/** The form of an act for a person who holds these offices. */
export function formOf(act: string, counting: Counting): Form | undefined {
  return formsFor(counting).find((form) => form.act === act);
}

const DAY = 24;

/**
 * A rally time of day as RFC 3339, or undefined where it cannot be read.
 *
 * @param typed `10:20:20.07`, `10:20`, or past midnight `24:10:05` on the leg's own day.
 * @param day the leg's day, `2024-04-21`.
 * @param offset the rally's offset from UTC, `-07:00`.
 */
export function instantOf(typed: string, day: string, offset: string): string | undefined {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(typed.trim().replace(",", "."));
  if (parts === null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const [hour, minute, second] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? "0")];
  if (hour >= 2 * DAY || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.parse(`${day}T00:00:00Z`) + Math.floor(hour / DAY) * DAY * 3_600_000).toISOString().slice(0, 10);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date}T${two(hour % DAY)}:${two(minute)}:${two(second)}${parts[4] ?? ""}${offset.slice(0, 6)}`;
}

/** What was typed as an act, or the first field that is missing or cannot be read. */
export function actOf(
  form: Form, typed: Readonly<Record<string, string>>, day: string, offset: string, fixed: Readonly<Record<string, unknown>> = {},
): { readonly act: ActBody } | { readonly fault: Field } {
  const act: Record<string, unknown> = { ...fixed };
  for (const field of form.fields) {
    const text = (typed[field.name] ?? "").trim();
    if (text === "") {
      if (!field.optional) return { fault: field };
      continue;
    }
    const value = field.kind === "clock" ? instantOf(text, day, offset) : field.kind === "whole" ? whole(text) : text;
    if (value === undefined) return { fault: field };
    act[field.name] = value;
  }
  return { act: { type: form.act, ...act } };
}

function whole(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

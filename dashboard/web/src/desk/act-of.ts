/** What was typed into a form, as the act that the service reads. Pure. */
import type { ActBody } from "./act-text";
import type { Field, FieldKind, Form } from "./forms";

const DAY = 24;
const MICRO_DIGITS = 6;

export type Values = Readonly<Record<string, unknown>>;

/** Puts together what has no field of its own; gives the name of the field that is missing instead. */
export type Compose = (values: Values) => Values | string;

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

/** A signed number of seconds as whole µs: `+0.180` is 180,000. Digits are read as they are, never as a float. */
export function offsetOf(typed: string): number | undefined {
  const parts = /^([+\-−]?)(\d{1,5})(?:[.,](\d{1,6}))?$/.exec(typed.trim());
  if (parts === null) return undefined;
  const micros = Number(parts[2]) * 1_000_000 + Number((parts[3] ?? "").padEnd(MICRO_DIGITS, "0"));
  return parts[1] === "-" || parts[1] === "−" ? 0 - micros : micros;
}

/** What was typed as an act, or the first field that is missing or cannot be read. */
export function actOf(
  form: Form, typed: Readonly<Record<string, string>>, day: string, offset: string,
): { readonly act: ActBody } | { readonly fault: Field } {
  const values: Record<string, unknown> = {};
  for (const field of form.fields) {
    const text = (typed[field.name] ?? "").trim();
    if (text === "" || field.aside === true) {
      if (text === "" && field.optional !== true && field.aside !== true) return { fault: field };
      continue;
    }
    const value = read(field.kind, text, day, offset);
    if (value === undefined) return { fault: field };
    values[field.name] = value;
  }
  const made = form.compose === undefined ? values : form.compose(values);
  if (typeof made !== "string") return { act: { type: form.act, ...made } };
  return { fault: form.fields.find((field) => field.name === made) as Field };
}

function read(kind: FieldKind, text: string, day: string, offset: string): unknown {
  switch (kind) {
    case "clock":
      return instantOf(text, day, offset);
    case "offset":
      return offsetOf(text);
    case "whole":
      return /^\d+$/.test(text) ? Number(text) : undefined;
    case "cars":
      return text.split(/[\s,;]+/).filter(Boolean);
    case "choice":
      return text === "true" ? true : text === "false" ? false : text;
    default:
      return text;
  }
}

/** A move says its beginning and its place also where they are left open. */
export const moved = (place: string): Compose => (values) => ({ ...values, since: values["since"] ?? null, [place]: values[place] ?? null });

/** The instants at which a clock was so far ahead, as its correction wants them. */
export const clockPoints: Compose = ({ at1, offset1, at2, offset2, ...rest }) => {
  if ((at2 === undefined) !== (offset2 === undefined)) return at2 === undefined ? "at2" : "offset2";
  const points = [[at1, offset1], ...(at2 === undefined ? [] : [[at2, offset2]])];
  return { ...rest, since: rest["since"] ?? null, until: rest["until"] ?? null, points };
};

/** What was typed into a form, as the act that the service reads. Pure. */
import { isoDay } from "../ui/format";
import type { ActBody } from "./act-text";
import type { Field, FieldKind, Form } from "./forms";

const DAY = 24;
const MICRO_DIGITS = 6;
const HALF_DAY_MS = 12 * 3_600_000;

export type Values = Readonly<Record<string, unknown>>;

/** Puts together what has no field of its own; gives the name of the field that is missing instead. */
export type Compose = (values: Values) => Values | string;

/**
 * A rally time of day as RFC 3339, or undefined where it cannot be read.
 *
 * @param typed `10:20:20.07`, `10:20`, or past midnight `24:10:05` on the leg's own day.
 * @param day the leg's day, `2024-04-21`.
 * @param offset the rally's offset from UTC, `-07:00`.
 * @param firstCar when the leg's first car is due (RFC 3339): on a leg of the night a time more than half a day before
 *   it is of the next date, as in a start list; 00:10 on a leg from 20:00 is 24:10.
 */
export function instantOf(typed: string, day: string, offset: string, firstCar?: string): string | undefined {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(typed.trim().replace(",", "."));
  if (parts === null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const [hour, minute, second] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? "0")];
  if (hour >= 2 * DAY || minute > 59 || second > 59) return undefined;
  const two = (n: number) => String(n).padStart(2, "0");
  const zone = offset.slice(0, 6);
  const clock = `${two(hour % DAY)}:${two(minute)}:${two(second)}`;
  const early = firstCar === undefined ? 0 : Date.parse(firstCar) - Date.parse(`${day}T${clock}${zone}`);
  const later = hour >= DAY || early > HALF_DAY_MS;
  const date = later ? new Date(Date.parse(`${day}T00:00:00Z`) + 2 * HALF_DAY_MS).toISOString().slice(0, 10) : day;
  return `${date}T${clock}${parts[4] ?? ""}${zone}`;
}

/** The instant of a time of day that lies nearest to the present one (ms): what was read just now, also over midnight. */
export function instantNear(typed: string, now: number, offset: string): string | undefined {
  const [before, same, after] = [-1, 0, 1].map((n) => instantOf(typed, isoDay(now + n * 2 * HALF_DAY_MS, offset), offset));
  if (before === undefined || same === undefined || after === undefined) return undefined;
  const apart = (at: string) => Math.abs(Date.parse(at) - now);
  return [before, after].reduce((best, at) => (apart(at) < apart(best) ? at : best), same);
}

/** A signed number of seconds as whole µs: `+0.180` is 180,000. Digits are read as they are, never as a float. */
export function offsetOf(typed: string): number | undefined {
  const parts = /^([+\-−]?)(\d{1,5})(?:[.,](\d{1,6}))?$/.exec(typed.trim());
  if (parts === null) return undefined;
  const micros = Number(parts[2]) * 1_000_000 + Number((parts[3] ?? "").padEnd(MICRO_DIGITS, "0"));
  return parts[1] === "-" || parts[1] === "−" ? 0 - micros : micros;
}

/** What was typed as an act, or the first field that is missing or cannot be read; `firstCar` as for an instant. */
export function actOf(
  form: Form, typed: Readonly<Record<string, string>>, day: string, offset: string, firstCar?: string,
): { readonly act: ActBody } | { readonly fault: Field } {
  const values: Record<string, unknown> = {};
  for (const field of form.fields) {
    const text = (typed[field.name] ?? "").trim();
    if (text === "" || field.aside === true) {
      if (text === "" && field.optional !== true && field.aside !== true) return { fault: field };
      continue;
    }
    const value = read(field.kind, text, day, offset, field.ofDevice === true ? undefined : firstCar);
    if (value === undefined) return { fault: field };
    values[field.name] = value;
  }
  const made = form.compose === undefined ? values : form.compose(values);
  if (typeof made !== "string") return { act: { type: form.act, ...made } };
  return { fault: form.fields.find((field) => field.name === made) as Field };
}

function read(kind: FieldKind, text: string, day: string, offset: string, firstCar?: string): unknown {
  switch (kind) {
    case "clock":
      return instantOf(text, day, offset, firstCar);
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

/** Exact values of a derivation as text: nothing is rounded, zeros at the end are left out. Pure. */
import { timeOfDayMs } from "../ui/format";
import type { Calculation, Value } from "./types";

/** A duration in whole µs, `1:02.4`, `−0.05`; with at least so many `decimals`, and all that it has. */
export function durationText(us: number, decimals = 0): string {
  const size = Math.abs(us);
  const seconds = Math.floor(size / 1_000_000);
  const fraction = fractionText(size % 1_000_000, decimals);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  const whole = h > 0 ? `${h}:${two(m)}:${two(s)}` : m > 0 ? `${m}:${two(s)}` : String(s);
  return `${us < 0 ? "−" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function fractionText(us: number, decimals: number): string {
  return String(us).padStart(6, "0").replace(/0+$/, "").padEnd(decimals, "0");
}

/** How many decimals of a second a resolution in µs has. */
export function decimalsOf(resolution: number): number {
  return resolution <= 0 || resolution >= 1_000_000 ? 0 : Math.ceil(Math.log10(1_000_000 / resolution));
}

/** An instant in whole µs since 1970 as rally time of day. */
export function instantText(us: number, offset: string, decimals = 0): string {
  const second = Math.floor(us / 1_000_000);
  const clock = new Date(timeOfDayMs(second * 1000, offset)).toISOString().slice(11, 19);
  const fraction = fractionText(us - second * 1_000_000, decimals);
  return fraction === "" ? clock : `${clock}.${fraction}`;
}

/** A value as a person reads it. */
export function valueText(value: Value, kind: string, offset: string, decimals = 0): string {
  if (typeof value === "object") return `${value.length} entries from ${value[0] ?? ""}`;
  if (kind === "instant" && typeof value === "number") return instantText(value, offset, decimals);
  if (kind === "duration" && typeof value === "number") return durationText(value, decimals);
  return String(value).replace(/^-/, "−");
}

/** A step as a sum, `09:27:28.65 − 09:27:10.7`, from the texts of its operands. */
export function formula(step: Calculation, operands: readonly string[]): string {
  const [first = "", second = ""] = operands;
  switch (step.operation) {
    case "add":
      return operands.join(" + ");
    case "subtract":
      return operands.join(" − ");
    case "times":
      return operands.join(" × ");
    case "negate":
      return `−(${first})`;
    case "cut":
      return `${first} cut to ${second}`;
    case "whole":
      return `whole ${second} in ${first}`;
    case "begun":
      return `begun ${second} in ${first}`;
    case "least":
      return `least of ${operands.join(", ")}`;
    case "most":
      return `most of ${operands.join(", ")}`;
    case "look up":
      return `entry ${second} of ${first}`;
    case "as time":
      return `${first} s`;
    default:
      return `${step.operation} ${operands.join(", ")}`;
  }
}

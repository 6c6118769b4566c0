/** Instants, ages and amounts as text. Official durations come as text from the service and are never remade. */
import type { Amount, Dur } from "../live/state";
import { catalogue } from "./catalogue";
import { number, t } from "./text";

const DAY_MS = 86_400_000;

/** Minutes east of UTC from `-07:00`. */
export function offsetMinutes(text: string): number {
  const parts = /^([+-])(\d{2}):(\d{2})/.exec(text);
  if (parts === null) return 0;
  return (parts[1] === "-" ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3]));
}

/** `UTC−7`, `UTC+5:30`, `UTC`. */
export function zoneLabel(offset: string): string {
  const minutes = offsetMinutes(offset);
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? "" : `:${String(size % 60).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${rest}`;
}

/** Milliseconds of the rally's day (0 at its midnight) for an instant in ms. */
export function timeOfDayMs(ms: number, offset: string): number {
  return (((ms + offsetMinutes(offset) * 60_000) % DAY_MS) + DAY_MS) % DAY_MS;
}

/** An instant in ms, or RFC 3339, as `10:15:07` of rally time. */
export function clockText(instant: number | string, offset: string, seconds = true): string {
  const ms = typeof instant === "string" ? Date.parse(instant) : instant;
  if (!Number.isFinite(ms)) return "–";
  return new Date(timeOfDayMs(ms, offset)).toISOString().slice(11, seconds ? 19 : 16);
}

/** The day of an instant in rally time by the customs of the language, `Mon, 22 Apr 2024`. */
export function dayText(ms: number, offset: string): string {
  return dateText(isoDay(ms, offset));
}

/** The same as `2024-04-22`. */
export function isoDay(ms: number, offset: string): string {
  return new Date(ms + offsetMinutes(offset) * 60_000).toISOString().slice(0, 10);
}

/** A day as `2024-04-22` by the customs of the language; what is no day stays as it is. */
export function dateText(day: string): string {
  const ms = Date.parse(day);
  if (Number.isNaN(ms)) return day;
  const parts = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(catalogue.value.locale, parts).format(ms);
}

/** An age in whole seconds, in its largest sensible unit; cut, never rounded up. */
export function ageText(seconds: number): string {
  if (seconds < 100) return t("age.seconds", { n: Math.floor(seconds) });
  if (seconds < 6_000) return t("age.minutes", { n: Math.floor(seconds / 60) });
  return t("age.hours", { n: Math.floor(seconds / 3_600) });
}

/** The number behind an amount, for comparing: µs, or points. */
export function amountValue(amount: Amount): number {
  return "us" in amount ? amount.us : amount.points;
}

/**
 * The signed difference `amount - leader` in the leader's own kind, or undefined when the kinds differ.
 *
 * Durations are cut to the decimals of `amount`'s own text, points to two places, as the service shows them.
 */
export function difference(amount: Amount, leader: Amount): string | undefined {
  if ("us" in amount && "us" in leader) return signedDuration(amount.us - leader.us, decimalsOf(amount));
  if ("points" in amount && "points" in leader) {
    const places = amount.text.includes(".") ? 2 : 0;
    const size = Math.abs(Math.round((amount.points - leader.points) * 100)) / 100;
    return `${amount.points < leader.points ? "−" : "+"}${size.toFixed(places)}`;
  }
  return undefined;
}

function decimalsOf(duration: Dur): number {
  return duration.text.split(".")[1]?.length ?? 0;
}

/** A signed duration in µs as `+3.6`, `−1:02.41`: whole numbers only, cut toward zero. */
export function signedDuration(us: number, decimals: number): string {
  const unit = 10 ** (6 - decimals);
  const units = Math.floor(Math.abs(us) / unit);
  const perSecond = 10 ** decimals;
  const fraction = decimals === 0 ? "" : `.${String(units % perSecond).padStart(decimals, "0")}`;
  const seconds = Math.floor(units / perSecond);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  const whole = h > 0 ? `${h}:${two(m)}:${two(s)}` : m > 0 ? `${m}:${two(s)}` : String(s);
  return `${us < 0 ? "−" : "+"}${whole}${fraction}`;
}

/** The marks beside a time as one text. */
export function marksText(marks: string | readonly string[] | undefined): string {
  return typeof marks === "string" ? marks : (marks ?? []).join("");
}

/** Kilometres with one decimal, cut. */
export function kmText(km: number): string {
  return number(Math.floor(km * 10) / 10, 1);
}

/** Car numbers in their own order: as numbers where they are numbers, then as text ("0", "00", "7", "10"). */
export function byNumber(a: string, b: string): number {
  const [x, y] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  if (Number.isNaN(x) || Number.isNaN(y) || x === y) return a < b ? -1 : a > b ? 1 : 0;
  return x - y;
}

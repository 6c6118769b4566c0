/** A running gap as the service tells it, and how it is written. Pure. */

/** `gap` and `plus_minus` in µs at `metres` from the stage's start; without `against` there is nothing to tell. */
export interface Curve {
  readonly stage: string;
  readonly car: string;
  readonly against?: string;
  readonly length?: number;
  readonly metres: readonly number[];
  readonly gap: readonly number[];
  readonly plus_minus: readonly number[];
  readonly until: string;
}

const TENTH = 100_000;
const ROWS = 12;

/** A gap to a tenth of a second, cut as the service cuts it: `+4.2`, `-1:02.0`. */
export function gapText(us: number): string {
  const tenths = Math.floor(Math.abs(us) / TENTH);
  return `${us < 0 && tenths > 0 ? "-" : "+"}${plain(tenths)}`;
}

/** An error: `±0.4`. */
export function plusMinusText(us: number): string {
  return `±${plain(Math.ceil(us / TENTH))}`;
}

function plain(tenths: number): string {
  const minutes = Math.floor(tenths / 600);
  const rest = ((tenths % 600) / 10).toFixed(1);
  return minutes === 0 ? rest : `${minutes}:${rest.padStart(4, "0")}`;
}

/** The index of the point nearest to a place (m); 0 where there is no point. */
export function nearest(curve: Curve, metres: number): number {
  let best = 0;
  curve.metres.forEach((m, i) => {
    if (Math.abs(m - metres) < Math.abs((curve.metres[best] ?? 0) - metres)) best = i;
  });
  return best;
}

/** The indices of about a dozen points from start to end: the curve as a table. */
export function rows(curve: Curve): number[] {
  const last = curve.metres.length - 1;
  if (last < 0) return [];
  const count = Math.min(ROWS, last + 1);
  return [...new Set(Array.from({ length: count }, (_, k) => Math.round((k * last) / Math.max(count - 1, 1))))];
}

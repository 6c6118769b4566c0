/**
 * Which instant of the rally a phone means, whose own clock may be wrong or be changed. Pure.
 *
 * A phone has two clocks: the wall's, which runs on through sleep and restarts and may be set by anybody, and a
 * steady one, which nobody sets and which begins anew with each page. Both are read together; a measurement ties
 * such a reading to rally time. Times are milliseconds.
 */

export interface Reading {
  readonly wall: number;
  readonly steady: number;
  /** The page's life: steady clocks of different pages cannot be compared. */
  readonly page: string;
}

export interface Measured extends Reading {
  /** Rally time at the reading. */
  readonly rally: number;
  /** Half the round trip: how wrong this may be. */
  readonly within: number;
  /** Rally seconds a second. */
  readonly speed: number;
}

export interface Sample { readonly before: Reading; readonly after: Reading; readonly rally: number }

export interface Resolved {
  readonly rally: number;
  readonly uncertainty: number;
  /** Which of the phone's clocks carried the time on. */
  readonly by: "steady" | "wall";
  readonly measured: Measured;
}

/** A phone's quartz is better than 100 parts in a million. */
const DRIFT = 1e-4;
/** Measurements of one page tell more when they are close in time; older ones are only for the wall clock. */
const KEPT = 60;

/** Of several questions the quickest answer: the time was told somewhere in the middle of it. */
export function measure(samples: readonly Sample[], speed: number): Measured | null {
  const best = [...samples].sort((a, b) => trip(a) - trip(b))[0];
  if (best === undefined) return null;
  const within = trip(best) / 2;
  return { ...best.after, rally: best.rally + within * speed, within, speed };
}

function trip(sample: Sample): number {
  return sample.after.steady - sample.before.steady;
}

/** With one more measurement; the oldest go. */
export function withMeasured(known: readonly Measured[], next: Measured): readonly Measured[] {
  return [...known, next].slice(-KEPT);
}

/**
 * Rally time of a reading. The steady clock of the same page is believed before the wall clock; where only the
 * wall clock is left, measurements before and after the reading that disagree say how far it can be trusted.
 */
export function resolve(reading: Reading, known: readonly Measured[]): Resolved | null {
  const same = nearest(known.filter((one) => one.page === reading.page), (one) => Math.abs(one.steady - reading.steady));
  if (same !== undefined) {
    const passed = reading.steady - same.steady;
    return {
      rally: same.rally + passed * same.speed, uncertainty: (same.within + Math.abs(passed) * DRIFT) * same.speed,
      by: "steady", measured: same,
    };
  }
  const close = nearest(known, (one) => Math.abs(one.wall - reading.wall));
  if (close === undefined) return null;
  const passed = reading.wall - close.wall;
  const rally = close.rally + passed * close.speed;
  const others = [
    nearest(known.filter((one) => one.wall <= reading.wall), (one) => reading.wall - one.wall),
    nearest(known.filter((one) => one.wall > reading.wall), (one) => one.wall - reading.wall),
  ];
  const apart = others.map((one) => one === undefined ? 0 : Math.abs(one.rally + (reading.wall - one.wall) * one.speed - rally));
  const uncertainty = Math.max((close.within + Math.abs(passed) * DRIFT) * close.speed, ...apart);
  return { rally, uncertainty, by: "wall", measured: close };
}

function nearest(known: readonly Measured[], distance: (one: Measured) => number): Measured | undefined {
  let best: Measured | undefined;
  for (const one of known) if (best === undefined || distance(one) <= distance(best)) best = one;
  return best;
}

/**
 * What a difference between the two clocks since the last look means: a phone that slept (the steady clock
 * stood still) or a wall clock that somebody or something set.
 */
export function jumped(wallPassed: number, steadyPassed: number, hidden: boolean): "none" | "slept" | "set" {
  const jump = wallPassed - steadyPassed;
  if (Math.abs(jump) < JUMP_MS) return "none";
  return jump > 0 && hidden ? "slept" : "set";
}

const JUMP_MS = 400;

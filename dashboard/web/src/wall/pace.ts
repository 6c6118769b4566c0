/** When a wall display turns its page: every so many seconds, unless somebody holds it. */
import { useEffect, useState } from "preact/hooks";

const STEP_MS = 250;
/** After a movement of the pointer or a turned page the display rests for so long, for somebody is reading. */
const HOLD_MS = 10_000;

export interface Pace {
  /** Counts up without end; the slide shown is this modulo their number. */
  readonly turn: number;
  /** How far towards the next turn, 0 to 1. */
  readonly done: number;
  /** Stopped by hand, until it is told to go on. */
  readonly stopped: boolean;
  /** Resting for a moment because somebody is there. */
  readonly held: boolean;
  go(by: number): void;
  toggle(): void;
  touch(): void;
}

interface Beat { readonly turn: number; readonly passed: number; readonly stopped: boolean; readonly heldFor: number }

const START: Beat = { turn: 0, passed: 0, stopped: false, heldFor: 0 };

/** The next beat, `ms` later. Pure. */
export function beaten(beat: Beat, ms: number, every: number): Beat {
  if (beat.stopped) return beat;
  if (beat.heldFor > 0) return { ...beat, heldFor: Math.max(0, beat.heldFor - ms) };
  const passed = beat.passed + ms;
  return passed < every ? { ...beat, passed } : { ...beat, turn: beat.turn + 1, passed: 0 };
}

/** Turns a page every `every` ms. */
export function usePace(every: number): Pace {
  const [beat, setBeat] = useState(START);
  useEffect(() => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // A browser in the background beats seldom: no page is skipped for that.
      const ms = Math.min(now - last, 4 * STEP_MS);
      last = now;
      setBeat((held) => beaten(held, ms, every));
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [every]);
  return {
    turn: beat.turn,
    done: beat.passed / every,
    stopped: beat.stopped,
    held: beat.heldFor > 0,
    go: (by) => setBeat((held) => ({ ...held, turn: held.turn + by, passed: 0, heldFor: HOLD_MS })),
    toggle: () => setBeat((held) => ({ ...held, stopped: !held.stopped, heldFor: 0 })),
    touch: () => setBeat((held) => (held.heldFor > HOLD_MS - STEP_MS ? held : { ...held, heldFor: HOLD_MS })),
  };
}

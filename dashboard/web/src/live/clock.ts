/** Rally time as the service tells it, carried on by the browser's monotonic clock between messages. */
import { computed, signal } from "@preact/signals";

interface Anchor { readonly rallyMs: number; readonly localMs: number; readonly speed: number }

const anchor = signal<Anchor | null>(null);
const beat = signal(0);
const running = signal(false);
const BEAT_MS = 200;

/** Set the clock from a message: `at` RFC 3339, `localMs` when it arrived, `speed` rally seconds a second. */
export function setClock(at: string, localMs: number, speed: number): void {
  anchor.value = { rallyMs: Date.parse(at), localMs, speed };
  beat.value = performance.now();
}

/** A board that hears nothing from the service stands still at the last instant it was told. */
export function runClock(on: boolean): void {
  running.value = on;
}

function at(held: Anchor, localMs: number): number {
  return held.rallyMs + (localMs - held.localMs) * held.speed;
}

setInterval(() => {
  beat.value = performance.now();
}, BEAT_MS);

/** Rally time now in ms since the epoch, or null before the first message. Moves about five times a second. */
export const rallyNow = computed(() => {
  const held = anchor.value;
  if (held === null) return null;
  return running.value ? at(held, Math.max(beat.value, held.localMs)) : held.rallyMs;
});

/** The same carried on without the service: what a marshal goes by when the network is gone. */
export const freeSecond = computed(() => {
  const held = anchor.value;
  return held === null ? null : Math.floor(at(held, Math.max(beat.value, held.localMs)) / 1000);
});

/** Rally time at this very moment, for a stamp; null before the first message. */
export function rallyInstant(): number | null {
  const held = anchor.peek();
  return held === null ? null : at(held, performance.now());
}

/** The same to the second, so that what shows seconds redraws once a second. */
export const rallySecond = computed(() => (rallyNow.value === null ? null : Math.floor(rallyNow.value / 1000)));

/** Seconds on the wall since the service was last heard. */
export const silence = computed(() => {
  const held = anchor.value;
  return held === null ? 0 : Math.max(0, Math.floor((beat.value - heardAt.value) / 1000));
});

const heardAt = signal(0);

/** Note when the service was last heard (monotonic ms). */
export function noteHeard(localMs: number): void {
  heardAt.value = localMs;
}

/**
 * Rally time on this phone: measured against the service when it can be reached, carried on without it.
 *
 * The last measurements are kept on the phone, so that a page opened without network still knows how wrong the
 * phone's clock is.
 */
import { computed, signal } from "@preact/signals";
import { get, put } from "../keep/db";
import { getJson } from "./api";
import { jumped, measure, type Measured, type Reading, resolve, type Resolved, type Sample, withMeasured } from "./phone-time";
import { linkStatus, rally } from "./store";

const KEPT = "clock";
const SAMPLES = 5;
const EVERY_MS = 300_000;
const LOOK_MS = 200;
const ANSWER_WITHIN_MS = 4_000;

const page = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const known = signal<readonly Measured[]>([]);
const beat = signal(0);
/** The wall clock was set while the page was looking, by so many ms; 0: it was not. */
export const clockSet = signal(0);

let slept = 0;
let seen = { wall: Date.now(), ticks: performance.now() };
let wasHidden = document.visibilityState === "hidden";
let measuring: Promise<boolean> | null = null;

/** Both clocks now. */
export function readPhone(): Reading {
  look();
  return { wall: Date.now(), steady: performance.now() + slept, page };
}

/** Rally time of a reading by what has been measured so far; null when nothing ever was. */
export function resolved(reading: Reading): Resolved | null {
  return resolve(reading, known.peek());
}

/** Whether this page's own steady clock has been tied to rally time. */
export function measuredHere(): boolean {
  return known.peek().some((one) => one.page === page);
}

/** Rally time now in ms as a marshal goes by it, or null; moves a few times a second. */
export const phoneNow = computed(() => {
  void beat.value;
  const list = known.value;
  return resolve({ wall: Date.now(), steady: performance.now() + slept, page }, list)?.rally ?? null;
});

/** The same to the second. */
export const phoneSecond = computed(() => (phoneNow.value === null ? null : Math.floor(phoneNow.value / 1000)));

/** How far the phone's clock is ahead of rally time (ms), and how well that is known; null before the first measurement. */
export const phoneOffset = computed(() => {
  const last = known.value.at(-1);
  if (last === undefined) return null;
  return { ahead: Math.round(last.wall + clockSetSince(last) - last.rally), within: last.within, page: last.page === page, speed: last.speed };
});

function clockSetSince(last: Measured): number {
  return last.page === page ? clockSet.value : 0;
}

function look(): void {
  const wall = Date.now();
  const ticks = performance.now();
  const verdict = jumped(wall - seen.wall, ticks - seen.ticks, wasHidden);
  const jump = wall - seen.wall - (ticks - seen.ticks);
  seen = { wall, ticks };
  if (document.visibilityState === "visible") wasHidden = false;
  if (verdict === "slept") slept += jump;
  if (verdict === "set") clockSet.value += jump;
  if (verdict !== "none") void measureNow();
}

/** Ask the service for its time; resolves to whether it answered. */
export function measureNow(): Promise<boolean> {
  measuring ??= asked().finally(() => { measuring = null; });
  return measuring;
}

async function asked(): Promise<boolean> {
  const samples: Sample[] = [];
  const speed = rally.peek()?.speed ?? 1;
  for (let i = 0; i < SAMPLES; i += 1) {
    const before = reading();
    try {
      const { at } = await getJson<{ at: string }>("/api/time", AbortSignal.timeout(ANSWER_WITHIN_MS));
      samples.push({ before, after: reading(), rally: Date.parse(at) });
    } catch {
      break;
    }
  }
  const next = measure(samples, speed);
  if (next === null) return false;
  known.value = withMeasured(known.peek(), next);
  clockSet.value = 0;
  await put("things", [[KEPT, known.peek()]]).catch(() => undefined); // this page knows it all the same
  return true;
}

function reading(): Reading {
  return { wall: Date.now(), steady: performance.now() + slept, page };
}

/** Take up what was measured by an earlier page, and go on measuring. */
export async function startPhoneClock(): Promise<void> {
  const kept = await get<readonly Measured[]>("things", KEPT).catch(() => undefined);
  if (kept !== undefined) known.value = [...kept, ...known.peek()];
  setInterval(() => {
    look();
    beat.value += 1;
  }, LOOK_MS);
  setInterval(() => void measureNow(), EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") wasHidden = true;
    look();
  });
  linkStatus.subscribe((status) => {
    if (status === "live") void measureNow();
  });
  void measureNow();
}

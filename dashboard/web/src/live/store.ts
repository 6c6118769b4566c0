/** The page's one store: the held state as signals by top-level key, and the state of the connection. */
import { batch, computed, signal } from "@preact/signals";
import { noteHeard, runClock, setClock } from "./clock";
import type { Held } from "./document";
import type { CarRow, ControlRow, LiveState, PublicationRow, RallyRow, RemarkRow, ResultRow, Rows, StageRow, StandingRow } from "./state";
import { type LinkStatus, LiveStream } from "./stream";

const EMPTY: Rows<never> = Object.freeze({});

const held = signal<Held | null>(null);
export const linkStatus = signal<LinkStatus>("connecting");

/** Not hearing the service: what is shown may be old, and must say so. */
export const stale = computed(() => held.value !== null && linkStatus.value !== "live" && linkStatus.value !== "connecting" && moment.value === null);

const state = computed<LiveState | null>(() => held.value?.state ?? null);

// A computed tells its readers only when its value is another object: untouched branches keep theirs.
export const rally = computed<RallyRow | null>(() => state.value?.rally ?? null);
export const stages = computed<Rows<StageRow>>(() => state.value?.stages ?? EMPTY);
export const standings = computed<Rows<Rows<StandingRow>>>(() => state.value?.standings ?? EMPTY);
export const results = computed<Rows<Rows<ResultRow>>>(() => state.value?.results ?? EMPTY);
/** How far each list is published that was ever issued. */
export const publications = computed<Rows<PublicationRow>>(() => state.value?.publications ?? EMPTY);
export const splits = computed(() => state.value?.splits ?? EMPTY);
export const cars = computed<Rows<CarRow>>(() => state.value?.cars ?? EMPTY);
export const controls = computed<Rows<ControlRow>>(() => state.value?.controls ?? EMPTY);
export const remarks = computed<Rows<Rows<RemarkRow>>>(() => state.value?.remarks ?? EMPTY);
export const notices = computed(() => state.value?.notices ?? EMPTY);
/** When the held state was true, RFC 3339. */
export const asOf = computed(() => held.value?.at ?? null);

const stream = new LiveStream(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`, {
  onHeld(next, arrived) {
    noteHeard(arrived);
    setClock(next.at, arrived, next.state.rally.speed ?? 1);
    held.value = next;
  },
  onStatus(status) {
    linkStatus.value = status;
    runClock(status === "live");
  },
});

/** Open the live stream, where it is not open. */
export function openStream(): void {
  stream.start();
}

/** The moment that is shown instead of now, RFC 3339; null while the board is live. */
export const moment = signal<string | null>(null);

/** Show the document of an earlier moment, `at` in rally time: nothing moves until `backToLive`. */
export function showMoment(document: Held, at: string): void {
  stream.stop();
  batch(() => {
    moment.value = at;
    linkStatus.value = "past";
    setClock(at, performance.now(), 1);
    runClock(false);
    held.value = document;
  });
}

/** Show the rally as it is now; what stood there of an earlier moment stays until that has come. */
export function backToLive(): void {
  batch(() => {
    moment.value = null;
    linkStatus.value = "connecting";
  });
  stream.forget();
  stream.start();
}

/** Read the stream anew, as another person: after signing in. */
export function reopenStream(): void {
  stream.restart();
}

/** Show what an earlier page heard at `heard` (this page's monotonic clock, so mostly negative), until the service is heard. */
export function holdKept(kept: Held, heard: number): void {
  if (held.peek() !== null) return;
  noteHeard(heard);
  setClock(kept.at, heard, kept.state.rally.speed ?? 1);
  held.value = kept;
}

/** The held state in full with its number: lets a test compare a resumed page with a fresh one. */
export function heldDocument(): Held | null {
  return held.peek();
}

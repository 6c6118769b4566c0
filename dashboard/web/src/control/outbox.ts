/**
 * What an official has pressed: on the phone's disk before anything is sent, and there until long after the
 * service has confirmed it.
 *
 * Each act carries its own key from the moment it is pressed, so that sending it twice counts once. Acts go in
 * the order in which they were pressed; a refusal stays in sight until the official discards it.
 */
import { computed, signal } from "@preact/signals";
import { all, put, remove } from "../keep/db";
import type { Reading } from "../live/phone-time";
import { session } from "../live/session";
import { type Entry, pathOf } from "./parcel";

export type ActKind = "stamp" | "withdraw" | "assign" | "rule" | "remark" | "alert";

export interface Act {
  readonly key: string;
  /** Orders the acts of all pages of this phone. */
  readonly order: string;
  readonly control: string;
  /** Whose link was open when it was pressed: nobody else's name goes on it. */
  readonly by?: string;
  /** Taken over from another phone: sent in the name of whoever pressed it. */
  readonly carried?: boolean;
  readonly kind: ActKind;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the lists show: a person's words, not the body. */
  readonly label: string;
  readonly car?: string | null;
  /** The phone's clocks when it was pressed: the instant is worked out from them as it is sent. */
  readonly pressed?: Reading;
  /** A rally instant (ms) chosen by the official, instead of the moment of pressing. */
  readonly at?: number;
  /** Not to be sent before this rally instant (ms). */
  readonly notBefore?: number;
  /** The key of the act whose stamp this is about; the service's own key is put in as it is sent. */
  readonly stampOf?: string;
  /** The service's key of the stamp that this is about. */
  readonly stamp?: string;
  readonly state: "waiting" | "sent" | "refused";
  /** What was sent: the same again at each try, whatever has been measured since. */
  readonly frozen?: Readonly<Record<string, unknown>>;
  readonly refused?: string;
  readonly answer?: { readonly key?: string; readonly seq?: number; readonly at?: string; readonly sentAt: number };
}

const OLD_STORE = "rallykeeper.outbox";
const KEEP_SENT = 400;

const acts = signal<readonly Act[]>([]);
/** The browser keeps nothing: what is pressed lives in this page only. */
export const unkept = signal(false);

export const outbox = computed(() => acts.value);
export const waiting = computed(() => acts.value.filter((act) => act.state === "waiting"));
export const refusedActs = computed(() => acts.value.filter((act) => act.state === "refused"));

/** What waits and was pressed under another person's link. */
export const othersActs = computed(() => waiting.value.filter((act) => isOthers(act)));

/** Whether an act was pressed by another person than is signed in now. */
export function isOthers(act: Act): boolean {
  const device = session.value?.device;
  return act.carried !== true && act.by !== undefined && device !== undefined && act.by !== device;
}

/** Take another phone's entries in, in their order. Each has its key already, so that both may send it. */
export async function takeIn(entries: readonly Entry[]): Promise<void> {
  const known = new Set(acts.peek().map((act) => act.key));
  // All in one step: the disk has every one of them, or none.
  await change(entries.flatMap((entry): Act[] => {
    const path = pathOf(entry.kind, entry.control);
    if (path === undefined || known.has(entry.key)) return [];
    return [{ ...entry, path, order: nextOrder(), state: "waiting", carried: true }];
  }));
  wake();
}

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("rallykeeper.outbox") : null;
let counter = 0;
let wake: () => void = () => undefined;

/** Call `then` whenever there is something new to send. */
export function onPress(then: () => void): void {
  wake = then;
}

/** Read what earlier pages left, and follow what other tabs of this phone press. */
export async function loadOutbox(): Promise<void> {
  await readAll();
  // What an earlier version left and cannot be read stays where it is, and holds nothing else up.
  await takeOver().catch(() => undefined);
  channel?.addEventListener("message", () => void readAll().then(() => wake()));
}

async function readAll(): Promise<void> {
  try {
    const kept = await all<Act>("acts");
    const own = new Map(acts.peek().map((act) => [act.key, act]));
    // What was just confirmed here may not be on the disk yet.
    for (const act of kept) if (own.get(act.key)?.state !== "sent") own.set(act.key, act);
    acts.value = [...own.values()].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  } catch {
    unkept.value = true;
  }
}

/** Earlier versions of the page kept their acts elsewhere: none may be lost by the update. */
async function takeOver(): Promise<void> {
  const text = localStorage.getItem(OLD_STORE);
  if (text === null) return;
  const old = JSON.parse(text) as { key: string; path: string; body: Record<string, unknown>; label: string; control: string }[];
  const known = new Set(acts.peek().map((act) => act.key));
  for (const act of old) {
    if (known.has(act.key)) continue;
    const kind: ActKind = act.path.endsWith("/stamps") ? "stamp" : "rule";
    await press({ key: act.key, control: act.control, kind, path: act.path, body: act.body, label: act.label });
  }
  if (!unkept.peek()) localStorage.removeItem(OLD_STORE);
}

/** Keep an act, then have it sent. Resolves when the disk has it. */
export async function press(act: Omit<Act, "state" | "order" | "by">): Promise<void> {
  const by = session.peek()?.device;
  await change([{ ...act, order: nextOrder(), state: "waiting", ...(by === undefined ? {} : { by }) }]);
  wake();
}

/** Numbered after the last act known, not by the time: a wall clock may be set back. */
function nextOrder(): string {
  counter += 1;
  const last = Number.parseInt(acts.peek().at(-1)?.order ?? "0", 10);
  return `${String(Math.max(last, 0) + 1).padStart(9, "0")}-${String(counter).padStart(6, "0")}`;
}

/** Put changed acts on the disk and in sight. They are in sight at once; sending waits for the disk. */
export async function change(changed: readonly Act[]): Promise<void> {
  const byKey = new Map(acts.peek().map((act) => [act.key, act]));
  for (const act of changed) byKey.set(act.key, act);
  acts.value = [...byKey.values()];
  try {
    await put("acts", changed.map((act) => [act.key, act] as const));
    unkept.value = false;
    channel?.postMessage("changed");
  } catch {
    unkept.value = true;
  }
}

/** Send a refused act again, as it was. */
export async function again(key: string): Promise<void> {
  const act = acts.peek().find((one) => one.key === key);
  if (act === undefined) return;
  const { refused: _, ...rest } = act;
  await change([{ ...rest, state: "waiting" }]);
  wake();
}

/** Take a refused act off the list. */
export async function discard(key: string): Promise<void> {
  acts.value = acts.peek().filter((act) => act.key !== key);
  await remove("acts", [key]).catch(() => undefined);
}

/** Forget the oldest of what the service has confirmed. */
export async function forgetOld(): Promise<void> {
  const sent = acts.peek().filter((act) => act.state === "sent");
  const old = sent.slice(0, Math.max(0, sent.length - KEEP_SENT)).map((act) => act.key);
  if (old.length === 0) return;
  acts.value = acts.peek().filter((act) => !old.includes(act.key));
  await remove("acts", old).catch(() => undefined);
}

/** A key that no other act has: 128 random bits, also where `randomUUID` is missing (plain HTTP on a LAN). */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

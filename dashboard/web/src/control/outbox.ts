/**
 * What an official has pressed and the service has not yet confirmed.
 *
 * Each act carries its own key from the moment it is pressed, so that sending it twice counts once; the list
 * is kept in this browser until confirmed, and a refusal stays in sight until the official discards it.
 */
import { computed, signal } from "@preact/signals";
import { postJson, Refused } from "../live/api";

export interface Act {
  readonly key: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the list shows: a person's words, not the body. */
  readonly label: string;
  readonly control: string;
  readonly refused?: string;
}

const STORE = "rallykeeper.outbox";
const RETRY_MS = 3_000;

export const outbox = signal<readonly Act[]>(stored());
export const waiting = computed(() => outbox.value.filter((act) => act.refused === undefined));

let sending = false;

function stored(): readonly Act[] {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "[]") as Act[];
  } catch {
    return [];
  }
}

function keep(acts: readonly Act[]): void {
  outbox.value = acts;
  try {
    localStorage.setItem(STORE, JSON.stringify(acts));
  } catch {
    // the acts still wait in this page
  }
}

/** Put an act in the list and send it. */
export function press(act: Omit<Act, "refused">): void {
  keep([...outbox.value, act]);
  void sendAll();
}

/** Send a refused act again. */
export function again(key: string): void {
  keep(outbox.value.map(({ refused: _, ...act }) => (act.key === key ? act : restored(act, _))));
  void sendAll();
}

function restored(act: Omit<Act, "refused">, refused: string | undefined): Act {
  return refused === undefined ? act : { ...act, refused };
}

/** Take a refused act off the list. */
export function discard(key: string): void {
  keep(outbox.value.filter((act) => act.key !== key));
}

/** Send what waits, oldest first, until the service is not reached. */
export async function sendAll(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (let act = waiting.value[0]; act !== undefined; act = waiting.value[0]) {
      if (!(await sent(act))) return;
    }
  } finally {
    sending = false;
  }
}

async function sent(act: Act): Promise<boolean> {
  try {
    await postJson(act.path, act.body, { "Idempotency-Key": act.key });
    discard(act.key);
    return true;
  } catch (reason) {
    if (!(reason instanceof Refused) || reason.status >= 500 || reason.status === 429) return false; // try later
    keep(outbox.value.map((kept) => (kept.key === act.key ? { ...kept, refused: reason.message } : kept)));
    return true;
  }
}

/** Go on trying while the page is open. */
export function startOutbox(): void {
  void sendAll();
  addEventListener("online", () => void sendAll());
  setInterval(() => void sendAll(), RETRY_MS);
}

/** A key that no other act has: 128 random bits, also where `randomUUID` is missing (plain HTTP on a LAN). */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

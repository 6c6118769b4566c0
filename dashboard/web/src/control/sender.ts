/** Sends what waits in the outbox, oldest first, again and again until the service has it. */
import { signal } from "@preact/signals";
import { postJson, Refused } from "../live/api";
import { session } from "../live/session";
import { linkStatus, rally } from "../live/store";
import { measuredHere, measureNow, phoneNow, resolved } from "../live/phone-clock";
import { sentInstant } from "./view";
import { type Act, change, forgetOld, isOthers, loadOutbox, onPress, outbox, waiting } from "./outbox";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const LOCK = "rallykeeper.sender";

/** Why nothing is sent at the moment, in the service's words; empty: nothing is wrong that is known. */
export const trouble = signal("");
/** The service does not know this browser any more: the personal link has to be opened again. */
export const needsLink = signal(false);

let running = false;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Load the outbox and go on trying while the page is open. */
export async function startSending(): Promise<void> {
  onPress(tryNow);
  addEventListener("online", tryNow);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tryNow();
  });
  linkStatus.subscribe((status) => {
    if (status === "live") tryNow();
  });
  session.subscribe((who) => {
    if (who !== null) tryNow();
  });
  await loadOutbox();
  void navigator.storage?.persist?.().catch(() => false);
  tryNow();
}

/** Try at once, whatever the back-off says. */
export function tryNow(): void {
  failures = 0;
  void pump();
}

async function pump(): Promise<void> {
  // Under whose name it would go has to be known first.
  if (running || session.peek() === null) return;
  running = true;
  clearTimeout(timer);
  // Whatever goes wrong in between, what waits is tried again.
  let soon = FIRST_RETRY_MS;
  try {
    soon = await alone(sendAll);
  } catch {
    soon = backOff();
  } finally {
    running = false;
  }
  if (waiting.peek().length > 0) timer = setTimeout(() => void pump(), soon);
  else await forgetOld();
}

/** Of several tabs one sends; where the browser cannot say which, the keys make twice harmless. */
async function alone(work: () => Promise<number>): Promise<number> {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock === null ? Promise.resolve(FIRST_RETRY_MS) : work()));
}

/** Returns after how many ms to try again. */
async function sendAll(): Promise<number> {
  const passedOver = new Set<string>();
  for (;;) {
    const act = waiting.peek().find((one) => !passedOver.has(one.key));
    if (act === undefined) return FIRST_RETRY_MS;
    const due = heldBack(act);
    if (due) {
      passedOver.add(act.key);
      continue;
    }
    if (!(await sent(act))) return backOff();
    failures = 0;
    trouble.value = "";
    needsLink.value = false;
  }
}

function backOff(): number {
  const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
  failures += 1;
  return wait * (0.5 + Math.random() / 2);
}

/** A minute that the crew wants is recorded when it has come, an act of somebody else under their link; what is about such a stamp waits with it. */
function heldBack(act: Act): boolean {
  if (act.notBefore !== undefined && (phoneNow.peek() ?? 0) < act.notBefore) return true;
  if (isOthers(act)) return true;
  const other = stampAct(act);
  return other !== undefined && other.state === "waiting";
}

function asItIs(key: string | undefined): Act | undefined {
  return key === undefined ? undefined : outbox.peek().find((one) => one.key === key);
}

function stampAct(act: Act): Act | undefined {
  return asItIs(act.stampOf);
}

async function sent(act: Act): Promise<boolean> {
  const worked = act.frozen ?? (await filled(act));
  // Handed to another phone while its time was asked for, it says what was said there.
  const body = asItIs(act.key)?.frozen ?? worked;
  if (body === null) return false;
  if (typeof body === "string") {
    await change([{ ...act, state: "refused", refused: body }]);
    return true;
  }
  // What is sent is fixed before it is sent: an answer that is lost must find the same words again.
  const fixed: Act = act.frozen === undefined ? { ...act, frozen: body } : act;
  if (act.frozen === undefined) await change([fixed]);
  try {
    const headers = { "Idempotency-Key": act.key, ...(act.carried === true && act.by !== undefined ? { "Pressed-By": act.by } : {}) };
    const answer = await postJson<{ key?: string; seq?: number; at?: string }>(act.path, body, headers);
    await change([{ ...fixed, state: "sent", answer: { ...answer, sentAt: Date.now() } }]);
    return true;
  } catch (reason) {
    return failed(fixed, reason);
  }
}

async function failed(act: Act, reason: unknown): Promise<boolean> {
  if (!(reason instanceof Refused)) return false; // no network
  if (reason.status >= 500 || reason.status === 429 || reason.status === 408) {
    trouble.value = reason.message;
    return false;
  }
  if (reason.status === 401) {
    needsLink.value = true;
    return false;
  }
  // A refusal was not recorded, so it may be sent otherwise when it is sent again.
  const { frozen: _, ...open } = act;
  await change([{ ...open, state: "refused", refused: reason.message }]);
  return true;
}

/** The body with the instant and the stamp's key worked out; null: not yet; a text: it can never be sent. */
async function filled(act: Act): Promise<Readonly<Record<string, unknown>> | string | null> {
  let body = act.body;
  if (act.pressed !== undefined) {
    // Sending needs the service anyway; so its time can be asked first, and a wrong phone clock be seen.
    if (!measuredHere() && !(await measureNow())) return null;
    const when = timed(act);
    if (when === null) return null;
    body = { ...body, ...when };
  } else if (act.at !== undefined) body = { ...body, at: instant(act.at) };
  const key = act.stamp ?? stampAct(act)?.answer?.key;
  if (act.kind === "withdraw") return key === undefined ? LOST : { ...body, stamp: key };
  if (act.kind === "assign" || act.kind === "rule") {
    const ruled = body["act"] as Readonly<Record<string, unknown>> | undefined;
    if (ruled === undefined || ruled["stamp"] !== undefined) return body;
    return key === undefined ? LOST : { ...body, act: { ...ruled, stamp: key } };
  }
  return body;
}

/** What an act says of its instant by what is measured so far; null while nothing is. */
function timed(act: Act): Readonly<Record<string, unknown>> | null {
  const when = act.pressed === undefined ? null : resolved(act.pressed);
  if (act.pressed === undefined || when === null) return null;
  // In a simulated rally the phone's clock has nothing to do with the rally's.
  const compared = act.kind === "stamp" && rally.peek()?.simulated !== true;
  return compared ? byPhone(act.pressed.wall, when) : { at: instant(when.rally) };
}

/**
 * Fix what these acts say, as they are handed to another phone: whichever of the two sends first, the words are
 * the same. What has no measured time is left out, and with it what is about such a stamp.
 */
export async function fixedForHandOver(acts: readonly Act[]): Promise<Act[]> {
  const fixed: Act[] = [];
  for (const one of acts) {
    // It may have been sent while those before it were written to the disk.
    const act = asItIs(one.key);
    if (act?.state !== "waiting") continue;
    const key = act.stamp ?? stampAct(act)?.answer?.key;
    if (key === undefined && act.stampOf !== undefined && !fixed.some((other) => other.key === act.stampOf)) continue;
    const about = key === undefined ? act : { ...act, stamp: key };
    if (act.pressed === undefined || act.frozen !== undefined) fixed.push(about);
    else {
      const when = timed(act);
      if (when === null) continue;
      const said = { ...about, frozen: { ...act.body, ...when } };
      await change([said]);
      fixed.push(said);
    }
  }
  return fixed.map((act) => {
    const at = act.at ?? sentInstant(act);
    return at === null ? act : { ...act, at };
  });
}

const LOST = "The stamp that this is about was not recorded.";

function byPhone(wall: number, when: NonNullable<ReturnType<typeof resolved>>): Readonly<Record<string, unknown>> {
  const rally = Math.round(when.rally);
  const phone = Math.round(wall);
  return {
    phone_at: instant(phone), offset_us: (phone - rally) * 1000, measured_at: instant(Math.round(when.measured.rally)),
    uncertainty_us: Math.ceil(when.uncertainty * 1000), clock: when.by,
  };
}

function instant(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

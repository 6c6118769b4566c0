/** The last live document, kept on the phone of an official, so that a page opened without network shows it. */
import { signal } from "@preact/signals";
import { type Held } from "../live/document";
import { official, session } from "../live/session";
import { heldDocument, holdKept, linkStatus } from "../live/store";
import { get, put } from "./db";

interface Kept { readonly held: Held; readonly wall: number }

const KEPT = "document";
const EVERY_MS = 10_000;

let written: Held | null = null;

/** A document is on the disk: without it a page opened without network would have nothing to show. */
export const documentKept = signal(false);

/** Show the kept document until the service is heard, and go on keeping what is heard. */
export async function startKeeping(): Promise<void> {
  setInterval(() => void keep(), EVERY_MS);
  addEventListener("pagehide", () => void keep());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void keep();
  });
  linkStatus.subscribe(() => void keep());
  session.subscribe(() => void keep());
  const kept = await get<Kept>("things", KEPT).catch(() => undefined);
  documentKept.value ||= kept !== undefined;
  if (kept !== undefined) holdKept(kept.held, performance.now() - Math.max(0, Date.now() - kept.wall));
}

async function keep(): Promise<void> {
  const held = heldDocument();
  // Only what was heard just now, and only what its reader may keep: a spectator has no use for it.
  if (held === null || held === written || !official.peek() || linkStatus.peek() !== "live") return;
  written = held;
  await put("things", [[KEPT, { held, wall: Date.now() } satisfies Kept]]).then(() => { documentKept.value = true; }, () => undefined);
}

/** Keep it at once: before a test, or before the page is left. */
export const keepNow = keep;

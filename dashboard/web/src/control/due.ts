/**
 * Everybody who is due at a control, first car to last. The live stream carries only those who come next; a
 * marshal without network needs them all, so the whole list is asked for while there is one, and kept.
 */
import { signal } from "@preact/signals";
import { get, put } from "../keep/db";
import { getJson } from "../live/api";
import { linkStatus } from "../live/store";
import type { ControlRow } from "../live/state";

type Due = NonNullable<ControlRow["expected"]>;
interface Followed { readonly list: Due; readonly asked: number }

const EVERY_MS = 60_000;
const lists = signal<Readonly<Record<string, Followed>>>({});
const asking = new Set<string>();

/** The whole list of a control as last heard; empty before. */
export function wholeList(control: string): Due {
  return lists.value[control]?.list ?? {};
}

/** Keep the whole list of a control up to date while its page is open; cheap to call often. */
export function followDue(control: string): void {
  const known = lists.peek()[control];
  const old = known === undefined || Date.now() - known.asked > EVERY_MS;
  if (!old || asking.has(control) || (known !== undefined && linkStatus.peek() !== "live")) return;
  asking.add(control);
  void read(control, known === undefined).finally(() => asking.delete(control));
}

async function read(control: string, first: boolean): Promise<void> {
  const name = `due ${control}`;
  if (first) {
    const kept = await get<Due>("things", name).catch(() => undefined);
    lists.value = { ...lists.peek(), [control]: { list: kept ?? {}, asked: 0 } };
  }
  try {
    const { expected } = await getJson<{ expected: Due }>(`/api/controls/${encodeURIComponent(control)}/expected`);
    lists.value = { ...lists.peek(), [control]: { list: expected, asked: Date.now() } };
    await put("things", [[name, expected]]);
  } catch {
    // what is kept has to do
  }
}

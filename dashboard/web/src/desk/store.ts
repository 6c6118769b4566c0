/** The desk's state: the queue as the service gives it, and the one decision that is being prepared. */
import { computed, signal } from "@preact/signals";
import { getJson, postJson, Refused } from "../live/api";
import { holds } from "../live/session";
import { newKey } from "../control/outbox";
import type { DeskDocument, Draft, Item, News, Prepared, Preview } from "./types";

export const desk = signal<DeskDocument | null>(null);
export const deskFault = signal("");
/** The office whose matters are shown; empty for all. */
export const office = signal("");
const chosenItem = signal<string | null>(null);
export const draft = signal<Draft | null>(null);
/** The last decision recorded, to be told and taken back. */
export const done = signal<{ readonly seq: number; readonly id: string; readonly what: string; readonly office: string } | null>(null);
/** Grows with each decision recorded, so that lists beside the queue read themselves again. */
export const recordedCount = signal(0);

export const items = computed<readonly Item[]>(() => {
  const all = desk.value?.items ?? [];
  return office.value === "" ? all : all.filter((item) => item.office === office.value);
});

/** Where the selection was: when its matter is settled, the one that moves up takes its place. */
let place = 0;

export const selected = computed<Item | undefined>(() => {
  const list = items.value;
  const found = list.findIndex((item) => item.id === chosenItem.value);
  if (found >= 0) place = found;
  return list[found >= 0 ? found : Math.min(place, list.length - 1)];
});

/** Take up a matter; a draft for another one is dropped. */
export function select(item: Item | undefined): void {
  chosenItem.value = item?.id ?? null;
  if (draft.peek()?.item !== item?.id) draft.value = null;
}

/** Take up the next matter, or the one before. */
export function move(by: number): void {
  const list = items.peek();
  const at = list.findIndex((item) => item.id === selected.peek()?.id);
  select(list[Math.max(0, Math.min(list.length - 1, at + by))]);
}

/** What another page asked for: the matter of this car at this control, once the queue is read. */
let sought: { readonly car: string; readonly control: string } | null = null;

export function seek(car: string, control: string): void {
  sought = { car, control };
}

function findSought(): void {
  const wanted = sought;
  if (wanted === null) return;
  const found = items.peek().find((item) => item.car === wanted.car && item.control === wanted.control);
  if (found !== undefined) chosenItem.value = found.id;
  sought = null;
}

/** The decision by which the protest of a matter came in. */
export function protestOf(item: Item): string {
  return item.id.slice("protest-".length);
}

let reading = false;
let again = false;

/** Read the queue; calls while one is under way make one more. */
export async function readDesk(): Promise<void> {
  again = reading;
  if (reading) return;
  reading = true;
  try {
    desk.value = await getJson<DeskDocument>("/api/desk");
    deskFault.value = "";
    findSought();
  } catch (reason) {
    deskFault.value = (reason as Error).message;
  } finally {
    reading = false;
  }
  if (again) await readDesk();
}

/** Prepare a decision and show what it would change. `saw`: the newest record that what it rests on shows. */
export function prepare(title: string, decision: Prepared, offices: readonly string[], item?: string, saw?: number): void {
  const own = offices.filter(holds);
  draft.value = {
    key: newKey(), title, decision, offices: own, office: own[0] ?? offices[0] ?? "",
    reason: decision.reason ?? "", note: "", saw: saw ?? desk.peek()?.head ?? 0, busy: "",
    ...(item === undefined ? {} : { item }),
  };
  if (own.length > 0) void showPreview();
}

/** Change the draft's reason, words or office. */
export function amend(changes: Partial<Pick<Draft, "reason" | "note" | "office">>): void {
  if (draft.peek() !== null) draft.value = { ...(draft.peek() as Draft), ...changes };
}

export function drop(): void {
  draft.value = null;
}

function body(sent: Draft): Record<string, unknown> {
  return {
    act: sent.decision.act, role: sent.office, text: sent.note.trim(),
    ...(sent.reason === "" ? {} : { reason: sent.reason }),
    ...(sent.decision.supersedes === undefined ? {} : { supersedes: sent.decision.supersedes }),
  };
}

/** Put what became of a draft into it, unless another has taken its place. */
function settle(sent: Draft, changes: Partial<Draft>): void {
  const now = draft.peek();
  if (now?.key === sent.key) draft.value = { ...now, busy: "", ...changes };
}

export async function showPreview(): Promise<void> {
  const sent = draft.peek();
  if (sent === null || sent.busy !== "") return;
  const { error: _, ...rest } = sent;
  draft.value = { ...rest, busy: "preview" };
  try {
    settle(sent, { preview: await postJson<Preview>("/api/decisions?preview=true", body(sent)) });
  } catch (reason) {
    settle(sent, { error: (reason as Error).message });
  }
}

/** Record the draft. A refusal because of news keeps it, with the news. */
export async function record(): Promise<void> {
  const sent = draft.peek();
  if (sent === null || sent.busy !== "" || sent.preview === undefined || sent.preview.refused !== undefined) return;
  draft.value = { ...sent, busy: "record" };
  try {
    const answer = await postJson<{ id: string; seq: number }>(
      "/api/decisions", { ...body(sent), id: sent.key, saw: sent.saw },
    );
    done.value = { seq: answer.seq, id: answer.id, what: sent.title, office: sent.office };
    if (draft.peek()?.key === sent.key) draft.value = null;
    recordedCount.value += 1;
  } catch (reason) {
    const news = reason instanceof Refused && reason.status === 409 ? (reason.problem["changed"] as News[] | undefined) : undefined;
    settle(sent, { error: (reason as Error).message, ...(news === undefined ? {} : { news }) });
  }
  await readDesk();
}

/** After news: the same decision once more, in knowledge of all that is there now. */
export async function lookAgain(): Promise<void> {
  const old = draft.peek();
  await readDesk();
  if (old === null) return;
  prepare(old.title, old.decision, old.offices, old.item);
  amend({ reason: old.reason, note: old.note, office: old.office });
}

/** Who is at this screen: read from the service by the session cookie, which no script can see. */
import { computed, signal } from "@preact/signals";
import { getJson } from "./api";

export interface Session {
  readonly role: string;
  /** Every office the person holds. */
  readonly roles?: readonly string[];
  readonly name?: string;
  readonly controls?: readonly string[];
}

export const session = signal<Session | null>(null);

/** An official of any office: may open the control pages. */
export const official = computed(() => session.value !== null && session.value.role !== "spectator");

/** Ask the service; without an answer the viewer is a spectator. */
export async function readSession(): Promise<void> {
  try {
    session.value = await getJson<Session>("/api/session");
  } catch {
    session.value = { role: "spectator" };
  }
}

function holds(role: string): boolean {
  const who = session.value;
  return who !== null && (who.roles ?? [who.role]).includes(role);
}

/** Whether this person may stamp at a control and put numbers to stamps: its marshal, or the Official Timekeeper. */
export function mayStamp(control: string): boolean {
  return mayJudge() || (holds("marshal") && (session.value?.controls ?? []).includes(control));
}

/** Whether this person may open a control's page: a marshal the own ones, the other officials all. */
export function maySee(control: string): boolean {
  return mayStamp(control) || holds("clerk") || holds("steward");
}

/** Whether this person rules on times: the Official Timekeeper only. */
export function mayJudge(): boolean {
  return holds("timekeeper");
}

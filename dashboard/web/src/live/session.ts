/** Who is at this screen: read from the service by the session cookie, which no script can see. */
import { computed, signal } from "@preact/signals";
import { get, put } from "../keep/db";
import { getJson } from "./api";

export interface Session {
  readonly role: string;
  /** Every office the person holds. */
  readonly roles?: readonly string[];
  readonly name?: string;
  readonly controls?: readonly string[];
  /** The name under which this person's stamps are recorded. */
  readonly device?: string;
}

const KEPT = "session";

export const session = signal<Session | null>(null);

/** An official of any office: may open the control pages. */
export const official = computed(() => session.value !== null && session.value.role !== "spectator");

/** An official at headquarters: clerk, Official Timekeeper or steward, for whom the desk is. */
export const headquarters = computed(() => ["clerk", "timekeeper", "steward"].some(holds));

/** The service no longer knows this browser's session, which an official's page was opened with. */
export const signedOut = signal(false);

/** Ask the service; without an answer the viewer is who they were last, else a spectator. */
export async function readSession(): Promise<void> {
  const kept = await get<Session>("things", KEPT).catch(() => undefined);
  try {
    const told = await getJson<Session>("/api/session");
    signedOut.value = told.role === "spectator" && kept !== undefined && kept.role !== "spectator";
    session.value = told;
    await put("things", [[KEPT, told]]).catch(() => undefined);
  } catch {
    session.value = kept ?? { role: "spectator" };
  }
}

/** Whether this person holds an office. */
export function holds(role: string): boolean {
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

/** Who is at this screen: read from the service by the session cookie, which no script can see. */
import { computed, signal } from "@preact/signals";
import { getJson } from "./api";

export interface Session {
  readonly role: string;
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

/** Whether this person works at `control`: a marshal at the own ones, the Official Timekeeper at all. */
export function worksAt(control: string): boolean {
  const who = session.value;
  if (who === null || who.role === "spectator") return false;
  return who.role !== "marshal" || (who.controls ?? []).includes(control);
}

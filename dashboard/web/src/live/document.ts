/** What a client holds of the live stream, and how each message moves it on. No socket here. */
import { type Json, mergePatch } from "./merge";
import type { LiveState, Message } from "./state";

export interface Held { readonly seq: number; readonly at: string; readonly state: LiveState }

/** What to do after a message: `gap` asks for a new connection that resumes after `held.seq`. */
export type Step =
  | { readonly kind: "held"; readonly held: Held }
  | { readonly kind: "dropped" }
  | { readonly kind: "gap" };

/**
 * Apply one message. A patch with a number already seen is dropped, a number left out is a gap.
 *
 * `first` is true for the first message of a connection: its snapshot holds whatever its number, because
 * a restarted service may count from elsewhere.
 */
export function receive(held: Held | null, message: Message, first: boolean): Step {
  switch (message.type) {
    case "snapshot":
      if (held !== null && !first && message.seq < held.seq) return { kind: "dropped" };
      return { kind: "held", held: { seq: message.seq, at: message.at, state: message.state } };
    case "patch": {
      if (held === null) return { kind: "gap" };
      if (message.seq <= held.seq) return { kind: "dropped" };
      if (message.seq !== held.seq + 1) return { kind: "gap" };
      const state = mergePatch(held.state as unknown as Json, message.patch as Json) as unknown as LiveState;
      return { kind: "held", held: { seq: message.seq, at: message.at, state } };
    }
    case "tick":
      if (held === null || message.seq > held.seq) return { kind: "gap" };
      return { kind: "held", held: { ...held, at: message.at } };
    default:
      return { kind: "dropped" };
  }
}

/** The board as of an earlier moment: `?as_of=` in the address, an instant or the number of a record. */
import { effect, signal } from "@preact/signals";
import { address, withQuery } from "../ui/router";
import { getJson } from "./api";
import type { Message } from "./state";
import { backToLive, openStream, showMoment } from "./store";

/** Why the moment that was asked for is not shown, in the service's words. */
export const momentRefused = signal<string | null>(null);

const QUERY = "as_of";

/** The moment that the address asks for; empty: now. */
export function askedMoment(): string {
  return address.value.query.get(QUERY) ?? "";
}

/** The present view as it is live. */
export function liveHref(): string {
  return withQuery(QUERY, "");
}

/** Whether the instant or only a record's number is asked for. */
export function isInstant(asked: string): boolean {
  return !/^\d+$/.test(asked);
}

/** Follow the address: the live stream, or a moment that stands still. Called once. */
export function followMoment(): void {
  let started = false;
  let latest = "";
  effect(() => {
    const asked = askedMoment();
    if (started && asked === latest) return;
    latest = asked;
    momentRefused.value = null;
    if (asked === "") {
      if (started) backToLive();
      else openStream();
      started = true;
      return;
    }
    started = true;
    void getJson<Message>(`/api/live?as_of=${encodeURIComponent(asked)}`).then(
      (message) => {
        if (latest === asked && message.type === "snapshot") showMoment(message, isInstant(asked) ? asked : message.at);
      },
      (reason: Error) => {
        if (latest !== asked) return;
        momentRefused.value = reason.message;
        backToLive();
      },
    );
  });
}

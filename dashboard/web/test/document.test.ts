import assert from "node:assert/strict";
import { test } from "node:test";
import { type Held, receive } from "../src/live/document";
import type { LiveState, Message } from "../src/live/state";

const RALLY = { id: "r", name: "R", unit: "seconds", better: "lower", timezone: "UTC", utc_offset: "+00:00", publication: "LIVE" };
const STATE = { rally: RALLY, cars: { "7": { order: 1, driver: "A", status: "ON_ROAD" } } } as unknown as LiveState;
const AT = "2024-04-22T10:00:00Z";

function snapshot(seq: number): Message {
  return { type: "snapshot", seq, at: AT, state: STATE };
}
function patch(seq: number, km: number): Message {
  return { type: "patch", seq, at: AT, patch: { cars: { "7": { km } } } };
}
function held(message: Message, before: Held | null = null, first = false): Held {
  const step = receive(before, message, first);
  assert.equal(step.kind, "held");
  return (step as { held: Held }).held;
}

test("patches in order lead to the state of a fresh snapshot", () => {
  const end = held(patch(102, 6), held(patch(101, 5), held(snapshot(100), null, true)));
  assert.equal(end.seq, 102);
  assert.equal(end.state.cars?.["7"]?.km, 6);
});

test("a patch seen already is dropped", () => {
  const now = held(patch(101, 5), held(snapshot(100), null, true));
  assert.equal(receive(now, patch(101, 9), false).kind, "dropped");
  assert.equal(receive(now, patch(99, 9), false).kind, "dropped");
});

test("a number left out is a gap, in a patch and in a tick", () => {
  const now = held(snapshot(100), null, true);
  assert.equal(receive(now, patch(102, 9), false).kind, "gap");
  assert.equal(receive(now, { type: "tick", seq: 101, at: AT }, false).kind, "gap");
  assert.equal(receive(null, patch(100, 1), true).kind, "gap");
});

test("a tick moves the clock and nothing else", () => {
  const now = held(snapshot(100), null, true);
  const later = held({ type: "tick", seq: 100, at: "2024-04-22T10:00:05Z" }, now);
  assert.equal(later.state, now.state);
  assert.equal(later.at, "2024-04-22T10:00:05Z");
});

test("an older snapshot is dropped in the middle and taken from a service that has begun anew", () => {
  const now = held(snapshot(100), null, true);
  assert.equal(receive(now, snapshot(90), false).kind, "dropped");
  assert.equal(held(snapshot(90), now, true).seq, 90);
});

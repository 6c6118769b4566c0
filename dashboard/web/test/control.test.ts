import assert from "node:assert/strict";
import { test } from "node:test";
import type { Act } from "../src/control/outbox";
import { conflicts, controlView, fits, fitting, lights, minutesLate, provisionalStarts, type Looker } from "../src/control/view";
import type { ControlRow, StampRow } from "../src/live/state";

const AT = Date.parse("2026-06-06T08:14:31Z");
const LOOKER: Looker = {
  device: "web-1", wall: 1_000_000, instantOf: (act) => act.at ?? null, text: (ms) => new Date(ms).toISOString().slice(11, 19),
};

function stamp(at: number, more: Partial<StampRow> = {}): StampRow {
  return { at: new Date(at).toISOString(), text: "", disposition: "ASSIGNED", seq: 1, source: "M", ...more };
}

function row(stamps: Record<string, StampRow>, expected: ControlRow["expected"] = {}): ControlRow {
  return { name: "TC1", kind: "TC", leg: 1, order: 1, stamps, expected };
}

function act(key: string, more: Partial<Act>): Act {
  return { key, order: key, control: "TC1", kind: "stamp", path: "", body: {}, label: "", state: "waiting", ...more };
}

test("what is pressed without network is in the lists at once, and its car is through", () => {
  const view = controlView(row({}, { "5": { order: 0 } }), [act("k", { at: AT, car: null }), act("l", { kind: "assign", stampOf: "k", car: "5" })], LOOKER);
  assert.deepEqual(view.stamps.map(({ id, car, unsent }) => [id, car, unsent]), [["own:k", "5", true]]);
  assert.equal(view.expected[0]?.arrived, new Date(AT).toISOString());
});

test("a stamp that the service has recorded is one stamp, under the name it was pressed with", () => {
  const sent = act("k", { at: AT, state: "sent", answer: { key: "S/web-1/0/9", sentAt: LOOKER.wall } });
  const view = controlView(row({ "S/web-1/0/9": stamp(AT, { car: "5", device: "web-1" }) }), [sent], LOOKER);
  assert.deepEqual(view.stamps.map(({ id, unsent, own }) => [id, unsent, own]), [["own:k", false, true]]);
});

test("a number taken off and a stamp taken back show before the service knows", () => {
  const off = act("m", { kind: "assign", stamp: "S/a/1/1", car: null });
  const back = act("n", { kind: "withdraw", stamp: "S/web-1/0/2" });
  const stamps = { "S/a/1/1": stamp(AT, { car: "5" }), "S/web-1/0/2": stamp(AT + 1, { car: "6", device: "web-1" }) };
  const seen = controlView(row(stamps), [off, back], LOOKER).stamps;
  assert.deepEqual(seen.map((one) => [one.car, one.disposition]), [["6", "WITHDRAWN"], [undefined, "RAW"]]);
});

test("two people's times in two minutes are a conflict at a time control, in one minute they are none", () => {
  const view = (apart: number) => controlView(row({ a: stamp(AT, { car: "5" }), b: stamp(AT + apart, { car: "5", disposition: "DUPLICATE_EDGE" }) }), [], LOOKER);
  assert.deepEqual(conflicts(view(28_000), true), []);
  assert.deepEqual(conflicts(view(29_000), true).map((one) => one.car), ["5"]);
  assert.deepEqual(conflicts(view(28_000), false).map((one) => one.car), ["5"]);
});

test("a figure not seen fits any, the soonest expected first", () => {
  assert.ok(fits("1?", "10") && !fits("1?", "100") && !fits("1?", "21"));
  const view = controlView(row({}, { "17": { order: 0, arrived: "2026-06-06T08:00:00Z" }, "12": { order: 1 }, "14": { order: 2 } }), [], LOOKER);
  assert.deepEqual(fitting("1?", view, ["11", "12", "14", "17", "21"]), ["12", "14", "11", "17"]);
});

test("minutes are counted from the due minute, seconds do not matter", () => {
  assert.equal(minutesLate(AT, "2026-06-06T08:15:00Z"), -1);
  assert.equal(minutesLate(AT, "2026-06-06T08:14:00Z"), 0);
  assert.equal(minutesLate(AT, "2026-06-06T08:11:59Z"), 3);
});

test("a provisional start keeps its gap to the check-in and its distance to the car in front", () => {
  const found = provisionalStarts([{ car: "2", ms: AT + 10_000 }, { car: "1", ms: AT }], 180_000, 120_000);
  const minute = Date.parse("2026-06-06T08:14:00Z");
  assert.deepEqual(found, [{ car: "1", ms: minute + 180_000 }, { car: "2", ms: minute + 300_000 }]);
});

test("five reds, one less with each of the last five seconds, green at the instant", () => {
  assert.deepEqual([31_000, 30_000, 5_000, 4_999, 4_000, 1, 0, -20_000].map((ms) => lights(ms)), [
    { red: 0, green: false }, { red: 5, green: false }, { red: 5, green: false }, { red: 5, green: false },
    { red: 4, green: false }, { red: 1, green: false }, { red: 0, green: true }, { red: 0, green: false },
  ]);
});

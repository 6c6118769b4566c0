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

test("a stamp that the stream shows before its answer comes, or whose answer was lost, is still one stamp", () => {
  const device = "web-1";
  const rows = {
    "S/web-1/0/9": stamp(AT, { car: "5", device }), "S/web-1/0/8": stamp(AT - 60_000, { car: "4", device }),
    "S/web-2/0/7": stamp(AT, { car: "6", device: "web-2" }),
  };
  const acts = [
    act("k", { at: AT, car: "5", frozen: { at: new Date(AT).toISOString(), car: "5" } }),
    act("j", { at: AT - 60_000, frozen: { phone_at: new Date(AT + 74_000).toISOString(), offset_us: 134_000_000 } }),
    act("l", { kind: "assign", stampOf: "k", car: null }),
  ];
  const seen = controlView(row(rows), acts, LOOKER).stamps;
  assert.deepEqual(
    seen.map(({ id, key, car, own }) => [id, key, car, own]).sort(),
    [["S/web-2/0/7", "S/web-2/0/7", "6", false], ["own:j", "S/web-1/0/8", "4", true], ["own:k", "S/web-1/0/9", undefined, true]],
  );
  // What was never sent is no recorded stamp, whatever instant it has.
  assert.equal(controlView(row(rows), [act("m", { at: AT, car: "5" })], LOOKER).stamps.length, 4);
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

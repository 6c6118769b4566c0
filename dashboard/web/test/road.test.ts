import assert from "node:assert/strict";
import { test } from "node:test";
import { throughOf, timedGroups, timedSpans } from "../src/live/road";
import type { ControlRow } from "../src/live/state";
import { layOut } from "../src/strip/layout";

function control(order: number, kind: string, km: number, stage?: string): ControlRow {
  return { name: "", kind, leg: 1, order, km, ...(stage === undefined ? {} : { stage }) };
}

const CONTROLS = {
  TC1: control(1, "TC", 0),
  "PC1.0": control(2, "REG_TEST", 52.6),
  "PC1.1": control(3, "REG_TEST", 52.8, "PC1"),
  "PC2.1": control(4, "REG_TEST", 53, "PC2"),
  TC2: control(5, "TC", 60),
  "SS1.START": control(6, "SS_START", 70, "SS1"),
  "SS1.FF": control(7, "FF", 82, "SS1"),
};

test("a chained test begins at the line before it, a stage at its own start", () => {
  assert.deepEqual(timedSpans(CONTROLS).map(({ stage, from, to }) => [stage, from, to]), [
    ["PC1", 52.6, 52.8], ["PC2", 52.8, 53], ["SS1", 70, 82],
  ]);
});

test("tests without a gap between them are one stretch with one name", () => {
  assert.deepEqual(timedGroups(CONTROLS).map(({ label, from, to }) => [label, from, to]), [
    ["PC1–2", 52.6, 53], ["SS1", 70, 82],
  ]);
});

test("through are those that came, of all that came, are due or were missed", () => {
  assert.deepEqual(throughOf({ ...control(1, "TC", 0), due: 3, arrived: 60, missing: 2 }), { arrived: 60, all: 65 });
});

test("labels that would cover each other get other lanes, the weightiest the lowest, the last none", () => {
  const mark = (id: string, x: number, weight: number) => ({ id, x, width: 20, weight });
  const laid = layOut([mark("a", 0, 1), mark("b", 5, 3), mark("c", 8, 2), mark("d", 100, 0)], 2);
  assert.deepEqual(laid.map(({ id, lane }) => [id, lane]), [["a", undefined], ["b", 0], ["c", 1], ["d", 0]]);
});

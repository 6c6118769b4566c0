import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, mergePatch } from "../src/live/merge";

// The examples of RFC 7396, appendix A: target, patch, result.
const EXAMPLES: [Json, Json, Json][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [["a", "b"], ["c", "d"], ["c", "d"]],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test("a merge patch does what RFC 7396 says, for each of its examples", () => {
  for (const [target, patch, result] of EXAMPLES) assert.deepEqual(mergePatch(target, patch), result);
});

test("a merge leaves its target as it was and untouched branches the same objects", () => {
  const target = { cars: { "1": { km: 1 }, "2": { km: 2 } }, stages: { SS1: { done: 0 } } };
  const before = JSON.stringify(target);
  const merged = mergePatch(target, { cars: { "2": { km: 3 } } }) as typeof target;
  assert.equal(JSON.stringify(target), before);
  assert.notEqual(merged.cars, target.cars);
  assert.equal(merged.cars["1"], target.cars["1"]);
  assert.equal(merged.stages, target.stages);
});

test("a patch that changes nothing returns the target itself", () => {
  const target = { a: { b: 1 } };
  assert.equal(mergePatch(target, { a: { b: 1 }, c: null }), target);
});

test("a car withdrawn disappears, and one that changes class stays one row", () => {
  const target = { "class-RC4": { "12": { rank: 1 } }, "class-RC2": {} };
  const merged = mergePatch(target, { "class-RC4": { "12": null }, "class-RC2": { "12": { rank: 4 } } });
  assert.deepEqual(merged, { "class-RC4": {}, "class-RC2": { "12": { rank: 4 } } });
});

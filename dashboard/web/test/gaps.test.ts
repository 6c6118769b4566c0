import assert from "node:assert/strict";
import { test } from "node:test";
import { type Curve, gapText, nearest, plusMinusText, rows } from "../src/gaps/curve";

const CURVE: Curve = {
  stage: "SS1", car: "7", against: "1", length: 1000, until: "2026-10-24T20:31:00Z",
  metres: [0, 100, 200, 300], gap: [0, 1_000_000, 2_000_000, 2_500_000], plus_minus: [100_000, 300_000, 300_000, 400_000],
};

test("gaps are cut like the service's and have a sign; what is cut to nothing has no minus", () => {
  assert.deepEqual([4_270_000, -4_270_000, 0, -99_999, 62_000_000, -3_661_990_000].map(gapText),
    ["+4.2", "-4.2", "+0.0", "+0.0", "+1:02.0", "-61:01.9"]);
});

test("an error never looks smaller than it is", () => {
  assert.deepEqual([0, 1, 100_000, 410_000, 65_000_000].map(plusMinusText), ["±0.0", "±0.1", "±0.1", "±0.5", "±1:05.0"]);
});

test("the point nearest to a place is found, beyond the ends the end", () => {
  assert.deepEqual([-50, 149, 151, 9_999].map((m) => nearest(CURVE, m)), [0, 1, 2, 3]);
});

test("the table goes from the first to the last point and has no row twice", () => {
  assert.deepEqual(rows(CURVE), [0, 1, 2, 3]);
  const long = { ...CURVE, metres: Array.from({ length: 400 }, (_, i) => i) };
  assert.equal(rows(long).length, 12);
  assert.deepEqual([rows(long)[0], rows(long).at(-1)], [0, 399]);
  assert.deepEqual(rows({ ...CURVE, metres: [] }), []);
});

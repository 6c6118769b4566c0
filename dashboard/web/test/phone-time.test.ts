import assert from "node:assert/strict";
import { test } from "node:test";
import { jumped, measure, type Measured, type Reading, resolve } from "../src/live/phone-time";

const RALLY = Date.parse("2026-06-06T08:00:00Z");

function reading(wall: number, steady: number, page = "a"): Reading {
  return { wall, steady, page };
}

function measured(rally: number, wall: number, steady: number, page = "a"): Measured {
  return { ...reading(wall, steady, page), rally, within: 20, speed: 1 };
}

test("of several answers the quickest is believed, and half its trip is how wrong it may be", () => {
  const found = measure([
    { before: reading(0, 0), after: reading(900, 900), rally: RALLY },
    { before: reading(1_000, 1_000), after: reading(1_040, 1_040), rally: RALLY + 1_500 },
  ], 1);
  assert.equal(found?.rally, RALLY + 1_520);
  assert.equal(found?.within, 20);
  assert.equal(measure([], 1), null);
});

test("a wall clock that is set after the measurement moves no stamp of the same page", () => {
  const known = [measured(RALLY, 5_000, 1_000)];
  const stamp = resolve(reading(5_000 + 60_000 + 3_600_000, 61_000), known);
  assert.equal(stamp?.rally, RALLY + 60_000);
  assert.equal(stamp?.by, "steady");
});

test("a page opened anew goes by the wall clock and the last measurement", () => {
  const stamp = resolve(reading(65_000, 10, "b"), [measured(RALLY, 5_000, 1_000)]);
  assert.equal(stamp?.rally, RALLY + 60_000);
  assert.equal(stamp?.by, "wall");
});

test("measurements before and after that disagree say how far the wall clock can be trusted", () => {
  const known = [measured(RALLY, 0, 0), measured(RALLY + 600_000, 780_000, 0, "c")];
  const stamp = resolve(reading(700_000, 10, "b"), known);
  assert.equal(stamp?.rally, RALLY + 520_000, "the nearer one is believed");
  assert.equal(stamp?.uncertainty, 180_000);
});

test("a stamp pressed before the page's first measurement is worked back from it", () => {
  const stamp = resolve(reading(1_000, 500, "b"), [measured(RALLY, 0, 99, "a"), measured(RALLY + 9_000, 4_000, 3_500, "b")]);
  assert.equal(stamp?.rally, RALLY + 6_000);
});

test("without any measurement nothing is claimed", () => {
  assert.equal(resolve(reading(0, 0), []), null);
});

test("a phone that slept is told from a clock that was set", () => {
  assert.equal(jumped(200, 200, false), "none");
  assert.equal(jumped(600_200, 200, true), "slept");
  assert.equal(jumped(600_200, 200, false), "set");
  assert.equal(jumped(-600_000, 200, true), "set");
});

test("in a rally that runs faster, passed time runs faster too", () => {
  const known = [{ ...measured(RALLY, 0, 0), speed: 60 }];
  assert.equal(resolve(reading(0, 1_000), known)?.rally, RALLY + 60_000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, asGiven, best, categories, chosen, legs, scopeOf, within } from "../src/board/choose";
import type { CarRow, StandingRow } from "../src/live/state";

function row(order: number, rank: number | undefined, us: number | undefined, cls: string): StandingRow {
  return {
    order, status: "CLASSIFIED", marks: "", class: cls,
    ...(rank === undefined ? {} : { rank }),
    ...(us === undefined ? {} : { total: { us, text: `${us / 1e6}.0` } }),
  };
}

// 59:59.9, 1:00:00.0 and 1:40:00.0 as numbers: text would put them the other way round.
const ROWS = {
  "10": row(1, 1, 3_599_000_000, "A"),
  "2": row(2, 2, 3_600_000_000, "B"),
  "7": row(3, 2, 3_600_000_000, "B"),
  "1": row(4, 4, 6_000_000_000, "B"),
  "5": row(5, undefined, undefined, "B"),
};

test("rows stand in the order of the service", () => {
  assert.deepEqual(asGiven(ROWS).map(({ car }) => car), ["10", "2", "7", "1", "5"]);
});

test("a class is ranked and measured within itself", () => {
  const list = within(ROWS, (_, r) => r.class === "B", (r) => r.total);
  assert.deepEqual(list.map(({ car, rank }) => [car, rank]), [["2", 1], ["7", 1], ["1", 3], ["5", undefined]]);
  assert.deepEqual(list.map(({ gap }) => gap), [undefined, "+0.0", "+40:00.0", undefined]);
  assert.deepEqual(list.map(({ interval }) => interval), [undefined, "+0.0", "+40:00.0", undefined]);
});

test("the best is the least, or the most where the higher score wins", () => {
  const points = [3, 1, 2].map((n) => ({ points: n, text: String(n) }));
  assert.equal(best(points, false), 1);
  assert.equal(best([...points, undefined], true), 3);
  assert.equal(best([undefined], false), undefined);
});

const CAR: CarRow = { order: 1, driver: "Maëlle Weißmüller", codriver: "Sol", car: "Bugatti T37A", year: 1927, class: "A", status: "" };

test("the search answers to numbers, names without their accents, makes and years", () => {
  for (const typed of ["", " 17 ", "1", "maelle", "BUGATTI t37", "1927", "sol"]) {
    assert.ok(answers("17", CAR, typed), typed);
  }
  for (const typed of ["7", "2", "ferrari", "1928"]) assert.ok(!answers("17", CAR, typed), typed);
});

test("legs come from stages and classifications alike", () => {
  const stage = { name: "", kind: "SS", leg: 2, order: 1, status: "" };
  assert.deepEqual(legs({ SS1: stage }, ["overall", "leg-1", "leg-10", "class-A"]), [1, 2, 10]);
});

test("a class or a category has its own list; both together are made out of the whole one", () => {
  const want = (cls: string, category: string) => ({ class: cls, category, typed: "" });
  assert.equal(scopeOf(want("", "")), "overall");
  assert.equal(scopeOf(want("A", "")), "class-A");
  assert.equal(scopeOf(want("", "pre-war")), "category-pre-war");
  assert.equal(scopeOf(want("A", "pre-war")), undefined);
  const car = { class: "A", category: "pre-war" } as CarRow;
  assert.deepEqual([chosen(car, want("A", "pre-war")), chosen(car, want("B", "")), chosen(undefined, want("", ""))],
    [true, false, true]);
  assert.deepEqual(categories({ overall: {}, "class-A": {}, "category-10": {}, "category-2": {} }), ["2", "10"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { onStage } from "../src/lists/running";
import type { CarRow, ResultRow, Rows, StageRow, StandingRow } from "../src/live/state";
import { slidesOf, viewsOf } from "../src/wall/cycle";
import { beaten } from "../src/wall/pace";

const dur = (us: number) => ({ us, text: (us / 1e6).toFixed(1) });
const stage = (leg: number, order: number): StageRow => ({ name: "A", kind: "SS", leg, order, status: "RUNNING" });
const standing = (order: number): StandingRow => ({ order, rank: order + 1, status: "CLASSIFIED", total: dur(order) });
const cars: Rows<CarRow> = Object.fromEntries(["1", "2", "3"].map((car, order) => [car, { order, driver: `D${car}`, status: "ON_ROAD" }]));
const done = (order: number): ResultRow => ({ order, rank: order + 1, status: "DONE", time: dur(order) });
const running = (order: number): ResultRow => ({ order, status: "RUNNING" });

const state = {
  stages: { SS1: stage(1, 0), SS2: stage(2, 1) },
  standings: { overall: Object.fromEntries(["1", "2", "3"].map((car, i) => [car, standing(i)])), "leg-1": { "1": standing(0) } },
  results: { SS1: { "1": done(0), "2": running(1), "3": running(2) } },
  splits: { SS1: { "1": { S: dur(60e6) }, "2": { S: dur(63e6) } } },
  cars,
};

test("cars between start and finish are on stage, in order of start, with the gap at their newest split", () => {
  assert.deepEqual(onStage(state.stages, state.results, state.splits, cars), [
    { stage: "SS1", car: "2", split: { control: "S", leads: false, text: "+3.0" } },
    { stage: "SS1", car: "3" },
  ]);
});

test("a wall shows what fits the moment: empty views and lists that say the same twice are left out", () => {
  const views = viewsOf("", state, 1);
  assert.deepEqual(views.map((view) => view.kind), ["standings", "stage", "onstage", "retired"]);
  const slides = slidesOf(views, state, 2);
  assert.deepEqual(slides.map(({ view, page, pages }) => [view.kind, page, pages]),
    [["standings", 1, 2], ["standings", 2, 2], ["stage", 1, 1], ["onstage", 1, 1]]);
  assert.deepEqual(slides.map(({ lines }) => lines.length), [2, 1, 1, 2]);
});

test("a wall shows the views that are asked for, in that order, and no unknown one", () => {
  const views = viewsOf("SS1, nothing, leg-1,overall", state, 1);
  assert.deepEqual(views, [
    { kind: "stage", stage: "SS1" }, { kind: "standings", scope: "leg-1" }, { kind: "standings", scope: "overall" },
  ]);
});

test("a page turns after its time, waits while it is held, and stays while it is stopped", () => {
  const start = { turn: 0, passed: 0, stopped: false, heldFor: 0 };
  assert.deepEqual(beaten({ ...start, passed: 2_900 }, 250, 3_000), { ...start, turn: 1 });
  assert.deepEqual(beaten({ ...start, passed: 2_900, heldFor: 300 }, 250, 3_000), { ...start, passed: 2_900, heldFor: 50 });
  assert.deepEqual(beaten({ ...start, passed: 2_900, stopped: true }, 250, 3_000), { ...start, passed: 2_900, stopped: true });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, byNumber, clockText, difference, kmText, signedDuration, zoneLabel } from "../src/ui/format";

test("a duration is cut, never rounded: 59.96 s stays below a minute", () => {
  assert.equal(signedDuration(59_960_000, 1), "+59.9");
  assert.equal(signedDuration(439_999_600, 1), "+7:19.9");
  assert.equal(signedDuration(-62_410_000, 2), "−1:02.41");
  assert.equal(signedDuration(3_600_000_000, 1), "+1:00:00.0");
  assert.equal(signedDuration(36_000_200_000 - 36_000_100_000, 1), "+0.1");
});

test("a gap is measured in the leader's own kind, and in no other", () => {
  const dur = (us: number, text: string) => ({ us, text });
  assert.equal(difference(dur(272_180_000, "4:32.18"), dur(270_000_000, "4:30.00")), "+2.18");
  assert.equal(difference({ points: 37, text: "37" }, { points: 16, text: "16" }), "+21");
  assert.equal(difference({ points: 49.58, text: "49.58" }, { points: 16.94, text: "16.94" }), "+32.64");
  assert.equal(difference({ points: 420, text: "420.00" }, { points: 756, text: "756.00" }), "−336.00");
  assert.equal(difference({ points: 37, text: "37" }, dur(1, "0.0")), undefined);
});

test("the rally clock shows rally time, whatever the zone of the viewer", () => {
  assert.equal(clockText("2024-04-22T17:47:12.900Z", "-07:00"), "10:47:12");
  assert.equal(clockText("2024-04-22T02:15:00Z", "-07:00", false), "19:15");
  assert.equal(clockText("2024-04-22T20:00:00Z", "+05:30", false), "01:30");
  assert.equal(clockText("nonsense", "-07:00"), "–");
});

test("the zone is named by its offset", () => {
  assert.equal(zoneLabel("-07:00"), "UTC−7");
  assert.equal(zoneLabel("+05:30"), "UTC+5:30");
  assert.equal(zoneLabel("+00:00"), "UTC");
});

test("ages are told in their largest sensible unit", () => {
  assert.deepEqual([2, 99, 100, 5_999, 7_300].map(ageText), ["2 s", "99 s", "1 min", "99 min", "2 h"]);
});

test("car numbers stand in the order of numbers, course cars first", () => {
  assert.deepEqual(["100", "9", "0", "10", "00", "2"].sort(byNumber), ["0", "00", "2", "9", "10", "100"]);
});

test("kilometres are cut to one decimal", () => {
  assert.equal(kmText(12.99), "12.9");
});

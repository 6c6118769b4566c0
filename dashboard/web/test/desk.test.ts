import assert from "node:assert/strict";
import { test } from "node:test";
import { actText, daysOf, precise } from "../src/desk/act-text";
import { actOf, instantNear, instantOf, offsetOf } from "../src/desk/act-of";
import { formOf, formsFor } from "../src/desk/forms";
import { heardText } from "../src/devices/words";
import { durationText, formula, instantText, valueText } from "../src/why/values";

const DAY = "2024-04-21";

test("a time of day becomes an instant of the leg's day, to the digit that was typed", () => {
  assert.equal(instantOf("10:20:20.07", DAY, "-07:00"), "2024-04-21T10:20:20.07-07:00");
  assert.equal(instantOf("9:05", DAY, "+05:30"), "2024-04-21T09:05:00+05:30");
  assert.equal(instantOf("10:20:20,123456", DAY, "-07:00"), "2024-04-21T10:20:20.123456-07:00");
});

test("a leg that goes past midnight counts its hours on", () => {
  assert.equal(instantOf("24:10:05", DAY, "-07:00"), "2024-04-22T00:10:05-07:00");
  assert.equal(instantOf("25:00", "2024-12-31", "+01:00"), "2025-01-01T01:00:00+01:00");
});

test("a time of day is on the day nearest to the schedule: early is early, never a day off", () => {
  const morning = "2024-04-21T15:00:00Z"; // 08:00
  assert.equal(instantOf("07:45:00", DAY, "-07:00", morning), "2024-04-21T07:45:00-07:00");
  assert.equal(instantOf("20:30", DAY, "-07:00", morning), "2024-04-21T20:30:00-07:00");
  const night = "2024-04-22T03:00:00Z"; // 20:00
  assert.equal(instantOf("00:10:05.3", DAY, "-07:00", night), "2024-04-22T00:10:05.3-07:00");
  assert.equal(instantOf("24:10:05.3", DAY, "-07:00", night), "2024-04-22T00:10:05.3-07:00");
  assert.equal(instantOf("19:45", DAY, "-07:00", night), "2024-04-21T19:45:00-07:00");
  assert.equal(instantOf("08:00", DAY, "-07:00", night), "2024-04-21T08:00:00-07:00");
});

test("on a leg of the night a car's time is of the next date, and a gate's move of the day on which it was set up", () => {
  const night = "2024-04-22T03:00:00Z";
  const typed = { control: "PC1.1", car: "5", at: "0:12:07", device: "G1", since: "7:00" };
  const [time, move] = [formOf("CorrectTime", "points"), formOf("AssignDevice", "points")];
  assert.ok(time && move);
  const [made, moved] = [actOf(time, typed, DAY, "-07:00", night), actOf(move, { ...typed, line: "A" }, DAY, "-07:00", night)];
  assert.ok("act" in made && "act" in moved);
  assert.equal(made.act["at"], "2024-04-22T00:12:07-07:00");
  assert.deepEqual(daysOf(made.act, "-07:00"), ["2024-04-22"]);
  assert.equal(moved.act["since"], "2024-04-21T07:00:00-07:00");
});

test("a clock read around midnight is a second off, never a day", () => {
  const now = Date.parse("2024-04-22T00:00:20-07:00");
  assert.equal(instantNear("23:59:59.5", now, "-07:00"), "2024-04-21T23:59:59.5-07:00");
  assert.equal(instantNear("00:00:01", now, "-07:00"), "2024-04-22T00:00:01-07:00");
  assert.equal(instantNear("00:00:01", now - 30_000, "-07:00"), "2024-04-22T00:00:01-07:00");
  assert.equal(instantNear("10:20:20", Date.parse("2024-04-21T17:25:00Z"), "-07:00"), "2024-04-21T10:20:20-07:00");
  assert.equal(instantNear("10.20", now, "-07:00"), undefined);
});

test("what is no time of day is refused, never guessed", () => {
  for (const typed of ["", "10", "10:60", "10:20:61", "48:00", "10:20:20.", "10.20.20", "1e3:00", "10:20:20.1234567"]) {
    assert.equal(instantOf(typed, DAY, "-07:00"), undefined, typed);
  }
  assert.equal(instantOf("10:20", "", "-07:00"), undefined);
});

test("a form that is not filled in names the field", () => {
  const form = formOf("CorrectTime", "points");
  assert.ok(form);
  const missing = actOf(form, { control: "PC1.1", car: "5" }, DAY, "-07:00");
  assert.ok("fault" in missing && missing.fault.name === "at");
  const made = actOf(form, { control: "PC1.1", car: "5", at: "9:29:56.54" }, DAY, "-07:00");
  assert.ok("act" in made);
  assert.deepEqual(made.act, { type: "CorrectTime", control: "PC1.1", car: "5", at: "2024-04-21T09:29:56.54-07:00" });
});

test("penalties are in the unit of the rally, and an empty field that may be empty is left out", () => {
  const [points, seconds] = [formOf("Penalise", "points"), formOf("Penalise", "seconds")];
  assert.ok(points && seconds);
  const made = actOf(points, { car: "2", rule: "speeding", points: "100", control: " " }, DAY, "-07:00");
  assert.ok("act" in made);
  assert.deepEqual(made.act, { type: "Penalise", car: "2", rule: "speeding", points: "100" });
  assert.deepEqual(seconds.fields.map((field) => field.name), ["car", "rule", "time", "control", "stage"]);
});

test("nobody but the Official Timekeeper is offered a form that touches times", () => {
  const times = formsFor("points").filter((form) => ["CorrectTime", "AssignCar"].includes(form.act));
  assert.deepEqual(times.map((form) => form.offices), [["timekeeper"], ["timekeeper"]]);
});

test("an act is told with the digits it was made with", () => {
  const act = { type: "CorrectTime", control: "PC3.1", car: "5", at: "2024-04-21T16:29:56.540Z" };
  assert.equal(actText(act, "-07:00"), "Time of car 5 at PC3.1: 09:29:56.54");
  assert.equal(precise("2024-04-21T16:29:56.000Z", "-07:00"), "09:29:56");
  const undone = { type: "Withdraw", decision: "d-1" };
  assert.equal(actText(undone, "-07:00", { undoes: act }), "Taken back: Time of car 5 at PC3.1: 09:29:56.54");
});

test("values of a derivation are exact: no digit is rounded, none is lost", () => {
  assert.equal(durationText(17_950_000), "17.95");
  assert.equal(durationText(17_950_000, 3), "17.950");
  assert.equal(durationText(-50_000), "−0.05");
  assert.equal(durationText(3_600_000_001), "1:00:00.000001");
  assert.equal(instantText(1_713_716_830_704_705, "-07:00"), "09:27:10.704705");
  assert.equal(instantText(1_713_716_830_000_000, "-07:00", 2), "09:27:10.00");
  assert.equal(valueText("-5.0", "points", "-07:00"), "−5.0");
});

test("a step reads as a sum", () => {
  const step = { what: "time", operands: ["a", "b"], value: 0, kind: "duration" };
  assert.equal(formula({ ...step, operation: "subtract" }, ["20.07", "5.00"]), "20.07 − 5.00");
  assert.equal(formula({ ...step, operation: "least" }, ["34", "300"]), "least of 34, 300");
  assert.equal(formula({ ...step, operation: "cut" }, ["17.959", "0.01"]), "17.959 cut to 0.01");
});

test("seconds ahead are whole microseconds, read digit by digit", () => {
  assert.equal(offsetOf("+0.180"), 180_000);
  assert.equal(offsetOf("−0,004"), -4_000);
  assert.equal(offsetOf("-0.000001"), -1);
  assert.equal(offsetOf("3600"), 3_600_000_000);
  for (const typed of ["", "1e3", "0.1234567", "0:18", "+-1"]) assert.equal(offsetOf(typed), undefined, typed);
});

function written(act: string, typed: Record<string, string>): unknown {
  const form = formOf(act, "seconds");
  assert.ok(form, act);
  const made = actOf(form, typed, DAY, "-07:00");
  return "act" in made ? made.act : made.fault.name;
}

test("a red flag names the cars that caused it, and leaves out what it does not know", () => {
  assert.deepEqual(written("Interrupt", { stage: "SS2", at: "10:01", caused_by: "11, 12;13", restarted_at: "10:12" }), {
    type: "Interrupt", stage: "SS2", at: "2024-04-21T10:01:00-07:00", caused_by: ["11", "12", "13"], restarted_at: "2024-04-21T10:12:00-07:00",
  });
});

test("allowances, limits of lateness and protests are sent as the service reads them", () => {
  assert.deepEqual(written("AllowTime", { stage: "T1", car: "3", time: "1:30", exact: "true" }), { type: "AllowTime", stage: "T1", car: "3", time: "1:30", exact: true });
  assert.deepEqual(written("ExtendLateness", { effective_from: "TC3", max_late_total: "45" }), { type: "ExtendLateness", effective_from: "TC3", max_late_total: 45 });
  assert.equal(written("ExtendLateness", { effective_from: "TC3", max_late_total: "half an hour" }), "max_late_total");
  assert.deepEqual(written("CloseProtest", { protest: "d-1", upheld: "false", text: "the film shows it" }), { type: "CloseProtest", protest: "d-1", upheld: false, text: "the film shows it" });
});

test("a clock is put right from one measured instant or two, never from half of one", () => {
  const one = { device: "beam-2", at1: "9:00", offset1: "0" };
  const [at, then] = ["2024-04-21T09:00:00-07:00", "2024-04-21T10:30:00-07:00"];
  const open = { type: "CorrectDevice", device: "beam-2", since: null, until: null };
  assert.deepEqual(written("CorrectDevice", one), { ...open, points: [[at, 0]] });
  assert.deepEqual(written("CorrectDevice", { ...one, at2: "10:30", offset2: "+0.18" }), { ...open, points: [[at, 0], [then, 180_000]] });
  assert.equal(written("CorrectDevice", { ...one, at2: "10:30" }), "offset2");
  assert.equal(written("CorrectDevice", { ...one, offset2: "1" }), "at2");
});

test("what only helps to choose is not sent", () => {
  assert.deepEqual(written("MarkSpurious", { control: "SS1.FF", stamp: "S/beam-1/1/7" }), { type: "MarkSpurious", stamp: "S/beam-1/1/7" });
});

test("an act is told with its instants as rally time", () => {
  const act = { type: "Interrupt", stage: "SS2", at: "2024-04-21T17:01:00.000Z", caused_by: ["11"], restarted_at: "2024-04-21T17:12:00.000Z" };
  assert.equal(actText(act, "-07:00"), "Interrupt: SS2, 10:01:00, caused by 11, restarted at 10:12:00");
  const clock = { type: "CorrectDevice", device: "beam-2", points: [["2024-04-21T16:00:00Z", 0], ["2024-04-21T17:30:00Z", -180_000]] };
  assert.equal(actText(clock, "-07:00"), "Clock of beam-2 put right: +0 s at 09:00:00, −0.18 s at 10:30:00");
});

test("the dates of an act's times are each told once, in rally time", () => {
  const stop = { type: "Interrupt", stage: "SS1", first: "2024-04-22T06:50:00Z", last: "2024-04-22T07:10:00Z", restarted_at: null };
  assert.deepEqual(daysOf(stop, "-07:00"), ["2024-04-21", "2024-04-22"]);
  const clock = { type: "CorrectDevice", device: "G1", points: [["2024-04-21T17:30:00Z", 180_000]], since: "2024-04-21T17:00:00Z" };
  assert.deepEqual(daysOf(clock, "-07:00"), ["2024-04-21"]);
  assert.deepEqual(daysOf({ type: "Retire", car: "5", cause: "2024-04-21" }, "-07:00"), []);
});

test("a device tells when each kind of reading last came, the newest first", () => {
  const kinds = { fix: "2024-04-21T17:14:02Z", newer: "2024-04-21T17:00:00Z", stamp: "2024-04-21T17:20:07Z" };
  assert.equal(heardText(kinds, (at) => at.slice(11, 19)), "impulse 17:20:07, position 17:14:02, newer 17:00:00");
});

/** The decisions that can be written by hand: which fields each has, and who may take it. Pure. */
import { type Compose, clockPoints, moved } from "./act-of";

export type FieldKind =
  | "car" | "cars" | "control" | "stage" | "scope" | "stamp" | "protest" | "device" | "choice"
  | "clock" | "duration" | "offset" | "points" | "whole" | "text";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly optional?: boolean;
  /** A time about a device or its clock, which may have been set up long before the first car: on the leg's own date. */
  readonly ofDevice?: boolean;
  /** Helps to choose another field and is no part of the act. */
  readonly aside?: boolean;
  /** What can be chosen: the value that is sent, and its words. */
  readonly options?: readonly (readonly [string, string])[];
}

export interface Form {
  readonly act: string;
  readonly title: string;
  readonly offices: readonly string[];
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly compose?: Compose;
}

const car: Field = { name: "car", label: "Car", kind: "car" };
const control: Field = { name: "control", label: "Control", kind: "control" };
const stage: Field = { name: "stage", label: "Stage or test", kind: "stage" };
const scope: Field = { name: "scope", label: "Classification", kind: "scope" };
const stamp: Field = { name: "stamp", label: "Stamp", kind: "stamp" };
const device: Field = { name: "device", label: "Device", kind: "device" };
const at: Field = { name: "at", label: "Time of day", kind: "clock" };
const since: Field = { name: "since", label: "From (its own clock)", kind: "clock", optional: true, ofDevice: true };
const from: Field = { ...since, label: "From" };
const until: Field = { name: "until", label: "Until before", kind: "clock", optional: true, ofDevice: true };
const maybe = (field: Field): Field => ({ ...field, optional: true });
const field = (name: string, label: string, kind: FieldKind): Field => ({ name, label, kind });
const measured = (name: string, label: string): Field => ({ name, label, kind: "clock", ofDevice: true });
const choice = (name: string, label: string, ...options: [string, string][]): Field => ({ name, label, kind: "choice", options });
const AT_A_LINE: readonly Field[] = [{ ...control, aside: true }, stamp];
const BASIS = maybe(choice("basis", "What it is", ["measured", "measured otherwise"], ["instruction", "the official's instruction"],
  ["replacement", "replacement by neighbours"]));
const METHOD = maybe(choice("method", "How it was found", ["CLERK_VALUE", "clerk's value"], ["SLOWEST_BEFORE", "slowest before"],
  ["FASTEST_AT_STOP", "fastest at the stop"], ["FIRST_AFTER_RESTART", "first after the restart"], ["DERIVED", "derived"],
  ["RESTART", "restart"], ["AVERAGE_ASSIGNED", "average assigned"]));
const LINE = maybe(choice("line", "Line", ["A", "A"], ["B", "B"], ["G", "G (tracker)"], ["H", "H (by hand)"]));

/** Amounts are points or time by the rally's own counting. */
export type Counting = "seconds" | "points" | "score" | "none";

const TIME = field("time", "Time", "duration");
const POINTS = field("points", "Points", "points");

/** Every decision that an official of any office may write, in the order of the offices. */
export function formsFor(counting: Counting): readonly Form[] {
  const given = counting === "seconds" ? [TIME] : [POINTS];
  // A test's own time may be given as well as its points: exactly one of the two, which the service sees to.
  const driven = counting === "seconds" ? [TIME] : [maybe(POINTS), maybe(TIME)];
  const form = (act: string, title: string, offices: string, reason: string, fields: readonly Field[], compose?: Compose): Form =>
    ({ act, title, offices: offices.split(" "), reason, fields, ...(compose === undefined ? {} : { compose }) });
  const clerk = (act: string, title: string, ...fields: Field[]) => form(act, title, "clerk", "CLERK_DECISION", fields);
  return [
    form("CorrectTime", "Insert or correct a time", "timekeeper", "MISSED_TRIGGER", [control, car, at, BASIS]),
    form("AssignCar", "Put a number to a stamp", "timekeeper", "WRONG_NUMBER", [...AT_A_LINE, car]),
    form("MarkSpurious", "Mark a false trigger", "timekeeper", "SPURIOUS", AT_A_LINE),
    form("Restore", "Count a false trigger again", "timekeeper", "MARSHAL_ENTRY", AT_A_LINE),
    form("CorrectDevice", "Put a clock right", "timekeeper", "DRIFT", [
      device, measured("at1", "At (its own clock)"), field("offset1", "Ahead by (s)", "offset"),
      maybe(measured("at2", "And at")), maybe(field("offset2", "Ahead by (s)", "offset")), since, until,
    ], clockPoints),
    form("AcceptDevice", "Accept a clock's times", "timekeeper", "DEVICE_FAULT", [device, maybe(control), since, until]),
    form("DropDevice", "Drop a clock's times", "timekeeper", "DEVICE_FAULT", [device, since, until]),
    form("AssignDevice", "Move a device to another line", "timekeeper", "DEVICE_FAULT", [
      device, from, { ...control, label: "To control (none: out of service)", optional: true }, maybe(field("channel", "Channel", "text")), LINE, until,
    ], moved("control")),
    form("AssignTracker", "Put a tracker into another car", "timekeeper clerk", "DEVICE_FAULT", [
      device, from, { ...car, label: "Into car (none: in no car)", optional: true }, until,
    ], moved("car")),
    form("AssignStart", "Assign a start", "timekeeper clerk", "CLERK_DECISION", [control, car, at]),
    clerk("Penalise", "Penalty", car, field("rule", "Rule", "text"), ...given, maybe(control), maybe(stage)),
    form("SetNotional", "Give a time or points", "clerk", "NOTIONAL", [stage, car, ...driven, METHOD]),
    clerk("AllowTime", "Time allowance", stage, car, { ...TIME, label: "Allowance" }, maybe(field("declared_at", "Declared at", "clock")),
      maybe(choice("exact", "Granted", ["false", "in the steps of the regulations"], ["true", "exactly as it is"]))),
    clerk("AllowDelay", "Official delay", control, car, field("minutes", "Minutes", "whole")),
    clerk("ExtendLateness", "Extend the lateness limits", field("effective_from", "From control", "control"),
      maybe(field("max_late_control", "At a control (min)", "whole")), maybe(field("max_late_total", "In total (min)", "whole"))),
    clerk("Interrupt", "Red flag: a stage was stopped", stage, { ...at, label: "Red flag at" }, maybe(field("caused_by", "Caused by cars", "cars")),
      maybe(field("first", "First start concerned", "clock")), maybe(field("last", "Last start concerned", "clock")),
      maybe(field("restarted_at", "Went on at", "clock"))),
    clerk("CancelStage", "Cancel a stage", stage, maybe(choice("cancelled", "It", ["true", "does not count"], ["false", "counts after all"]))),
    clerk("SetTarget", "Correct an ideal time", stage, maybe({ ...control, label: "Point of the trial" }), field("target", "Ideal time", "duration")),
    clerk("Retire", "Retirement", car, maybe(control), maybe(field("cause", "Cause", "text"))),
    form("Reinstate", "Competes after all", "clerk steward", "CLERK_DECISION", [car]),
    clerk("RefuseStart", "Refused to start", stage, car),
    clerk("FailStage", "Not driven as prescribed", stage, car),
    form("Protest", "Enter a protest", "clerk steward", "STEWARD_DECISION",
      [scope, car, maybe(field("against", "Against car", "car")), field("text", "What about", "text")]),
    form("CloseProtest", "Close a protest", "steward", "STEWARD_DECISION",
      [field("protest", "Protest", "protest"), choice("upheld", "Decision", ["true", "upheld"], ["false", "rejected, or taken back"]), field("text", "Grounds", "text")]),
    form("Suspend", "Suspend a classification", "steward", "STEWARD_DECISION", [scope]),
    form("Reopen", "Reopen an official classification", "steward", "STEWARD_DECISION", [scope, field("decision_no", "Number of the decision", "text")]),
    form("Disqualify", "Disqualify", "steward", "STEWARD_DECISION", [car]),
  ];
}

/** The form of an act, in the rally's own counting. */
export function formOf(act: string, counting: Counting): Form | undefined {
  return formsFor(counting).find((form) => form.act === act);
}

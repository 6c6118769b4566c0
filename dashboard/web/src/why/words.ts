/** The words of the why page. */
import { wordsOf } from "../ui/text";

export const w = wordsOf({
  title: "Why",
  none: "There is no reason to show: {why}",
  sheet: "All results of {stage}",
  print: "Print",
  correct: "Correct this time",
  said: "What was recorded, line by line",
  saidShort: "Where it comes from",
  worked: "Worked out",
  records: "Record",
  rulings: "Decisions about it",
  outcome: "What it is worth",
  used: "gives the time",
  noTime: "No time",
  official: "the Official Timekeeper",
  source: "source {source}",
  difference: "Against it",
  near: "Also at this line, and not this car's",
  sent: "sent {number}",
  noNumber: "no number",
  by: "car {car}, {by}",
  nobody: "nobody's",
  offered: "might be: {cars}",
  raw: "As received",
  arrived: "received {time} by {origin}",
  bytes: "{n} bytes",
  rawNone: "made by the service, no bytes",
  crossing: "between {before} ({before_m} m) and {after} ({after_m} m)",
  resolution: "to {resolution}",
  uncertain: "± {uncertainty}",
  taken: "taken back or replaced",
  as: "as {role}",
  list: "Classification",
  review: "Under review: {why}",
}, "why");

/** Why a stamp is a car's, in words. */
export const BY: Readonly<Record<string, string>> = {
  device: "as the device sent", order: "by the order: no other car fits", tracker: "seen by its tracker",
  official: "put to it by an official", marshal: "written by a marshal",
};

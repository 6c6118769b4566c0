/** The words of the page of the devices. */
import { words, wordsOf } from "../ui/text";

export const w = wordsOf({
  title: "Devices",
  signIn: "The devices are for the clerk of the course, the Official Timekeeper and the stewards. Open the personal link that you were given.",
  failed: "The devices could not be read: {why}",
  ready: "The service is ready: a test reading has been all the way round.",
  notReady: "The service is not ready",
  conflicts: "Doubles among the assignments",
  needed: "Needs a look",
  timing: "Timing",
  trackers: "Trackers",
  others: "Others",
  all: "All",
  none: "Nothing here.",
  wellAll: "Nothing needs a look.",
  clock: "Clock",
  missing: "Missing",
  waiting: "Waiting",
  line: "line {line} of {control}",
  lines: "{controls}: line {line}",
  asLetter: "line {line}",
  channel: "channel {channel}",
  anyChannel: "every channel",
  car: "car {car}",
  nowhere: "not assigned",
  unknownDevice: "not in the register",
  ppm: "{ppm} ppm",
  untestedLine: "no test pass yet",
  testedAt: "test pass {time}",
  stillSince: "stands since {time}",
  never: "never heard",
  ranges: "Numbers that never came",
  range: "{first} to {last}",
  one: "{first}",
  ofStart: "start {boot}",
  happened: "What disturbed it",
  lastHeard: "Last heard: {kinds}",
  counts: "{n} readings in {starts} starts; {again} came twice",
  refused: "{n} refused: {why}",
  reconnects: "{n} reconnections in the last hour",
  spooled: "{n} lines wait at its gateway",
  clockDesk: "Its clock at the desk",
  links: "Ways to the devices",
  up: "up",
  down: "down",
  since: "since {time}",
  openings: "opened {n} times in the last hour",
  move: "Move it",
  swap: "Put it into another car",
  from: "from",
  to: "to",
  noControl: "out of service",
  noCar: "no car",
  asLine: "as line",
  prepare: "Prepare",
  now: "The time from which it was there; what it said before stays where it was.",
  movedTitle: "{device} to {where} from {time}",
});

/** What a doubt says beside a device. */
export const DOUBTS = wordsOf({
  double: "two devices under one name",
  offline: "offline",
  silent: "silent",
  never: "never heard",
  linkDown: "link down",
  missing: "numbers missing",
  flapping: "comes and goes",
  clock: "clock out of limits",
  battery: "battery low",
  untested: "no test pass yet",
});

const HAPPENED = {
  started: "started",
  power_cut: "power cut, or killed",
  cable_out: "cable out",
  cable_in: "cable in again",
  clock_set: "its clock was set",
  network_out: "network lost",
  network_in: "network back",
  disk_fault: "disk takes nothing",
  disk_good: "disk works again",
} as const;
const happened = wordsOf(HAPPENED);

/** A disturbance in words; a kind that a newer gateway knows is shown as it is. */
export function happenedText(kind: string): string {
  return kind in HAPPENED ? happened(kind as keyof typeof HAPPENED) : words(kind);
}

const HEARD = {
  fix: "position",
  stamp: "impulse",
  heartbeat: "heartbeat",
  sync: "clock comparison",
  alert: "alert",
  refused: "refused",
  offline: "said to have gone",
} as const;
const heard = wordsOf(HEARD);

/** When each kind of reading last came, the newest first: `impulse 10:20:07, position 10:14:02`. */
export function heardText(kinds: Readonly<Record<string, string>>, clock: (at: string) => string): string {
  return Object.entries(kinds).sort(([, a], [, b]) => Date.parse(b) - Date.parse(a))
    .map(([kind, at]) => `${kind in HEARD ? heard(kind as keyof typeof HEARD) : words(kind)} ${clock(at)}`).join(", ");
}

export const STATUS = wordsOf({
  none: "never heard",
  offline: "offline",
  asleep: "asleep by its own word",
  silent: "silent",
  resting: "resting",
  still: "stands",
  ok: "heard",
});

/** A control as its marshal sees it: what the service knows, and on top what this phone has not yet been told back. Pure. */
import type { ControlRow, StampRow } from "../live/state";
import type { Act } from "./outbox";

export interface SeenStamp extends StampRow {
  /** `own:KEY` for what was pressed on this phone, before and after it is sent; else the service's key. */
  readonly id: string;
  /** The service's key; empty before it has one. */
  readonly key: string;
  /** Made under this person's own link. */
  readonly own: boolean;
  readonly unsent: boolean;
  readonly ms: number;
}

export interface SeenCar {
  readonly car: string;
  readonly order: number;
  readonly due?: string;
  readonly arrived?: string;
  readonly unsent: boolean;
}

export interface ControlView { readonly stamps: readonly SeenStamp[]; readonly expected: readonly SeenCar[] }

export interface Looker {
  readonly device: string | undefined;
  /** The instant (ms) of an act's pressing, null while nothing was measured. */
  readonly instantOf: (act: Act) => number | null;
  readonly text: (ms: number) => string;
  readonly wall: number;
}

const DEAD: ReadonlySet<string> = new Set(["SPURIOUS", "WITHDRAWN", "DUPLICATE_EDGE"]);
/** The stream shows within a second what was confirmed; until then the page goes by what it sent. */
const SETTLES_MS = 5_000;

/** Whether a stamp can still be a car's. */
export function alive(stamp: StampRow): boolean {
  return !DEAD.has(stamp.disposition);
}

/** The control's row with this phone's acts on it; stamps newest first, cars in expected order. */
export function controlView(row: ControlRow, acts: readonly Act[], looker: Looker): ControlView {
  const stamps = withActs(allStamps(row, acts, looker), acts, looker.wall);
  return { stamps, expected: cars(row, stamps) };
}

function allStamps(row: ControlRow, acts: readonly Act[], looker: Looker): SeenStamp[] {
  const pressedAs = recordedAs(row, acts, looker);
  const known = new Set(pressedAs.values());
  const carried = new Set(acts.flatMap((act) => (isAnothers(act, looker) ? [act.key] : [])));
  const seen = Object.entries(row.stamps ?? {}).map(([key, stamp]): SeenStamp => {
    const act = pressedAs.get(key);
    return {
      ...stamp, key, id: act === undefined ? key : `own:${act}`, ms: Date.parse(stamp.at), unsent: false,
      own: (act !== undefined && !carried.has(act)) || (looker.device !== undefined && stamp.device === looker.device),
    };
  });
  for (const act of acts) {
    if (act.kind !== "stamp" || act.state === "refused" || known.has(act.key)) continue;
    if (act.answer?.key !== undefined && !fresh(act, looker.wall)) continue;
    seen.push(pressed(act, looker));
  }
  return seen.sort((a, b) => b.ms - a.ms || b.seq - a.seq);
}

/**
 * Which recorded stamps (by the service's key) are those of which acts. The stream may show a stamp before its
 * answer comes, and an answer may be lost on the way: then it is known by its device and its very instant.
 */
function recordedAs(row: ControlRow, acts: readonly Act[], looker: Looker): Map<string, string> {
  const stamps = acts.filter((act) => act.kind === "stamp" && act.state !== "refused");
  const found = new Map(stamps.flatMap((act) => (act.answer?.key && row.stamps?.[act.answer.key] ? [[act.answer.key, act.key]] : [])));
  for (const act of stamps) {
    const ms = act.answer === undefined ? sentInstant(act) : null;
    if (ms === null) continue;
    const same = Object.entries(row.stamps ?? {}).find(([key, stamp]) =>
      !found.has(key) && stamp.device !== undefined && stamp.device === (act.by ?? looker.device) && Date.parse(stamp.at) === ms);
    if (same !== undefined) found.set(same[0], act.key);
  }
  return found;
}

/** The instant (ms) that was sent with an act; null before it was first sent. */
export function sentInstant(act: Act): number | null {
  const { at, phone_at: phone, offset_us: offset } = act.frozen ?? {};
  if (typeof at === "string") return Date.parse(at);
  return typeof phone === "string" && typeof offset === "number" ? Date.parse(phone) - offset / 1000 : null;
}

/** Pressed by another person and brought by this phone: theirs to take back. */
function isAnothers(act: Act, looker: Looker): boolean {
  return act.carried === true && act.by !== undefined && act.by !== looker.device;
}

function pressed(act: Act, looker: Looker): SeenStamp {
  const ms = looker.instantOf(act) ?? act.pressed?.wall ?? looker.wall;
  return {
    id: `own:${act.key}`, key: act.answer?.key ?? "", own: !isAnothers(act, looker), unsent: act.state !== "sent", ms, at: new Date(ms).toISOString(), text: looker.text(ms),
    disposition: act.car ? "ASSIGNED" : "RAW", source: "M", seq: act.answer?.seq ?? Number.MAX_SAFE_INTEGER,
    ...(act.car ? { car: act.car, assigned_by: "marshal" } : {}),
  };
}

function fresh(act: Act, wall: number): boolean {
  return act.state === "waiting" || (act.state === "sent" && wall - (act.answer?.sentAt ?? 0) < SETTLES_MS);
}

function withActs(stamps: readonly SeenStamp[], acts: readonly Act[], wall: number): SeenStamp[] {
  const byId = new Map(stamps.map((stamp) => [stamp.id, stamp]));
  const keys = new Map(stamps.flatMap((stamp) => (stamp.key === "" ? [] : [[stamp.key, stamp.id]])));
  for (const act of acts) {
    if (!fresh(act, wall)) continue;
    const id = act.stampOf === undefined ? keys.get(act.stamp ?? "") ?? act.stamp : `own:${act.stampOf}`;
    const stamp = id === undefined ? undefined : byId.get(id);
    if (id !== undefined && stamp !== undefined) byId.set(id, changed(stamp, act));
  }
  return stamps.map((stamp) => byId.get(stamp.id) ?? stamp);
}

function changed(stamp: SeenStamp, act: Act): SeenStamp {
  const unsent = stamp.unsent || act.state === "waiting";
  const { car: _, assigned_by: __, ...bare } = stamp;
  switch (act.kind) {
    case "assign":
      if (stamp.disposition === "SPURIOUS" || stamp.disposition === "WITHDRAWN") return stamp; // something newer was ruled
      return act.car ? { ...bare, unsent, car: act.car, disposition: "ASSIGNED", assigned_by: "marshal" } : { ...bare, unsent, disposition: "RAW" };
    case "withdraw":
      return { ...stamp, unsent, disposition: "WITHDRAWN" };
    default:
      return stamp;
  }
}

function cars(row: ControlRow, stamps: readonly SeenStamp[]): SeenCar[] {
  const here = new Map<string, SeenStamp>();
  for (const stamp of stamps) {
    if (stamp.car !== undefined && alive(stamp) && stamp.unsent) here.set(stamp.car, stamp);
  }
  return Object.entries(row.expected ?? {}).map(([car, one]) => {
    const local = one.arrived === undefined ? here.get(car) : undefined;
    return { car, ...one, unsent: local !== undefined, ...(local === undefined ? {} : { arrived: local.at }) };
  }).sort((a, b) => a.order - b.order);
}

export interface Conflict { readonly car: string; readonly stamps: readonly SeenStamp[]; readonly counted?: string }

/**
 * Cars that people have given two times here: at a time control another minute, elsewhere seconds apart.
 * Nothing is lost by it: both are recorded, and one of them counts.
 */
export function conflicts(view: ControlView, wholeMinutes: boolean): Conflict[] {
  const given = new Map<string, SeenStamp[]>();
  for (const stamp of view.stamps) {
    const byHand = stamp.source === "M" || stamp.source === "H";
    // Two people's times may also look like two edges of one passing: that is just what they have to settle.
    const gone = stamp.disposition === "SPURIOUS" || stamp.disposition === "WITHDRAWN";
    if (stamp.car !== undefined && !gone && byHand) given.set(stamp.car, [...(given.get(stamp.car) ?? []), stamp]);
  }
  const unit = wholeMinutes ? 60_000 : 3_000;
  const found: Conflict[] = [];
  for (const [car, stamps] of given) {
    const [first, last] = [stamps.at(-1), stamps[0]];
    if (first === undefined || last === undefined || first === last) continue;
    const differ = wholeMinutes ? Math.floor(first.ms / unit) !== Math.floor(last.ms / unit) : last.ms - first.ms >= unit;
    if (!differ) continue;
    const counted = view.expected.find((one) => one.car === car)?.arrived;
    found.push({ car, stamps, ...(counted === undefined ? {} : { counted }) });
  }
  return found;
}

/** Whether a number fits what was typed, `?` standing for any one figure or letter. */
export function fits(typed: string, car: string): boolean {
  return typed.length === car.length && [...typed].every((sign, i) => sign === "?" || sign === car[i]);
}

/** The cars that fit, those that are expected soonest first, those that are through last. */
export function fitting(typed: string, view: ControlView, entered: readonly string[]): string[] {
  const place = new Map(view.expected.map((one, i) => [one.car, one.arrived === undefined ? i : i + 10_000]));
  return entered.filter((car) => fits(typed, car))
    .sort((a, b) => (place.get(a) ?? 5_000) - (place.get(b) ?? 5_000) || a.localeCompare(b, "en", { numeric: true }));
}

const MINUTE = 60_000;

/** Minutes that an instant is after (or, negative, before) the due minute. */
export function minutesLate(ms: number, due: string): number {
  return Math.floor(ms / MINUTE) - Math.floor(Date.parse(due) / MINUTE);
}

/** Provisional starts in order of check-in: so long after the check-in minute, and never closer than the interval to the car in front. */
export function provisionalStarts(
  arrived: readonly { readonly car: string; readonly ms: number }[], gapMs: number, intervalMs: number,
): { readonly car: string; readonly ms: number }[] {
  let before = Number.NEGATIVE_INFINITY;
  return [...arrived].sort((a, b) => a.ms - b.ms).map(({ car, ms }) => {
    before = Math.max(Math.floor(ms / MINUTE) * MINUTE + gapMs, before + intervalMs);
    return { car, ms: before };
  });
}

/** The start lights with so many ms to go: how many are lit red, and whether it is green. */
export function lights(toGo: number): { readonly red: number; readonly green: boolean } {
  if (toGo <= 0) return { red: 0, green: toGo > -20_000 };
  return { red: toGo > 30_000 ? 0 : toGo > 5_000 ? 5 : Math.ceil(toGo / 1000), green: false };
}

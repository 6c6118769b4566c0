/** What `/api/devices` tells: health, places, test passes, doubles and links. */
import type { Dur } from "../live/state";

export interface Line {
  readonly control: string;
  readonly line: string;
  readonly channel: string;
  readonly since: string | null;
  readonly tested: string | null;
}

export interface Device {
  readonly status: string;
  readonly heard?: string;
  /** When each kind of reading last came. */
  readonly heard_kinds: Readonly<Record<string, string>>;
  readonly battery?: number;
  readonly link?: string;
  readonly spool?: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly clock_offset?: Dur;
  readonly readings: number;
  readonly starts: number;
  readonly reconnects: number;
  readonly double: string | null;
  readonly still_since: string | null;
  readonly missing_count: number;
  readonly missing: readonly { readonly boot: number; readonly first: number; readonly last: number }[];
  readonly happened: readonly { readonly at: string; readonly kind: string; readonly detail: string }[];
  readonly car: string | null;
  readonly lines: readonly Line[];
  readonly registered: boolean;
  readonly clock?: { readonly state: string; readonly why: string; readonly drift?: { readonly ppm: string } };
}

export interface Link {
  readonly name: string;
  readonly up: boolean;
  readonly since: string;
  readonly error: string | null;
  readonly openings: number;
  readonly device: string | null;
}

export interface DevicesDoc {
  readonly devices: Readonly<Record<string, Device>>;
  readonly conflicts: readonly { readonly kind: string; readonly text: string; readonly expected: string; readonly devices: readonly string[] }[];
  readonly links: readonly Link[];
  readonly lacking: readonly string[];
  readonly at: string;
}

/** So low a battery (%) ends before the day does. */
const LOW_BATTERY = 20;
/** So many openings of a link in an hour are no accident. */
export const FLAPPING = 6;

/** What of a device needs a look, as keys of the words; empty when all is well. The worst comes first. */
export function doubts(device: Device, link: Link | undefined): readonly Doubt[] {
  const found: Doubt[] = [];
  if (device.double !== null) found.push("double");
  if (device.status === "offline") found.push("offline");
  if (device.status === "silent") found.push("silent");
  if (device.status === "none" && (device.lines.length > 0 || device.car !== null)) found.push("never");
  if (link !== undefined && !link.up) found.push("linkDown");
  if (device.missing_count > 0) found.push("missing");
  if (device.reconnects >= FLAPPING || (link?.openings ?? 0) >= FLAPPING) found.push("flapping");
  if (device.clock?.state === "FAIL") found.push("clock");
  if (device.battery !== undefined && device.battery < LOW_BATTERY) found.push("battery");
  if (device.lines.some((line) => line.tested === null)) found.push("untested");
  return found;
}

export type Doubt = "double" | "offline" | "silent" | "never" | "linkDown" | "missing" | "flapping" | "clock" | "battery" | "untested";

/** These call for somebody at once; the others before the first car. */
export const URGENT: ReadonlySet<Doubt> = new Set(["double", "offline", "silent", "linkDown", "clock"]);

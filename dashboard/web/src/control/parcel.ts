/**
 * What one phone hands to another as a row of QR codes: entries, made small, cut into parts that say what they
 * are part of. Pure but for the browser's own compression.
 *
 * Each code holds `RK1:ID:I/N:DATA`, capitals and figures only, because such a code is smaller (QR's alphanumeric
 * mode). ID is the CRC-32 of all the data, by which parts of one parcel know each other and the whole is proved;
 * DATA is a piece of the deflated JSON in Base45 (RFC 9285).
 */
import type { Act, ActKind } from "./outbox";

/** An entry on its way: what is said and by whom. Where it is sent to is not carried but worked out. */
export type Entry = Pick<Act, "key" | "control" | "by" | "kind" | "body" | "label" | "car" | "at" | "notBefore" | "stampOf" | "stamp" | "frozen">;

/** Some 60 modules square: read by a cheap camera off a cheap screen at arm's length. */
const PART = 396;
const MARK = "RK1";
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/** More parts or bytes than any day has: whoever shows more means harm. */
const MOST_PARTS = 500;
const MOST_BYTES = 4_000_000;

/** What marshals do; an official's ruling stays on the official's own phone. */
const PATHS: Readonly<Partial<Record<ActKind, string>>> = {
  stamp: "stamps", withdraw: "withdrawals", remark: "remarks", alert: "alerts",
};

/** Where an entry is sent to; undefined for what may not be carried. */
export function pathOf(kind: ActKind, control: string): string | undefined {
  if (kind === "assign") return "/api/decisions";
  const what = PATHS[kind];
  return what === undefined ? undefined : `/api/controls/${encodeURIComponent(control)}/${what}`;
}

/** The texts of the codes that carry these entries. */
export async function pack(entries: readonly Entry[]): Promise<string[]> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(entries)), new CompressionStream("deflate-raw"));
  const text = base45(bytes);
  const id = crc32(bytes);
  const n = Math.ceil(text.length / PART);
  return Array.from({ length: n }, (_, i) => `${MARK}:${id}:${i + 1}/${n}:${text.slice(i * PART, (i + 1) * PART)}`);
}

/** Puts the parts of one parcel together, in whatever order and however often they are seen. */
export class Collected {
  private id = "";
  private parts: (string | undefined)[] = [];

  /** How many parts are there, and how many there have to be (0: none was seen yet). */
  get progress(): { readonly have: number; readonly of: number } {
    return { have: this.parts.filter((part) => part !== undefined).length, of: this.parts.length };
  }

  /** Take a code's text; false for a code that is no part of a parcel. A part of another parcel begins anew. */
  take(text: string): boolean {
    const found = /^RK1:([0-9A-F]{8}):([0-9]{1,3})\/([0-9]{1,3}):([0-9A-Z $%*+\-./:]+)$/.exec(text);
    if (found === null) return false;
    const [, id, i, n, data] = found as unknown as [string, string, string, string, string];
    const [place, of] = [Number(i), Number(n)];
    if (place < 1 || place > of || of > MOST_PARTS) return false;
    if (id !== this.id || of !== this.parts.length) {
      this.id = id;
      this.parts = new Array<string | undefined>(of).fill(undefined);
    }
    this.parts[place - 1] = data;
    return true;
  }

  /** The entries once every part is there, else null. Throws where they are not what was sent. */
  async entries(): Promise<Entry[] | null> {
    if (this.parts.length === 0 || this.parts.includes(undefined)) return null;
    const bytes = unbase45(this.parts.join(""));
    if (crc32(bytes) !== this.id) throw new Error("checksum");
    const plain = await through(bytes, new DecompressionStream("deflate-raw"));
    const read: unknown = JSON.parse(new TextDecoder().decode(plain));
    if (!Array.isArray(read)) throw new Error("no list");
    return read.map(checked);
  }
}

function checked(value: unknown): Entry {
  const entry = value as Entry;
  const texts = [entry.key, entry.control, entry.label, entry.by].every((text) => typeof text === "string" && text !== "" && text.length < 2_000);
  if (!texts || pathOf(entry.kind, entry.control) === undefined || typeof entry.body !== "object" || entry.body === null) throw new Error("no entry");
  return entry;
}

async function through(bytes: Uint8Array<ArrayBuffer>, change: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(change).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) throw new Error("too long");
    chunks.push(value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Two bytes are three signs, a last one two. */
export function base45(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let n = pair ? (bytes[i] as number) * 256 + (bytes[i + 1] as number) : (bytes[i] as number);
    for (let k = pair ? 3 : 2; k > 0; k -= 1) {
      text += SIGNS[n % 45];
      n = Math.floor(n / 45);
    }
  }
  return text;
}

/** The bytes again. Throws where the text is no Base45. */
export function unbase45(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 3) {
    const group = [...text.slice(i, i + 3)].map((sign) => SIGNS.indexOf(sign));
    const n = group.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (group.includes(-1) || group.length === 1 || n > (group.length === 3 ? 0xffff : 0xff)) throw new Error("no Base45");
    if (group.length === 3) bytes.push(n >> 8);
    bytes.push(n & 0xff);
  }
  return new Uint8Array(bytes);
}

/** The checksum of zip and PNG, in eight hex digits. */
export function crc32(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0").toUpperCase();
}

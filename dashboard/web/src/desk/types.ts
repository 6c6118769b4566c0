/** What the desk reads and writes. */
import type { ActBody } from "./act-text";

export interface Prepared {
  readonly act: ActBody;
  readonly reason?: string;
  readonly supersedes?: string;
}

export interface Choice {
  readonly label: string;
  readonly why?: string;
  readonly decision: Prepared;
  /** Who may take it, where that is not the matter's own office. */
  readonly office?: string;
}

export interface Item {
  readonly id: string;
  readonly kind: string;
  readonly urgency: number;
  readonly office: string;
  readonly text: string;
  readonly why?: string;
  readonly at?: string;
  readonly until?: string;
  readonly stage?: string;
  readonly control?: string;
  readonly car?: string;
  readonly scope?: string;
  readonly device?: string;
  readonly stamp?: string;
  readonly records?: readonly number[];
  readonly choices?: readonly Choice[];
  readonly form?: string;
}

export interface DeskDocument {
  readonly at: string;
  readonly head: number;
  readonly offices: Readonly<Record<string, number>>;
  readonly items: readonly Item[];
}

/** One value that an act changes. */
export interface Change {
  readonly in: "stage" | "result" | "list" | "standing";
  readonly of: string;
  readonly car?: string;
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

export interface Preview {
  readonly rows: readonly Change[];
  readonly preview: { readonly amendments?: Readonly<Record<string, unknown>> };
  readonly refused?: string;
}

/** News that refused a decision. */
export interface News {
  readonly seq: number;
  readonly at: string;
  readonly act?: string;
  readonly ruled?: ActBody;
  readonly text?: string;
  readonly author?: string;
  readonly role?: string;
  readonly stamp?: string;
}

/** A decision on its way: what, in which office, why, and what it would do. */
export interface Draft {
  readonly key: string;
  readonly title: string;
  readonly decision: Prepared;
  readonly offices: readonly string[];
  readonly office: string;
  readonly reason: string;
  readonly note: string;
  /** The newest record that the author had seen. */
  readonly saw: number;
  /** The matter it settles, if it came from the queue. */
  readonly item?: string;
  readonly preview?: Preview;
  readonly busy: "preview" | "record" | "";
  readonly error?: string;
  readonly news?: readonly News[];
}

/** What the service says of why a result is what it is. */
import type { ResultRow, Rows, StandingRow } from "../live/state";
import type { Step } from "../car/why";

export type Value = number | string | readonly string[];

export interface Input { readonly name: string; readonly value: Value; readonly kind: string; readonly record?: number }

export interface Calculation {
  readonly what: string;
  readonly operation: string;
  readonly operands: readonly string[];
  readonly value: Value;
  readonly kind: string;
}

export interface Derivation {
  readonly inputs?: readonly Input[];
  readonly steps?: readonly Calculation[];
  readonly words?: string;
}

export interface StampEvidence {
  readonly key: string;
  readonly seq: number;
  readonly at: string;
  readonly text: string;
  readonly resolution?: string;
  readonly device: string;
  readonly channel?: string;
  readonly named?: string;
  readonly source: string;
  readonly car?: string;
  readonly by?: string;
  readonly disposition: string;
  readonly reason?: string;
  readonly marks?: readonly string[];
  readonly note?: string;
  readonly assignment?: string;
  /** What was done because of the device's clock. */
  readonly clock?: string;
  readonly uncertainty?: string;
  readonly crossing?: { readonly before: string; readonly before_m: string; readonly after: string; readonly after_m: string };
  readonly candidates?: readonly { readonly car: string; readonly score: number; readonly why: string }[];
  readonly used?: boolean;
  readonly difference?: string;
  readonly origin?: string;
  readonly received_at?: string;
  readonly bytes?: number;
  readonly raw?: string;
  readonly hash?: string;
}

export interface LineEvidence {
  readonly control: string;
  readonly name: string;
  readonly kind: string;
  readonly chosen?: {
    readonly text: string; readonly source: string; readonly seq: number; readonly by: string;
    readonly marks: string; readonly review?: string;
  };
  readonly stamps: readonly StampEvidence[];
  readonly near: readonly StampEvidence[];
}

export interface DecisionRow {
  readonly seq: number;
  readonly id: string;
  readonly at: string;
  readonly author: string;
  readonly role: string;
  readonly act: { readonly type: string; readonly [field: string]: unknown };
  readonly reason?: string;
  readonly text?: string;
  readonly stands: boolean;
  readonly supersedes?: string;
  /** The stamp that it is about, in words. */
  readonly stamp?: string;
  /** The act that it takes back. */
  readonly undoes?: { readonly type: string; readonly [field: string]: unknown };
}

export interface Evidence {
  readonly controls: readonly LineEvidence[];
  readonly decisions: readonly DecisionRow[];
  readonly result?: ResultRow;
  readonly beside?: Rows<ResultRow>;
  readonly standings: Rows<StandingRow>;
}

export interface WhyDocument {
  readonly stage: string;
  readonly car: string;
  readonly line?: string;
  readonly derivation?: Derivation;
  readonly steps: readonly Step[];
  /** Officials only. */
  readonly evidence?: Evidence;
}

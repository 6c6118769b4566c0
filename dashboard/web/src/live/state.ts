/** The live state document, as the service sends it: maps of rows, absent fields left out. */

export interface Dur { readonly us: number; readonly text: string }
export interface Points { readonly points: number; readonly text: string }
/** A total, gap or penalty in the unit of the scoring. */
export type Amount = Dur | Points;
export type Rows<T> = Readonly<Record<string, T>>;

export interface RallyRow {
  readonly id: string;
  readonly name: string;
  readonly edition?: string;
  readonly preset?: string;
  readonly unit: "seconds" | "points" | "score";
  readonly better: "lower" | "higher";
  readonly timekeeper?: { readonly name: string; readonly line?: string };
  readonly notice?: string;
  readonly timezone: string;
  readonly utc_offset: string;
  readonly leg?: number;
  readonly publication: string;
  readonly simulated?: boolean;
  readonly speed?: number;
}

export interface StageRow {
  readonly name: string;
  readonly kind: string;
  readonly leg: number;
  readonly order: number;
  readonly km?: number;
  readonly target?: Dur;
  readonly average?: string;
  readonly status: string;
  readonly publication?: string;
  /** The certified version that stands. */
  readonly version?: number;
  readonly done?: number;
  readonly expected?: number;
  readonly start?: string;
  readonly finish?: string;
}

export interface StandingRow {
  readonly rank?: number;
  readonly order: number;
  readonly total?: Amount;
  readonly gap?: Amount;
  readonly to_previous?: Amount;
  readonly penalties?: Amount;
  readonly stages_done?: number;
  readonly status: string;
  readonly marks?: string | readonly string[];
  readonly class?: string;
  /** In a fails system: ranked before the total. */
  readonly fails?: number;
  /** Where and why a crew is out of the list. */
  readonly stopped_at?: string;
  readonly cause?: string;
  /** The tie-break that parted the row from its neighbour. */
  readonly tie?: string;
  /** In a list of teams: the numbers of the crews that count. */
  readonly crews?: string;
}

export interface ResultRow {
  readonly rank?: number;
  readonly order: number;
  readonly time?: Dur;
  /** The driven time of a special stage, where another one is charged. */
  readonly driven?: Dur;
  readonly deviation?: Dur;
  readonly points?: Amount;
  readonly gap?: Amount;
  readonly to_previous?: Amount;
  readonly source?: string;
  readonly marks?: string | readonly string[];
  readonly status: string;
}

export interface CarRow {
  readonly order: number;
  readonly driver: string;
  readonly codriver?: string;
  readonly crew?: string;
  readonly car?: string;
  readonly year?: number;
  readonly class?: string;
  readonly category?: string;
  readonly nationality?: string;
  readonly status: string;
  readonly course_car?: boolean;
  readonly leg?: number;
  readonly km?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly speed?: number;
  readonly course?: number;
  readonly at?: string;
  readonly heard?: string;
  readonly off_route?: boolean;
  readonly next?: string;
  readonly next_due?: string;
  readonly eta?: string;
  readonly last_test?: { readonly stage: string; readonly text: string; readonly points?: Amount };
  readonly battery?: number;
  readonly gap?: RunningGap;
}

/** An estimate from a car's tracker while it is on a stage: never a time. `against` is a car or `ideal`. */
export interface RunningGap {
  readonly stage: string;
  readonly against: string;
  readonly km: number;
  readonly gap: Dur;
  readonly plus_minus: Dur;
}

export interface StampRow {
  readonly at: string;
  readonly text: string;
  readonly source?: string;
  readonly channel?: string;
  readonly car?: string;
  readonly disposition: string;
  readonly assigned_by?: string;
  readonly candidates?: Rows<{ readonly score: number; readonly why: string }>;
  readonly seq: number;
  readonly device?: string;
  readonly note?: string;
}

/** What a marshal reported besides times. */
export interface RemarkRow {
  readonly at: string;
  readonly kind: string;
  readonly text: string;
  readonly by: string;
  readonly device: string;
  readonly car?: string;
  readonly cars_in?: number;
  readonly cars_out?: number;
}

export interface ControlRow {
  readonly name: string;
  readonly kind: string;
  readonly leg: number;
  readonly order: number;
  readonly km?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly stage?: string;
  readonly first_car?: string;
  /** Officials only: from check-in to provisional start, between two starts, and when the control opens. */
  readonly start_gap?: Dur;
  readonly start_interval?: Dur;
  readonly opens?: string;
  readonly due?: number;
  readonly arrived?: number;
  readonly missing?: number;
  readonly health?: { readonly status: string; readonly heard?: string };
  /** Officials only. */
  readonly expected?: Rows<{ readonly order: number; readonly due?: string; readonly arrived?: string }>;
  /** Officials only. */
  readonly stamps?: Rows<StampRow>;
}

/** How far a list is published. */
export interface PublicationRow {
  readonly state: string;
  readonly version: number;
  readonly issued_at: string;
  readonly protest_until?: string;
  readonly protests?: number;
}

export interface LiveState {
  readonly rally: RallyRow;
  readonly stages?: Rows<StageRow>;
  readonly standings?: Rows<Rows<StandingRow>>;
  readonly results?: Rows<Rows<ResultRow>>;
  readonly splits?: Rows<Rows<Rows<Dur>>>;
  readonly publications?: Rows<PublicationRow>;
  readonly cars?: Rows<CarRow>;
  readonly controls?: Rows<ControlRow>;
  /** Officials and marshals only: by control. */
  readonly remarks?: Rows<Rows<RemarkRow>>;
  readonly notices?: Rows<{ readonly at: string; readonly text: string; readonly level: string }>;
}

export type Message =
  | { readonly type: "snapshot"; readonly seq: number; readonly at: string; readonly state: LiveState }
  | { readonly type: "patch"; readonly seq: number; readonly at: string; readonly patch: unknown }
  | { readonly type: "tick"; readonly seq: number; readonly at: string };

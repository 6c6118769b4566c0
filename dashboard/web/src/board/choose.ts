/** Which rows a board shows, in which order: pure functions over the live state. */
import type { Amount, CarRow, ResultRow, Rows, StageRow, StandingRow } from "../live/state";
import { amountValue, byNumber, difference } from "../ui/format";

export interface Ranked<R> {
  readonly car: string;
  readonly row: R;
  /** The position in the list shown; undefined for a car that is not ranked. */
  readonly rank: number | undefined;
  readonly gap: string | undefined;
  readonly interval: string | undefined;
}

interface Placed { readonly rank?: number; readonly order: number; readonly gap?: Amount; readonly to_previous?: Amount }

/** The rows in the order of the service, ties by car number. */
export function inOrder<R extends Placed>(rows: Rows<R>): [string, R][] {
  return Object.entries(rows).sort(([a, x], [b, y]) => x.order - y.order || byNumber(a, b));
}

/** The whole list, with the service's own ranks and gaps. */
export function asGiven<R extends Placed>(rows: Rows<R>): Ranked<R>[] {
  return inOrder(rows).map(([car, row], i) => ({
    car, row, rank: row.rank,
    // The first has no gap to itself.
    gap: i === 0 ? undefined : row.gap?.text, interval: i === 0 ? undefined : row.to_previous?.text,
  }));
}

/**
 * The part of a list that `keep` lets through, ranked and measured within itself.
 *
 * Equal ranks of the service stay equal. Gaps are to the first of this part, never to a car not shown.
 */
export function within<R extends Placed>(
  rows: Rows<R>, keep: (car: string, row: R) => boolean, value: (row: R) => Amount | undefined,
): Ranked<R>[] {
  const shown = inOrder(rows).filter(([car, row]) => keep(car, row));
  let leader: Amount | undefined;
  let previous: Amount | undefined;
  let lastRank: number | undefined;
  let place = 0;
  let count = 0;
  return shown.map(([car, row]) => {
    const amount = value(row);
    if (row.rank === undefined || amount === undefined) {
      return { car, row, rank: undefined, gap: undefined, interval: undefined };
    }
    count += 1;
    if (row.rank !== lastRank) place = count;
    lastRank = row.rank;
    const gap = leader === undefined ? undefined : difference(amount, leader);
    const interval = previous === undefined ? undefined : difference(amount, previous);
    leader ??= amount;
    previous = amount;
    return { car, row, rank: place, gap, interval };
  });
}

/** What a result is compared by: its points where the rally counts points, else its time. */
export function resultValue(row: ResultRow): Amount | undefined {
  return row.points ?? row.time;
}

/** The best amount of each column, for marking: the smallest, or the largest where the higher wins. */
export function best(values: readonly (Amount | undefined)[], higher: boolean): number | undefined {
  const numbers = values.filter((v) => v !== undefined).map(amountValue);
  if (numbers.length === 0) return undefined;
  return higher ? Math.max(...numbers) : Math.min(...numbers);
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Whether a car's number, crew, make or class answers what was typed; accents do not matter. */
export function answers(car: string, row: CarRow | undefined, typed: string): boolean {
  const wanted = plain(typed.trim());
  if (wanted === "") return true;
  if (/^\d+$/.test(wanted)) return car === wanted || car.startsWith(wanted) || String(row?.year ?? "") === wanted;
  const all = [car, row?.driver, row?.codriver, row?.car, row?.nationality, row?.category].filter(Boolean).join(" ");
  return plain(all).includes(wanted);
}

/** The legs that the stages and standings know, ascending. */
export function legs(stages: Rows<StageRow>, scopes: readonly string[]): number[] {
  const known = new Set(Object.values(stages).map((stage) => stage.leg));
  for (const scope of scopes) if (/^leg-\d+$/.test(scope)) known.add(Number(scope.slice(4)));
  return [...known].sort((a, b) => a - b);
}

/** The classes with a classification, in their order of name. */
export function classes(standings: Rows<Rows<StandingRow>>): string[] {
  return Object.keys(standings).filter((s) => s.startsWith("class-")).map((s) => s.slice(6)).sort(byNumber);
}

/** The categories with a classification, in their order of name. */
export function categories(standings: Rows<Rows<StandingRow>>): string[] {
  return Object.keys(standings).filter((s) => s.startsWith("category-")).map((s) => s.slice(9)).sort(byNumber);
}

/** The statuses of crews that are out of the rally. */
export const OUT: ReadonlySet<string> = new Set(["RETIRED", "OTL", "DNS", "DSQ"]);

/** What a list is narrowed to: a class or a category (empty: all), and what was typed. */
export interface Wanted { readonly class: string; readonly category: string; readonly typed: string; readonly followed?: boolean }

/** Whether a car is of the class and the category that were chosen. */
export function chosen(row: CarRow | undefined, wanted: Wanted): boolean {
  return (wanted.class === "" || row?.class === wanted.class)
    && (wanted.category === "" || row?.category === wanted.category);
}

/** The classification of what is chosen in the whole rally, or none where it has to be made out of another. */
export function scopeOf(wanted: Wanted): string | undefined {
  if (wanted.class !== "" && wanted.category !== "") return undefined;
  if (wanted.class !== "") return `class-${wanted.class}`;
  return wanted.category === "" ? "overall" : `category-${wanted.category}`;
}

/** The stages of a leg (or all), in road order. */
export function stagesOf(stages: Rows<StageRow>, leg?: number): [string, StageRow][] {
  return Object.entries(stages)
    .filter(([, stage]) => leg === undefined || stage.leg === leg)
    .sort(([, a], [, b]) => a.leg - b.leg || a.order - b.order);
}

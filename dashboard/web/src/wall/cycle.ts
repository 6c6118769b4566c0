/** What a wall display shows in turn: pages of lists, each as many rows as the screen holds. Pure. */
import type { CarRow, Dur, LiveState, ResultRow, Rows, StageRow } from "../live/state";
import { asGiven, OUT, stagesOf } from "../board/choose";
import { onStage } from "../lists/running";
import { marksText } from "../ui/format";

/** A view as it is asked for: a classification by its scope, a stage by its id, or one of the other lists. */
export type View =
  | { readonly kind: "standings"; readonly scope: string }
  | { readonly kind: "stage"; readonly stage: string }
  | { readonly kind: "onstage" | "retired" };

export interface Line {
  readonly key: string;
  /** What stands first: the place, or the stage. */
  readonly place: string;
  readonly car: string;
  readonly name: string;
  readonly second: string;
  readonly value: string;
  readonly gap: string;
  readonly marks: string;
  /** A code or the words under a value. */
  readonly status: string;
}

export interface Slide {
  readonly view: View;
  /** Which page of its view, from 1, of how many. */
  readonly page: number;
  readonly pages: number;
  readonly lines: readonly Line[];
}

type State = Required<Pick<LiveState, "stages" | "standings" | "results" | "splits" | "cars">>;

/** The tail of a long field is on the board; on a wall nobody waits for it. */
const MOST_PAGES = 6;

/** The views in `asked` (`overall,leg-1,stage,PC2,onstage,retired`), else those that fit the moment. */
export function viewsOf(asked: string, state: State, leg: number): View[] {
  const names = asked === "" ? ["overall", "stage", "onstage", `leg-${leg}`, "retired"] : asked.split(",").map((name) => name.trim());
  const legs = new Set(Object.values(state.stages).map((stage) => stage.leg));
  return names.flatMap((name): View[] => {
    if (name === "onstage" || name === "retired") return [{ kind: name }];
    if (name === "stage") return latest(state).map((stage) => ({ kind: "stage", stage }));
    if (state.stages[name] !== undefined) return [{ kind: "stage", stage: name }];
    // The list of the first and only leg says what the overall list says.
    if (asked === "" && name.startsWith("leg-") && (legs.size < 2 || leg === Math.min(...legs))) return [];
    return state.standings[name] === undefined ? [] : [{ kind: "standings", scope: name }];
  });
}

/** The stage that has a result most lately on the road: where people look now. */
function latest(state: State): string[] {
  const begun = stagesOf(state.stages).filter(([id]) => Object.values(state.results[id] ?? {}).some((row) => row.rank !== undefined));
  const last = begun.at(-1);
  return last === undefined ? [] : [last[0]];
}

/** All slides of these views, `rows` lines each; views without a line are left out. */
export function slidesOf(views: readonly View[], state: State, rows: number): Slide[] {
  return views.flatMap((view) => {
    const lines = linesOf(view, state);
    const size = Math.max(1, rows);
    const pages = Math.min(MOST_PAGES, Math.ceil(lines.length / size));
    return Array.from({ length: pages }, (_, i) => ({ view, page: i + 1, pages, lines: lines.slice(i * size, (i + 1) * size) }));
  });
}

export function linesOf(view: View, state: State): Line[] {
  switch (view.kind) {
    case "standings":
      return asGiven(state.standings[view.scope] ?? {}).map(({ car, row, rank, gap }) => ({
        ...who(car, state.cars, view.scope === "teams"), place: rank?.toString() ?? "–", value: row.total?.text ?? "", gap: gap ?? "",
        marks: marksText(row.marks), status: rank === undefined ? row.status : "",
      }));
    case "stage":
      return asGiven(state.results[view.stage] ?? {}).filter(({ row }) => row.status !== "RUNNING").map(({ car, row, rank, gap }) => ({
        ...who(car, state.cars), place: rank?.toString() ?? "–", value: shown(row, state.stages[view.stage]), gap: gap ?? "",
        marks: marksText(row.marks), status: rank === undefined ? row.status : "",
      }));
    case "onstage":
      return onStage(state.stages, state.results, state.splits as Rows<Rows<Rows<Dur>>>, state.cars).map(({ stage, car, split }) => ({
        ...who(car, state.cars), key: `${stage} ${car}`, place: stage, value: split?.text ?? "", gap: "", marks: "", status: split?.control ?? "",
      }));
    case "retired":
      return asGiven(state.standings["overall"] ?? {}).filter(({ row }) => OUT.has(row.status)).map(({ car, row }) => ({
        ...who(car, state.cars), place: "–", value: row.stopped_at ?? "", gap: "", marks: marksText(row.marks), status: row.status,
      }));
  }
}

function shown(row: ResultRow, stage: StageRow | undefined): string {
  return (stage?.kind === "SS" ? row.time?.text : row.deviation?.text ?? row.points?.text ?? row.time?.text) ?? "";
}

/** A crew by its number, or in a list of teams the team by its name. */
function who(car: string, cars: Rows<CarRow>, team = false): Pick<Line, "key" | "car" | "name" | "second"> {
  const row = team ? undefined : cars[car];
  return { key: car, car: team ? "" : car, name: row?.driver ?? car, second: row?.codriver ?? "" };
}

/** Who is on a stage now, from the live state. Pure. */
import type { CarRow, Dur, ResultRow, Rows, StageRow } from "../live/state";
import { stagesOf } from "../board/choose";
import { difference } from "../ui/format";

export interface OnStage {
  readonly stage: string;
  readonly car: string;
  /** The newest split: where, and the gap to the best so far there (the time itself where it is the best). */
  readonly split?: { readonly control: string; readonly text: string; readonly leads: boolean };
}

/** The cars that have started a stage or test and have no finish there, by stage and in order of start. */
export function onStage(
  stages: Rows<StageRow>, results: Rows<Rows<ResultRow>>, splits: Rows<Rows<Rows<Dur>>>, cars: Rows<CarRow>,
): OnStage[] {
  return stagesOf(stages).flatMap(([stage]) => Object.entries(results[stage] ?? {})
    .filter(([, row]) => row.status === "RUNNING")
    .sort(([a], [b]) => (cars[a]?.order ?? 0) - (cars[b]?.order ?? 0))
    .map(([car]) => ({ stage, car, ...newest(splits[stage] ?? {}, car) })));
}

function newest(splits: Rows<Rows<Dur>>, car: string): Pick<OnStage, "split"> {
  const mine = Object.entries(splits[car] ?? {}).sort(([, a], [, b]) => b.us - a.us)[0];
  if (mine === undefined) return {};
  const [control, time] = mine;
  const top = Math.min(...Object.values(splits).map((times) => times[control]?.us ?? Infinity));
  const leads = time.us === top;
  return { split: { control, leads, text: (leads ? undefined : difference(time, { us: top, text: time.text })) ?? time.text } };
}

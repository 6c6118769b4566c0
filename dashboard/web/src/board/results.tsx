/** The results of one stage or test as a table. */
import { cars, controls, splits } from "../live/store";
import type { CarRow, Dur, ResultRow, Rows, StageRow } from "../live/state";
import { amountValue, difference } from "../ui/format";
import { memo } from "../ui/memo";
import { CarAge, Marks } from "../ui/pieces";
import { t, words } from "../ui/text";
import { CarCell, CrewCell, NumberCell, Value, WhyLink } from "./cells";
import { best, type Ranked, resultValue } from "./choose";

const NO_SPLITS: Rows<Dur> = {};

/** The controls with a split in this stage, in road order. */
function splitControls(stage: string): string[] {
  const seen = new Set(Object.values(splits.value[stage] ?? {}).flatMap((times) => Object.keys(times)));
  return [...seen].sort((a, b) => (controls.value[a]?.order ?? 0) - (controls.value[b]?.order ?? 0));
}

/** The best time so far at a split, in µs: of all cars, also of those that a filter hides. */
function topSplit(stage: string, place: string): number {
  const times = Object.values(splits.value[stage] ?? {}).map((car) => car[place]?.us ?? Infinity);
  return Math.min(Infinity, ...times);
}

/** A split as the difference to the best so far at that place; the best one itself as its time. */
function SplitCell(props: { time: Dur | undefined; top: number }) {
  const { time, top } = props;
  if (time === undefined) return <td class="num wide split">–</td>;
  const leads = time.us === top;
  const gap = leads ? time.text : difference(time, { us: top, text: time.text });
  return <td class="num wide split" title={time.text}><Value text={gap} class={leads ? "best" : ""} /></td>;
}

export function ResultsTable(props: {
  id: string; stage: StageRow; rows: readonly Ranked<ResultRow>[]; higher: boolean;
}) {
  const places = splitControls(props.id);
  const regular = props.stage.kind !== "SS";
  const tops = places.map((place) => topSplit(props.id, place));
  const top = best(props.rows.map(({ row }) => resultValue(row)), props.higher && regular);
  return (
    <table class="sheet results">
      <caption class="sr">{props.stage.name}</caption>
      <thead>
        <tr>
          <th class="pos" scope="col">{t("col.rank")}</th>
          <th class="no" scope="col">{t("col.number")}</th>
          <th class="crew" scope="col">{t("col.crew")}</th>
          <th class="car wide" scope="col">{t("col.car")}</th>
          <th class="class wide" scope="col">{t("col.class")}</th>
          {places.map((place) => <th key={place} class="num wide" scope="col">{controls.value[place]?.name ?? place}</th>)}
          <th class={`num time ${regular ? "wide" : ""}`} scope="col">{t("col.time")}</th>
          {regular ? <th class="num" scope="col">{t("col.deviation")}</th> : null}
          {regular ? <th class="num points" scope="col">{t("col.points")}</th> : null}
          <th class="num gap wide" scope="col">{t("col.gap")}</th>
          <th class="num interval wide" scope="col">{t("col.interval")}</th>
          <th class="status wide" scope="col">{t("col.status")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map(({ car, row, rank, gap, interval }) => {
          const value = resultValue(row);
          return (
            <Row key={car} stage={props.id} car={car} row={row} crew={cars.value[car]} rank={rank} gap={gap} interval={interval}
              splits={splits.value[props.id]?.[car] ?? NO_SPLITS} places={places.join("\n")} tops={tops.join("\n")} regular={regular}
              best={value !== undefined && amountValue(value) === top} />
          );
        })}
      </tbody>
    </table>
  );
}

interface RowProps {
  car: string;
  stage: string;
  row: ResultRow;
  crew: CarRow | undefined;
  rank: number | undefined;
  gap: string | undefined;
  interval: string | undefined;
  splits: Rows<Dur>;
  /** The split controls, one a line: one text, so that an equal list compares equal. */
  places: string;
  /** The best time so far at each of them in µs, a line each. */
  tops: string;
  regular: boolean;
  best: boolean;
}

const Row = memo(({ car, stage, row, crew, rank, gap, interval, splits: times, places, tops, regular, best: top }: RowProps) => {
  const strong = `strong ${top ? "best" : ""}`;
  const missing = row.time === undefined && row.points === undefined ? words(row.status) || t("stage.missing") : undefined;
  return (
    <tr data-car={car} class={rank === undefined ? "unranked" : ""}>
      <td class="pos">{rank ?? "–"}</td>
      <NumberCell car={car} />
      <CrewCell car={car} row={crew} />
      <CarCell row={crew} />
      <td class="class wide">{crew?.class ?? ""}</td>
      {places === "" ? null : places.split("\n").map((place, i) => (
        <SplitCell key={place} time={times[place]} top={Number(tops.split("\n")[i])} />
      ))}
      {regular ? (
        <>
          <td class="num time wide"><Value text={row.time?.text} /></td>
          <td class="num"><Value text={row.deviation?.text} /></td>
          <td class="num points">
            <WhyLink stage={stage} car={car}><Value text={row.points?.text} class={strong} /></WhyLink>
            <Marks marks={row.marks} />
            {missing === undefined ? null : <span class="gap-narrow">{missing}</span>}
          </td>
        </>
      ) : (
        <td class="num time">
          <WhyLink stage={stage} car={car}><Value text={row.time?.text} class={strong} /></WhyLink>
          <Marks marks={row.marks} />
          {row.driven === undefined ? null : <span class="driven">{t("stage.driven", { time: row.driven.text })}</span>}
          <span class="gap-narrow">{missing ?? gap}</span>
        </td>
      )}
      <td class="num gap wide">{gap ?? ""}</td>
      <td class="num interval wide">{interval ?? ""}</td>
      <td class="status wide">
        <span class="status-word">{words(row.status)}</span>
        <CarAge car={car} />
      </td>
    </tr>
  );
});

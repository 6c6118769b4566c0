/** The tests or stages of a leg side by side: signed deviations with their points, or times. */
import { cars, rally, results, stages } from "../live/store";
import type { CarRow, ResultRow, Rows, StageRow, StandingRow } from "../live/state";
import { amountValue, marksText } from "../ui/format";
import { memo } from "../ui/memo";
import { Marks } from "../ui/pieces";
import { t, words } from "../ui/text";
import { CrewCell, NumberCell } from "./cells";
import { best, type Ranked, resultValue, stagesOf } from "./choose";

/** Between the parts of a cell's text, which no part holds. */
const PART = "\t";

export function AcrossTable(props: { leg: number; rows: readonly Ranked<StandingRow>[]; label: string }) {
  const columns = stagesOf(stages.value, props.leg);
  const higher = rally.value?.better === "higher";
  const tops = columns.map(([id, stage]) => topOf(results.value[id], higher && stage.kind !== "SS"));
  return (
    <div class="across" role="region" tabIndex={0} aria-label={t("board.across")}>
      <table class="sheet across-table">
        <caption class="sr">{props.label}</caption>
        <thead>
          <tr>
            <th class="pos" scope="col">{t("col.rank")}</th>
            <th class="no" scope="col">{t("col.number")}</th>
            <th class="crew" scope="col">{t("col.crew")}</th>
            <th class="num total" scope="col">{t("col.total")}</th>
            {columns.map(([id, stage]) => (
              <th key={id} class={`num ${stage.status === "CANCELLED" ? "cancelled" : ""}`} scope="col">
                <a href={`/stages/${encodeURIComponent(id)}`} title={stage.name}>{id}</a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(({ car, row, rank }) => (
            <Row key={car} car={car} rank={rank} total={row.total?.text} marks={marksText(row.marks)} crew={cars.value[car]}
              cells={columns.map(([id, stage], i) => cellText(results.value[id]?.[car], stage, tops[i])).join("\n")} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function topOf(rows: Rows<ResultRow> | undefined, higher: boolean): number | undefined {
  return best(Object.values(rows ?? {}).map(resultValue), higher);
}

/** What a cell shows as one text (value, points or place, marks, whether it is the best), so that equal cells compare equal. */
function cellText(row: ResultRow | undefined, stage: StageRow, top: number | undefined): string {
  if (row === undefined) return "";
  const value = resultValue(row);
  const shown = stage.kind === "SS" ? row.time?.text : row.deviation?.text ?? row.time?.text;
  const beside = stage.kind === "SS" ? row.rank?.toString() : row.points?.text;
  const leads = value !== undefined && amountValue(value) === top;
  return [shown ?? (beside === undefined ? row.status : ""), beside ?? "", marksText(row.marks), leads ? "1" : "",
    shown === undefined ? "" : "1"].join(PART);
}

interface RowProps {
  car: string;
  crew: CarRow | undefined;
  rank: number | undefined;
  total: string | undefined;
  marks: string;
  cells: string;
}

const Row = memo(({ car, crew, rank, total, marks, cells }: RowProps) => (
  <tr data-car={car} class={rank === undefined ? "unranked" : ""}>
    <td class="pos">{rank ?? "–"}</td>
    <NumberCell car={car} />
    <CrewCell car={car} row={crew} />
    <td class="num total"><span class="strong">{total ?? "–"}</span><Marks marks={marks} /></td>
    {cells.split("\n").map((cell, i) => <Cell key={i} text={cell} />)}
  </tr>
));

function Cell(props: { text: string }) {
  const [value = "", beside = "", marks = "", leads = "", timed = ""] = props.text.split(PART);
  if (props.text === "") return <td class="num" />;
  return (
    <td class="num">
      {value === "" ? null : <span class={timed === "" ? "status-word" : leads === "" ? "" : "best"}>{timed === "" ? words(value) : value}</span>}
      <Marks marks={marks} />
      {beside === "" ? null : <span class="beside">{beside}</span>}
    </td>
  );
}

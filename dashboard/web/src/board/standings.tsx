/** A classification as a table. */
import { cars, stages } from "../live/store";
import type { CarRow, StandingRow } from "../live/state";
import { useGrowing } from "../ui/growing";
import { memo } from "../ui/memo";
import { CarAge, Marks } from "../ui/pieces";
import { t, tieWords, words } from "../ui/text";
import { CarCell, CrewCell, NumberCell, Value } from "./cells";
import type { Ranked } from "./choose";

export function StandingsTable(props: { rows: readonly Ranked<StandingRow>[]; label: string; unit: string }) {
  const shown = useGrowing(props.rows.length);
  return (
    <table class="sheet standings">
      <caption class="sr">{props.label}</caption>
      <thead>
        <tr>
          <th class="pos" scope="col">{t("col.rank")}</th>
          <th class="no" scope="col">{t("col.number")}</th>
          <th class="crew" scope="col">{t("col.crew")}</th>
          <th class="car wide" scope="col">{t("col.car")}</th>
          <th class="class wide" scope="col">{t("col.class")}</th>
          <th class="last wide" scope="col">{t("col.last")}</th>
          <th class="num done wide" scope="col">{t("col.done")}</th>
          <th class="num pen wide" scope="col">{t("col.penalties")}</th>
          <th class="num total" scope="col">{t("col.total")}</th>
          <th class="num gap wide" scope="col">{t("col.gap")}</th>
          <th class="num interval wide" scope="col">{t("col.interval")}</th>
          <th class="status wide" scope="col">{t("col.status")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.slice(0, shown).map(({ car, row, rank, gap, interval }) => (
          <Row key={car} car={car} row={row} crew={cars.value[car]} rank={rank} gap={gap} interval={interval} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  car: string;
  row: StandingRow;
  crew: CarRow | undefined;
  rank: number | undefined;
  gap: string | undefined;
  interval: string | undefined;
}

const Row = memo(({ car, row, crew, rank, gap, interval }: RowProps) => (
  <tr data-car={car} class={rank === undefined ? "unranked" : ""}>
    <td class="pos" title={row.tie && t("board.tie", { rule: tieWords(row.tie) })}>{rank ?? "–"}</td>
    <NumberCell car={car} />
    <CrewCell car={car} row={crew} />
    <CarCell row={crew} />
    <td class="class wide">{row.class ?? crew?.class ?? ""}</td>
    <LastTest crew={crew} />
    <td class="num done wide">{row.stages_done ?? ""}</td>
    <td class="num pen wide">{[row.fails && `${row.fails} F`, row.penalties?.text].filter(Boolean).join(" ")}</td>
    <td class="num total">
      <Value text={row.total?.text} class="strong" /><Marks marks={row.marks} />
      <span class="gap-narrow">{rank === undefined ? words(row.status) : gap}</span>
    </td>
    <td class="num gap wide">{gap ?? ""}</td>
    <td class="num interval wide">{interval ?? ""}</td>
    <td class="status wide"><Status car={car} row={row} crew={crew} /></td>
  </tr>
));

function LastTest(props: { crew: CarRow | undefined }) {
  const last = props.crew?.last_test;
  if (last === undefined) return <td class="last wide" />;
  return (
    <td class="last wide">
      <a class="test-id" href={`/stages/${encodeURIComponent(last.stage)}`} title={stages.value[last.stage]?.name}>
        {last.stage}
      </a>
      <Value text={last.text} />
    </td>
  );
}

function Status(props: { car: string; row: StandingRow; crew: CarRow | undefined }) {
  return (
    <>
      <span class="status-word" title={[props.row.stopped_at, props.row.cause].filter(Boolean).join(": ") || undefined}>
        {words(props.row.status === "CLASSIFIED" ? (props.crew?.status ?? "") : props.row.status)}
      </span>
      {props.crew?.off_route ? <span class="age">{t("car.offRoute")}</span> : <CarAge car={props.car} />}
    </>
  );
}

/** The teams with the crews that count. */
export function TeamsTable(props: { rows: readonly Ranked<StandingRow>[]; label: string }) {
  return (
    <table class="sheet standings teams">
      <caption class="sr">{props.label}</caption>
      <thead>
        <tr>
          <th class="pos" scope="col">{t("col.rank")}</th>
          <th class="crew" scope="col">{t("col.team")}</th>
          <th class="num" scope="col">{t("col.crews")}</th>
          <th class="num done wide" scope="col">{t("col.done")}</th>
          <th class="num pen wide" scope="col">{t("col.penalties")}</th>
          <th class="num total" scope="col">{t("col.total")}</th>
          <th class="num gap wide" scope="col">{t("col.gap")}</th>
          <th class="num interval wide" scope="col">{t("col.interval")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map(({ car: team, row, rank, gap, interval }) => (
          <tr key={team} data-team={team} class={rank === undefined ? "unranked" : ""}>
            <td class="pos">{rank ?? "–"}</td>
            <td class="crew">{team}</td>
            <td class="num">{row.cause ?? row.crews ?? ""}</td>
            <td class="num done wide">{row.stages_done ?? ""}</td>
            <td class="num pen wide">{row.penalties?.text ?? ""}</td>
            <td class="num total"><Value text={row.total?.text} class="strong" /><Marks marks={row.marks} /></td>
            <td class="num gap wide">{gap ?? ""}</td>
            <td class="num interval wide">{interval ?? ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

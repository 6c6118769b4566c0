/** The crews that are out: where they stopped and why; and those that came back. */
import { cars, controls, standings } from "../live/store";
import type { Rows, StandingRow } from "../live/state";
import { inOrder, OUT } from "../board/choose";
import { CarCell, CrewCell } from "../board/cells";
import { Marks, Plate } from "../ui/pieces";
import { t, words } from "../ui/text";
import { ListHead } from "./sheet";

/** Those out of the classification and those that restarted, in the order of the list. */
export function outOf(rows: Rows<StandingRow>): [string, StandingRow][] {
  return inOrder(rows).filter(([, row]) => OUT.has(row.status) || restarted(row));
}

function restarted(row: StandingRow): boolean {
  return (row.marks ?? "").includes("R");
}

export function RetirementsPage() {
  const rows = outOf(standings.value["overall"] ?? {});
  return (
    <section class="list-page">
      <ListHead title={t("nav.retirements")} paper="retirements"
        note={rows.length === 0 ? undefined : t("retirements.count", { n: rows.filter(([, row]) => OUT.has(row.status)).length })} />
      {rows.length === 0 ? <p class="nothing">{t("retirements.none")}</p> : (
        <table class="sheet retirements">
          <caption class="sr">{t("nav.retirements")}</caption>
          <thead>
            <tr>
              <th class="no" scope="col">{t("col.number")}</th>
              <th class="crew" scope="col">{t("col.crew")}</th>
              <th class="car wide" scope="col">{t("col.car")}</th>
              <th class="class wide" scope="col">{t("col.class")}</th>
              <th class="status" scope="col">{t("col.status")}</th>
              <th scope="col">{t("col.stopped")}</th>
              <th class="wide" scope="col">{t("col.cause")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([car, row]) => (
              <tr key={car} data-car={car}>
                <td class="no"><Plate car={car} /></td>
                <CrewCell car={car} row={cars.value[car]} />
                <CarCell row={cars.value[car]} />
                <td class="class wide">{row.class ?? ""}</td>
                <td class="status">
                  <span class="status-word">{words(OUT.has(row.status) ? row.status : "RESTARTED")}</span><Marks marks={row.marks} />
                </td>
                <td>{row.stopped_at === undefined ? "" : <Place id={row.stopped_at} />}</td>
                <td class="wide">{row.cause ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Place(props: { id: string }) {
  const name = controls.value[props.id]?.name;
  return <><span class="test-id">{props.id}</span>{name === undefined || name === props.id ? null : <span class="beside">{name}</span>}</>;
}

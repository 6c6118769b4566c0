/** What a result is worth: its place on the stage between its neighbours, and in the lists that count it. */
import { cars } from "../live/store";
import type { ResultRow } from "../live/state";
import { inOrder } from "../board/choose";
import { scopeTitle } from "../board/titles";
import { Marks, Panel, Plate } from "../ui/pieces";
import { t, words } from "../ui/text";
import type { Evidence } from "./types";
import { w } from "./words";

export function Outcome(props: { evidence: Evidence; car: string; stage: string }) {
  const { evidence, car } = props;
  const beside = inOrder(evidence.beside ?? {});
  const regular = beside.some(([, row]) => row.points !== undefined);
  return (
    <Panel title={w("outcome")} class="outcome">
      <div class="outcome-columns">
        {beside.length === 0 ? null : (
          <table class="small beside">
            <thead>
              <tr>
                <th class="num" scope="col">{t("col.rank")}</th>
                <th colSpan={2} scope="col">{props.stage}</th>
                <th class="num" scope="col">{regular ? t("col.points") : t("col.time")}</th>
                <th class="num" scope="col">{t("col.gap")}</th>
              </tr>
            </thead>
            <tbody>
              {beside.map(([number, row]) => (
                <tr key={number} class={number === car ? "self" : ""}>
                  <td class="num">{row.rank ?? "–"}</td>
                  <td><Plate car={number} /></td>
                  <td class="control-name">{cars.value[number]?.driver ?? ""}</td>
                  <td class="num strong">{worth(row)}<Marks marks={row.marks} /></td>
                  <td class="num">{row.gap?.text ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <table class="small lists">
          <thead>
            <tr>
              <th scope="col">{w("list")}</th>
              <th class="num" scope="col">{t("col.rank")}</th>
              <th class="num" scope="col">{t("col.total")}</th>
              <th class="num" scope="col">{t("col.gap")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(evidence.standings).map(([scope, row]) => (
              <tr key={scope}>
                <th scope="row">{scopeTitle(scope)}</th>
                <td class="num strong">{row.rank ?? words(row.status)}</td>
                <td class="num strong">{row.total?.text ?? "–"}<Marks marks={row.marks} /></td>
                <td class="num">{row.gap?.text ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function worth(row: ResultRow): string {
  return row.points?.text ?? row.time?.text ?? words(row.status);
}

/** A car's times at all tests and stages, with the reason of each one click away. */
import { useState } from "preact/hooks";
import { getJson } from "../live/api";
import { results, stages } from "../live/store";
import type { ResultRow } from "../live/state";
import { Marks } from "../ui/pieces";
import { t, words } from "../ui/text";
import { stagesOf } from "../board/choose";
import { Value } from "../board/cells";
import { type Explanation, Why } from "./why";

export function TestTimes(props: { car: string; leg: number }) {
  const rows = stagesOf(stages.value, props.leg);
  if (rows.length === 0) return null;
  // A special stage has a time and nothing else.
  const regular = rows.some(([, stage]) => stage.kind !== "SS");
  return (
    <>
      <table class="sheet tests">
        <thead>
          <tr>
            <th class="test" scope="col">{t("col.test")}</th>
            <th class="num" scope="col">{t("col.place")}</th>
            <th class="num" scope="col">{t("col.time")}</th>
            {regular ? <th class="num" scope="col">{t("col.deviation")}</th> : null}
            {regular ? <th class="num" scope="col">{t("col.points")}</th> : null}
            <th class="why" scope="col"><span class="sr">{t("car.why")}</span></th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([id, stage]) => (
            <TestRow key={id} car={props.car} id={id} name={stage.name} regular={regular} row={results.value[id]?.[props.car]} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function TestRow(props: { car: string; id: string; name: string; regular: boolean; row: ResultRow | undefined }) {
  const { car, id, row, regular } = props;
  const [why, setWhy] = useState<Explanation | string>();
  const read = () => {
    if (why !== undefined) return setWhy(undefined);
    getJson<Explanation>(`/api/why/${encodeURIComponent(id)}/${encodeURIComponent(car)}`)
      .then(setWhy, (reason: Error) => setWhy(reason.message));
  };
  const driven = row?.time !== undefined || row?.points !== undefined;
  return (
    <>
      <tr class={driven ? "" : "unranked"}>
        <td class="test">
          <a href={`/stages/${encodeURIComponent(id)}`}><span class="test-id">{id}</span>{props.name === id ? null : <span class="test-name"> {props.name}</span>}</a>
        </td>
        <td class="num">{row?.rank ?? ""}</td>
        <td class="num">
          <Value text={row?.time?.text ?? ""} />
          {regular ? null : <Marks marks={row?.marks} />}
          {row?.driven === undefined ? null : <span class="driven">{t("stage.driven", { time: row.driven.text })}</span>}
        </td>
        {!regular ? null : (
          <>
            <td class="num"><Value text={row?.deviation?.text ?? ""} /></td>
            <td class="num"><Value text={row?.points?.text ?? ""} class="strong" /><Marks marks={row?.marks} /></td>
          </>
        )}
        <td class="why">
          {row === undefined || row.status === "PENDING" ? null : (
            <button type="button" class="link-like" aria-expanded={why !== undefined} onClick={read}
              aria-label={t("car.whyLong", { stage: id, car })}>
              {driven ? t("car.why") : words(row.status) || t("car.why")}
            </button>
          )}
        </td>
      </tr>
      {why === undefined ? null : (
        <tr class="why-row">
          <td colSpan={regular ? 6 : 4}>
            {typeof why === "string" || why.line === undefined ? null : <p class="why-short">{why.line}</p>}
            <Why tree={why} />
            <a class="why-all" href={`/why/${encodeURIComponent(id)}/${encodeURIComponent(car)}`}>{t("car.whyAll")}</a>
          </td>
        </tr>
      )}
    </>
  );
}

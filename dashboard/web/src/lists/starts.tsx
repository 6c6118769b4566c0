/** Who starts a leg and when, and who is on a stage now. */
import { cars, controls, rally, results, splits, stages, standings } from "../live/store";
import { inRoadOrder } from "../live/road";
import { legs } from "../board/choose";
import { Value } from "../board/cells";
import { kmText } from "../ui/format";
import { CarAge, Panel, Plate } from "../ui/pieces";
import { address, withQuery } from "../ui/router";
import { t, words } from "../ui/text";
import { onStage } from "./running";
import { type Line, Listed, ListHead, type Sheet, useRead } from "./sheet";

export function StartsPage() {
  const known = legs(stages.value, Object.keys(standings.value));
  const asked = Number(address.value.query.get("leg") ?? NaN);
  const leg = known.includes(asked) ? asked : (rally.value?.leg ?? known[0] ?? 1);
  return (
    <div class="list-page">
      <OnStageNow />
      {known.length < 2 ? null : (
        <nav class="tabs" aria-label={t("nav.starts")}>
          <div class="tabs-row">
            {known.map((number) => (
              <a key={number} class="tab" href={withQuery("leg", String(number))} aria-current={number === leg ? "page" : undefined}>
                {t("board.leg", { leg: number })}
              </a>
            ))}
          </div>
        </nav>
      )}
      <StartList key={leg} leg={leg} />
    </div>
  );
}

/** What may move a start list: how many are due and have been at the first control of the leg. */
function newsOf(leg: number): string {
  const first = inRoadOrder(controls.value, leg)[0]?.[1];
  const places = leg === 1 ? "" : Object.entries(standings.value["overall"] ?? {}).map(([car, row]) => `${car}:${row.rank}`).join();
  return `${first?.due} ${first?.arrived} ${first?.missing} ${places}`;
}

function StartList(props: { leg: number }) {
  const name = `start-list-${props.leg}`;
  const read = useRead<Sheet>(`/api/sheets/${name}`, newsOf(props.leg));
  const title = t("starts.title", { leg: props.leg });
  return (
    <section>
      <ListHead title={title} paper={name} at={read.state === "read" ? read.value.at : undefined} />
      <Listed read={read}>{(rows) => (rows.length === 0 ? <p class="nothing">{t("starts.none")}</p> : (
        <table class="sheet starts">
          <caption class="sr">{title}</caption>
          <thead>
            <tr>
              <th class="pos" scope="col"><abbr title={t("col.startPlace")}>{t("col.rank")}</abbr></th>
              <th class="num time" scope="col">{t("col.start")}</th>
              <th class="no" scope="col">{t("col.number")}</th>
              <th class="crew" scope="col">{t("col.crew")}</th>
              <th class="car wide" scope="col">{t("col.car")}</th>
              <th class="class wide" scope="col">{t("col.class")}</th>
              <th class="status" scope="col">{t("col.status")}</th>
            </tr>
          </thead>
          <tbody>{rows.map((row) => <Start key={row["car"]} row={row} />)}</tbody>
        </table>
      ))}</Listed>
    </section>
  );
}

function Start(props: { row: Line }) {
  const { row } = props;
  const car = row["car"] ?? "";
  const live = cars.value[car];
  return (
    <tr data-car={car}>
      <td class="pos">{row["place"] ?? ""}</td>
      <td class="num time strong">{row["due"] ?? "–"}</td>
      <td class="no"><Plate car={car} /></td>
      <td class="crew"><a href={`/cars/${encodeURIComponent(car)}`}><CrewText row={row} /></a></td>
      <td class="car wide">{row["vehicle"] ?? ""}</td>
      <td class="class wide">{row["class"] ?? ""}</td>
      <td class="status"><span class="status-word">{words(live?.status ?? "")}</span><CarAge car={car} /></td>
    </tr>
  );
}

/** Both names of the board's row, else the crew as the list names it. */
export function CrewText(props: { row: Line }) {
  const live = cars.value[props.row["car"] ?? ""];
  if (live === undefined) return <span class="driver">{props.row["crew"] ?? ""}</span>;
  return (
    <>
      <span class="driver">{live.driver}</span>
      {live.codriver ? <span class="codriver">{live.codriver}</span> : null}
    </>
  );
}

/** The cars between a start and its finish, with their newest split. */
export function OnStageNow() {
  const running = onStage(stages.value, results.value, splits.value, cars.value);
  return (
    <Panel title={t("starts.onStage")} note={running.length === 0 ? undefined : running.length} class="on-stage">
      {running.length === 0 ? <p class="nothing">{t("starts.onStageNone")}</p> : (
        <table class="sheet">
          <caption class="sr">{t("starts.onStage")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("col.stage")}</th>
              <th class="no" scope="col">{t("col.number")}</th>
              <th class="crew" scope="col">{t("col.crew")}</th>
              <th class="num" scope="col">{t("col.splits")}</th>
              <th class="num wide" scope="col">{t("col.km")}</th>
              <th class="status wide" scope="col">{t("col.seen")}</th>
            </tr>
          </thead>
          <tbody>
            {running.map(({ stage, car, split }) => (
              <tr key={`${stage} ${car}`} data-car={car}>
                <td><a class="test-id" href={`/stages/${encodeURIComponent(stage)}`} title={stages.value[stage]?.name}>{stage}</a></td>
                <td class="no"><Plate car={car} /></td>
                <td class="crew"><a href={`/cars/${encodeURIComponent(car)}`}><CrewText row={{ car }} /></a></td>
                <td class="num">
                  {split === undefined ? "" : <Value text={split.text} class={split.leads ? "best" : ""} />}
                  {split === undefined ? null : <span class="beside">{controls.value[split.control]?.name ?? split.control}</span>}
                </td>
                <td class="num wide">{cars.value[car]?.km === undefined ? "" : kmText(cars.value[car]?.km ?? 0)}</td>
                <td class="status wide"><CarAge car={car} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

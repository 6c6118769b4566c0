/** The live board: standings or one test, the road as a line, and what goes on beside it. */
import { cars, rally, results, stages, standings } from "../live/store";
import type { LiveState, ResultRow, RallyRow, StandingRow } from "../live/state";
import { StageStrip } from "../strip/strip";
import { Legend } from "../ui/pieces";
import { address } from "../ui/router";
import { t, words } from "../ui/text";
import { answers, asGiven, type Ranked, resultValue, within } from "./choose";
import { ResultsTable } from "./results";
import { ControlList, StageList, stageFacts } from "./side";
import { StandingsTable } from "./standings";
import { competing, Filter, Tabs, wanted } from "./tabs";

type Stages = NonNullable<LiveState["stages"]>;

/** The leg of today: the service's, else the one of the last stage with a result. */
function currentLeg(row: RallyRow | null, all: Stages): number {
  if (row?.leg !== undefined) return row.leg;
  return Math.max(1, ...Object.values(all).filter((s) => (s.done ?? 0) > 0).map((s) => s.leg));
}

export function BoardPage(props: { stage?: string | undefined }) {
  const view = /^leg-(\d+)$/.exec(address.value.query.get("view") ?? "");
  const stage = props.stage === undefined ? undefined : stages.value[props.stage];
  const leg = stage?.leg ?? (view === null ? undefined : Number(view[1]));
  const stripLeg = leg ?? currentLeg(rally.value, stages.value);
  return (
    <div class="board">
      <Tabs leg={leg} stage={stage === undefined ? undefined : props.stage} />
      <StageStrip leg={stripLeg} />
      <div class="board-columns">
        <div class="board-main">
          {props.stage !== undefined ? <StageView id={props.stage} /> : <StandingsView leg={leg} />}
          <Legend />
          <p class="official-line">{rally.value?.notice}</p>
        </div>
        <aside>
          <StageList leg={stripLeg} />
          <ControlList leg={stripLeg} />
        </aside>
      </div>
    </div>
  );
}

/** A class in the whole rally has its own classification; a class in a leg is measured within the leg's list. */
function standingRows(leg: number | undefined): readonly Ranked<StandingRow>[] {
  const { class: wantedClass, typed } = wanted();
  const scope = leg !== undefined ? `leg-${leg}` : wantedClass === "" ? "overall" : `class-${wantedClass}`;
  const rows = standings.value[scope] ?? {};
  const ofClass = (car: string, row: StandingRow) => (row.class ?? cars.value[car]?.class) === wantedClass;
  const ranked = leg === undefined || wantedClass === "" ? asGiven(rows) : within(rows, ofClass, (row) => row.total);
  return ranked.filter(({ car }) => answers(car, cars.value[car], typed));
}

function StandingsView(props: { leg: number | undefined }) {
  const rows = standingRows(props.leg);
  const unit = rally.value?.unit ?? "seconds";
  const title = props.leg === undefined ? t("board.overall") : t("board.leg", { leg: props.leg });
  return (
    <>
      <div class="view-head">
        <h2>{title}</h2>
        {unit === "seconds" ? null : (
          <p class="facts">{t(rally.value?.better === "higher" ? "board.higher" : "board.lower")}</p>
        )}
        <Filter shown={rows.length} all={competing()} />
      </div>
      <StandingsTable rows={rows} label={title} unit={unit} />
      {rows.length === 0 ? <Nothing all={Object.keys(standings.value["overall"] ?? {}).length} /> : null}
    </>
  );
}

function Nothing(props: { all: number }) {
  return <p class="nothing" role="status">{t(props.all === 0 ? "board.empty" : "board.none")}</p>;
}

function StageView(props: { id: string }) {
  const stage = stages.value[props.id];
  if (stage === undefined) return <p class="nothing">{t("page.notFound")}</p>;
  const all = results.value[props.id] ?? {};
  const { class: wantedClass, typed } = wanted();
  const ofClass = (car: string, _: ResultRow) => cars.value[car]?.class === wantedClass;
  const ranked = wantedClass === "" ? asGiven(all) : within(all, ofClass, resultValue);
  const rows = ranked.filter(({ car }) => answers(car, cars.value[car], typed));
  return (
    <>
      <div class="view-head">
        <h2><span class="test-id">{props.id}</span> {stage.name}</h2>
        <p class="facts">
          {[stageFacts(stage), words(stage.status),
            t("stage.done", { done: stage.done ?? 0, expected: stage.expected ?? 0 })].filter(Boolean).join(" · ")}
        </p>
        <Filter shown={rows.length} all={Object.keys(all).length} />
      </div>
      <ResultsTable id={props.id} stage={stage} rows={rows} higher={rally.value?.better === "higher"} />
      {rows.length === 0 ? <Nothing all={Object.keys(all).length} /> : null}
    </>
  );
}

/** The live board: standings or one test, the road as a line, and what goes on beside it. */
import { cars, rally, results, stages, standings } from "../live/store";
import type { LiveState, ResultRow, RallyRow, StandingRow } from "../live/state";
import { StageGaps } from "../gaps/panel";
import { followed } from "../live/follow";
import { askedMoment } from "../live/moment";
import { StageStrip } from "../strip/strip";
import { CertifiedNote, Legend, PublicationNote } from "../ui/pieces";
import { useLater } from "../ui/growing";
import { address } from "../ui/router";
import { t, words } from "../ui/text";
import { AcrossTable } from "./across";
import { answers, asGiven, chosen, type Ranked, resultValue, scopeOf, stagesOf, type Wanted, within } from "./choose";
import { ResultsTable } from "./results";
import { ControlList, StageList, stageFacts } from "./side";
import { StandingsTable, TeamsTable } from "./standings";
import { competing, Filter, Tabs, wanted } from "./tabs";

type Stages = NonNullable<LiveState["stages"]>;

/** The leg of today: the service's, else the one of the last stage with a result. */
function currentLeg(row: RallyRow | null, all: Stages): number {
  if (row?.leg !== undefined) return row.leg;
  return Math.max(1, ...Object.values(all).filter((s) => (s.done ?? 0) > 0).map((s) => s.leg));
}

export function BoardPage(props: { stage?: string | undefined }) {
  const asked = address.value.query.get("view") ?? "";
  const view = /^leg-(\d+)(-all)?$/.exec(asked);
  const stage = props.stage === undefined ? undefined : stages.value[props.stage];
  const leg = stage?.leg ?? (view === null ? undefined : Number(view[1]));
  const stripLeg = leg ?? currentLeg(rally.value, stages.value);
  const teams = asked === "teams" && props.stage === undefined;
  const across = view?.[2] !== undefined && props.stage === undefined;
  const later = useLater();
  return (
    <div class="board">
      <Tabs leg={leg} stage={stage === undefined ? undefined : props.stage} teams={teams} across={across} />
      <StageStrip leg={stripLeg} />
      <div class="board-columns">
        <div class="board-main">
          {props.stage !== undefined ? <StageView id={props.stage} /> : teams ? <TeamsView />
            : across && leg !== undefined ? <AcrossView leg={leg} /> : <StandingsView leg={leg} />}
          <Legend />
          <p class="official-line">{rally.value?.notice}</p>
        </div>
        <aside>
          {later ? <><StageList leg={stripLeg} /><ControlList leg={stripLeg} /></> : null}
        </aside>
      </div>
    </div>
  );
}

/** A class in the whole rally has its own classification; a class in a leg is measured within the leg's list. */
function standingRows(leg: number | undefined): readonly Ranked<StandingRow>[] {
  const want = wanted();
  const own = leg === undefined ? scopeOf(want) : want.class + want.category === "" ? `leg-${leg}` : undefined;
  const keep = (car: string) => chosen(cars.value[car], want);
  const whole = standings.value[leg === undefined ? "overall" : `leg-${leg}`] ?? {};
  const ranked = own !== undefined ? asGiven(standings.value[own] ?? {}) : within(whole, keep, (row) => row.total);
  return ranked.filter(({ car }) => shown(car, want));
}

/** Whether a car is among those that were typed or ticked. */
function shown(car: string, want: Wanted): boolean {
  return answers(car, cars.value[car], want.typed) && (!want.followed || followed.value.has(car));
}

function TeamsView() {
  const rows = asGiven(standings.value["teams"] ?? {});
  return (
    <>
      <div class="view-head">
        <h2>{t("board.teams")}</h2>
        <OnPaper of="standings/teams" />
        <PublicationNote scope="teams" />
      </div>
      <TeamsTable rows={rows} label={t("board.teams")} />
    </>
  );
}

/** All tests of a leg side by side, in the order of the leg's list. */
function AcrossView(props: { leg: number }) {
  const rows = standingRows(props.leg);
  const regular = stagesOf(stages.value, props.leg).some(([, stage]) => stage.kind !== "SS");
  const title = t(regular ? "board.tests" : "board.stageTimes", { leg: props.leg });
  return (
    <>
      <div class="view-head">
        <h2>{title}</h2>
        <Filter shown={rows.length} all={competing()} />
      </div>
      <PublicationNote scope={`leg-${props.leg}`} />
      <AcrossTable leg={props.leg} rows={rows} label={title} />
      {rows.length === 0 ? <Nothing all={Object.keys(standings.value["overall"] ?? {}).length} /> : null}
    </>
  );
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
        <OnPaper of={`standings/${encodeURIComponent(props.leg === undefined ? scopeOf(wanted()) ?? "overall" : `leg-${props.leg}`)}`} />
        <Filter shown={rows.length} all={competing()} />
      </div>
      <PublicationNote scope={props.leg === undefined ? scopeOf(wanted()) ?? "" : `leg-${props.leg}`} />
      <StandingsTable rows={rows} label={title} unit={unit} />
      {rows.length === 0 ? <Nothing all={Object.keys(standings.value["overall"] ?? {}).length} /> : null}
    </>
  );
}

/** What is shown here, for the notice board. */
function OnPaper(props: { of: string }) {
  return <a class="facts" href={`/api/${props.of}?format=pdf`} target="_blank" rel="noopener">{t("board.paper")}</a>;
}

function Nothing(props: { all: number }) {
  return <p class="nothing" role="status">{t(props.all === 0 ? "board.empty" : wanted().followed && followed.value.size === 0 ? "follow.nobody" : "board.none")}</p>;
}

function StageView(props: { id: string }) {
  const stage = stages.value[props.id];
  if (stage === undefined) return <p class="nothing">{t("page.notFound")}</p>;
  const all = results.value[props.id] ?? {};
  const want = wanted();
  const keep = (car: string, _: ResultRow) => chosen(cars.value[car], want);
  const ranked = want.class + want.category === "" ? asGiven(all) : within(all, keep, resultValue);
  const rows = ranked.filter(({ car }) => shown(car, want));
  return (
    <>
      <div class="view-head">
        <h2><span class="test-id">{props.id}</span> {stage.name}</h2>
        <p class="facts">
          {[stageFacts(stage), words(stage.status),
            t("stage.done", { done: stage.done ?? 0, expected: stage.expected ?? 0 })].filter(Boolean).join(" · ")}
        </p>
        <OnPaper of={`stages/${encodeURIComponent(props.id)}/results`} />
        <Filter shown={rows.length} all={Object.keys(all).length} />
      </div>
      <CertifiedNote stage={stage} />
      {askedMoment() === "" ? <StageGaps stage={props.id} /> : null}
      <ResultsTable id={props.id} stage={stage} rows={rows} higher={rally.value?.better === "higher"} />
      {rows.length === 0 ? <Nothing all={Object.keys(all).length} /> : null}
    </>
  );
}

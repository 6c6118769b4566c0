/** Running gaps on the pages of a car and of a stage: estimates, and they say so. */
import { useEffect, useState } from "preact/hooks";
import { stagesOf } from "../board/choose";
import { getJson } from "../live/api";
import { followed } from "../live/follow";
import { cars, results, stages } from "../live/store";
import type { RunningGap } from "../live/state";
import { kmText } from "../ui/format";
import { Lazy } from "../ui/lazy";
import { Panel, Plate } from "../ui/pieces";
import { address, go, withQuery } from "../ui/router";
import { t } from "../ui/text";
import { type Curve, gapText, plusMinusText } from "./curve";

const chart = () => import("./chart").then((module) => module.GapChart);
const LIVE_MS = 3_000;
const STILL_MS = 15_000;

function useCurve(stage: string | undefined, car: string | undefined, live: boolean): Curve | undefined {
  const [curve, setCurve] = useState<Curve>();
  useEffect(() => {
    if (stage === undefined || car === undefined) return undefined;
    let gone = false;
    const read = () => {
      if (document.visibilityState === "hidden") return;
      getJson<Curve>(`/api/gaps/${encodeURIComponent(stage)}/${encodeURIComponent(car)}`)
        .then((got) => { if (!gone) setCurve(got); }, () => undefined); // the last one stays
    };
    read();
    const timer = setInterval(read, live ? LIVE_MS : STILL_MS);
    return () => { gone = true; clearInterval(timer); };
  }, [stage, car, live]);
  return curve?.stage === stage && curve?.car === car ? curve : undefined;
}

function againstText(against: string): string {
  return against === "ideal" ? t("gaps.toIdeal") : t("gaps.toCar", { car: against });
}

/** The number that says ±, as large as the page has room for. */
function Now(props: { gap: string; error: string; where: string }) {
  return (
    <p class="gap-now">
      <b>{props.gap}</b> <span class="gap-error">{props.error}</span> <small>{props.where}</small>
    </p>
  );
}

function CurveView(props: { stage: string; car: string; running: RunningGap | undefined }) {
  const curve = useCurve(props.stage, props.car, props.running !== undefined);
  if (curve === undefined) return <p class="nothing" role="status">{t("app.waiting")}</p>;
  if (curve.against === undefined || curve.metres.length === 0) return <p class="nothing">{t("gaps.none")}</p>;
  const last = curve.metres.length - 1;
  const km = kmText((curve.metres[last] ?? 0) / 1000);
  const [gap, error] = props.running === undefined ? [gapText(curve.gap[last] ?? 0), plusMinusText(curve.plus_minus[last] ?? 0)]
    : [props.running.gap.text, props.running.plus_minus.text];
  const where = `${againstText(curve.against)}, km ${props.running === undefined ? km : kmText(props.running.km)}`;
  const label = t("gaps.label", { car: props.car, stage: props.stage, against: againstText(curve.against), gap, error, km });
  return (
    <>
      <Now gap={gap} error={error} where={where} />
      <Lazy load={chart} props={{ curve, label }} />
      <p class="gap-note">{t("gaps.note")}</p>
    </>
  );
}

/** On a car's page: the stage it is on, else the last one it drove; any other can be chosen. */
export function CarGap(props: { car: string }) {
  const running = cars.value[props.car]?.gap;
  const driven = stagesOf(stages.value).map(([id]) => id)
    .filter((id) => id === running?.stage || results.value[id]?.[props.car]?.time !== undefined
      || results.value[id]?.[props.car]?.deviation !== undefined);
  const asked = address.value.query.get("stage") ?? "";
  const stage = driven.includes(asked) ? asked : running?.stage ?? driven.at(-1);
  if (stage === undefined) return null;
  const choice = (
    <select aria-label={t("gaps.stage")} value={stage} onChange={(event) => go(withQuery("stage", event.currentTarget.value), true)}>
      {driven.map((id) => <option key={id} value={id}>{id}</option>)}
    </select>
  );
  return (
    <Panel class="gap-panel" title={t("gaps.title")} note={choice}>
      <CurveView stage={stage} car={props.car} running={running?.stage === stage ? running : undefined} />
    </Panel>
  );
}

/** On a stage's page: who is on it now, and the chart of one of them. */
export function StageGaps(props: { stage: string }) {
  const on = Object.entries(cars.value)
    .flatMap(([car, row]) => (row.gap?.stage === props.stage ? [{ car, gap: row.gap }] : []))
    .sort((a, b) => Number(followed.value.has(b.car)) - Number(followed.value.has(a.car)) || b.gap.km - a.gap.km);
  const asked = address.value.query.get("gap") ?? "";
  const chosen = asked !== "" ? asked : on[0]?.car;
  if (chosen === undefined) return null;
  const running = on.find(({ car }) => car === chosen)?.gap;
  return (
    <Panel class="gap-panel" title={t("gaps.onStage")} note={String(on.length)}>
      <ul class="gap-cars">
        {on.map(({ car, gap }) => (
          <li key={car} class={car === chosen ? "chosen" : ""}>
            <Plate car={car} />
            <a href={withQuery("gap", car)} aria-current={car === chosen ? "true" : undefined}>
              <b>{gap.gap.text}</b> <span class="gap-error">{gap.plus_minus.text}</span>
            </a>
            <small>km {kmText(gap.km)}</small>
          </li>
        ))}
      </ul>
      <h3 class="gap-chosen">{t("car.label", { car: chosen })}</h3>
      <CurveView key={chosen} stage={props.stage} car={chosen} running={running} />
    </Panel>
  );
}

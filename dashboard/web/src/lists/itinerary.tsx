/** The itinerary: every control with its distance and first car, the timed stretches, and how many are through. */
import { controls, rally, stages } from "../live/store";
import { inRoadOrder, isTimed, throughOf, timedSpans } from "../live/road";
import type { ControlRow } from "../live/state";
import { legs } from "../board/choose";
import { stageFacts } from "../board/side";
import { clockText, dateText, kmText } from "../ui/format";
import { memo } from "../ui/memo";
import { t, words } from "../ui/text";
import { useRead } from "./sheet";

interface LegFacts { readonly day: string; readonly name?: string }
interface Facts { readonly legs: Readonly<Record<string, LegFacts>> }

export function ItineraryPage() {
  const facts = useRead<Facts>("/api/rally", "");
  return (
    <div class="list-page itinerary">
      {legs(stages.value, Object.values(controls.value).map((control) => `leg-${control.leg}`)).map((leg) => (
        <Leg key={leg} leg={leg} facts={facts.state === "read" ? facts.value.legs[leg] : undefined} />
      ))}
    </div>
  );
}

function Leg(props: { leg: number; facts: LegFacts | undefined }) {
  const rows = inRoadOrder(controls.value, props.leg);
  const spans = timedSpans(controls.value).filter((span) => span.leg === props.leg);
  const km = Math.max(0, ...rows.map(([, control]) => control.km ?? 0));
  const said = [props.facts && dateText(props.facts.day), props.facts?.name, km > 0 ? t("itinerary.distance", { km: kmText(km) }) : "",
    spans.length === 0 ? "" : t("itinerary.timed", { n: spans.length })];
  const title = t("itinerary.leg", { leg: props.leg });
  const firsts = new Map<string, string>();
  for (const [id, control] of rows) if (control.stage !== undefined && !firsts.has(control.stage)) firsts.set(control.stage, id);
  return (
    <section>
      <div class="view-head"><h2>{title}</h2><p class="facts">{said.filter(Boolean).join(" · ")}</p></div>
      <table class="sheet">
        <caption class="sr">{title}</caption>
        <thead>
          <tr>
            <th class="num" scope="col">{t("col.km")}</th>
            <th scope="col">{t("col.control")}</th>
            <th class="name" scope="col">{t("col.name")}</th>
            <th class="wide" scope="col">{t("col.kind")}</th>
            <th class="num" scope="col">{t("col.firstCar")}</th>
            <th class="num wide" scope="col">{t("col.through")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([id, control]) => (
            <ControlLine key={id} id={id} control={control} begins={control.stage !== undefined && firsts.get(control.stage) === id} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A control; where a stage or test begins, its name and facts with a link to its results. */
const ControlLine = memo((props: { id: string; control: ControlRow; begins: boolean }) => {
  const { id, control } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const stage = control.stage === undefined ? undefined : stages.value[control.stage];
  const through = throughOf(control);
  const count = through.all === 0 ? "" : t("stage.done", { done: through.arrived, expected: through.all });
  return (
    <tr class={isTimed(control) ? "timed" : ""}>
      <td class="num">{control.km === undefined ? "" : kmText(control.km)}</td>
      <th scope="row"><span class="test-id">{id}</span></th>
      <td class="name">
        {control.name === id ? "" : control.name}
        <span class="car-narrow">{words(control.kind)}</span>
        {!props.begins || stage === undefined ? null : (
          <span class="itinerary-stage">
            <a href={`/stages/${encodeURIComponent(control.stage ?? "")}`}><b class="test-id">{control.stage}</b>{stage.name === control.name ? null : ` ${stage.name}`}</a>
            {" "}<span class="facts">{stageFacts(stage)}</span>
          </span>
        )}
      </td>
      <td class="wide">{words(control.kind)}</td>
      <td class="num">
        {control.first_car === undefined ? "" : clockText(control.first_car, offset, false)}
        <span class="gap-narrow">{count}</span>
      </td>
      <td class="num wide">
        {count}
        {control.health?.status === "silent" ? <span class="age">{t("health.silent")}</span> : null}
      </td>
    </tr>
  );
});

/** The stage strip: a leg as a line, its controls as ticks, the cars by their distance. Plain SVG. */
import { cars, controls, stages } from "../live/store";
import type { CarRow, ControlRow, Rows } from "../live/state";
import { Panel } from "../ui/pieces";
import { kmText } from "../ui/format";
import { go } from "../ui/router";
import { t } from "../ui/text";
import { useWidth } from "../ui/width";
import { layOut } from "./layout";

const MARGIN = 18;
const FLAG_HEIGHT = 15;
const LANE = 17;
const LABELS = 26;
const DIGIT = 7.2;

interface Road { readonly km: number; readonly x: (km: number) => number }

function roadOf(leg: number, width: number): Road {
  const along = Object.values(controls.value).filter((c) => c.leg === leg).map((c) => c.km ?? 0);
  const km = Math.max(1, ...along);
  return { km, x: (at) => MARGIN + (Math.min(Math.max(at, 0), km) / km) * (width - 2 * MARGIN) };
}

export function StageStrip(props: { leg: number; highlight?: string; title?: string }) {
  const { ref, width } = useWidth<HTMLDivElement>(900);
  const road = roadOf(props.leg, width);
  const onRoad = carsOn(cars.value, props.leg);
  const lanes = width < 600 ? 3 : 4;
  const line = 8 + lanes * LANE;
  const label = t("strip.label", { leg: props.leg, km: kmText(road.km), cars: onRoad.length });
  return (
    <Panel class="strip" title={props.title ?? t("strip.title", { leg: props.leg })}
      note={`${kmText(road.km)} km · ${t("strip.onroad", { cars: onRoad.length })}`}>
      <div ref={ref} class="strip-box">
        <svg width={width} height={line + LABELS + 12} role="img" aria-label={label}>
          <path class="road" d={`M${MARGIN} ${line}H${width - MARGIN}`} />
          <Timed leg={props.leg} road={road} y={line} />
          <Ticks leg={props.leg} road={road} y={line} />
          <Flags onRoad={onRoad} road={road} y={line} lanes={lanes} highlight={props.highlight} />
        </svg>
      </div>
    </Panel>
  );
}

/** The cars with a place on this leg, the leading ones first. */
function carsOn(rows: Rows<CarRow>, leg: number): [string, CarRow][] {
  return Object.entries(rows)
    .filter(([, car]) => car.leg === leg && car.km !== undefined && car.status !== "RETIRED")
    .sort(([, a], [, b]) => a.order - b.order);
}

/** The timed stretches, drawn heavier. */
function Timed(props: { leg: number; road: Road; y: number }) {
  const spans = new Map<string, [number, number]>();
  for (const control of Object.values(controls.value)) {
    if (control.leg !== props.leg || control.stage === undefined || control.km === undefined) continue;
    const [from, to] = spans.get(control.stage) ?? [control.km, control.km];
    spans.set(control.stage, [Math.min(from, control.km), Math.max(to, control.km)]);
  }
  return (
    <g class="timed">
      {[...spans].map(([id, [from, to]]) => (
        <path key={id} d={`M${props.road.x(from)} ${props.y}H${Math.max(props.road.x(to), props.road.x(from) + 3)}`}>
          <title>{`${id} ${stages.value[id]?.name ?? ""}`}</title>
        </path>
      ))}
    </g>
  );
}

function Ticks(props: { leg: number; road: Road; y: number }) {
  const ticks = Object.entries(controls.value)
    .filter(([, c]) => c.leg === props.leg && c.km !== undefined)
    .sort(([, a], [, b]) => a.order - b.order);
  const marks = ticks.map(([id, control]) => ({
    id, x: props.road.x(control.km ?? 0), width: id.length * 6.4 + 6, weight: weight(control),
  }));
  const laid = layOut(marks, 1, 3);
  return (
    <g class="ticks">
      {laid.map(({ id, x, lane }) => {
        const control = controls.value[id] as ControlRow;
        const main = weight(control) > 1;
        return (
          <g key={id} class={main ? "tick main" : "tick"}>
            <title>{`${id} ${control.name}, km ${kmText(control.km ?? 0)}`}</title>
            <path d={`M${x} ${props.y - (main ? 0 : 3)}v${main ? 9 : 6}`} />
            {lane === undefined ? null : <text x={x} y={props.y + 21}>{id}</text>}
          </g>
        );
      })}
    </g>
  );
}

/** Time controls are named before tests, tests before passages. */
function weight(control: ControlRow): number {
  if (control.stage === undefined) return control.kind === "PASSAGE" ? 0 : 3;
  return control.kind === "SS_START" ? 2 : 1;
}

function Flags(props: {
  onRoad: [string, CarRow][]; road: Road; y: number; lanes: number; highlight: string | undefined;
}) {
  const marks = props.onRoad.map(([id, car], i) => ({
    id, x: props.road.x(car.km ?? 0), width: Math.max(2, id.length) * DIGIT + 4,
    weight: id === props.highlight ? 1e6 : props.onRoad.length - i,
  }));
  return (
    <g class="flags">
      {layOut(marks, props.lanes).map(({ id, x, lane }) => (
        <Flag key={id} id={id} x={x} lane={lane} y={props.y} car={cars.value[id]} highlight={id === props.highlight} />
      ))}
    </g>
  );
}

function Flag(props: {
  id: string; x: number; lane: number | undefined; y: number; car: CarRow | undefined; highlight: boolean;
}) {
  const { id, x, lane, y } = props;
  const width = Math.max(2, id.length) * DIGIT + 4;
  const top = lane === undefined ? y - 5 : y - 7 - (lane + 1) * LANE + (LANE - FLAG_HEIGHT);
  const kind = props.highlight ? "flag chosen" : props.car?.course_car ? "flag course" : "flag";
  return (
    <g class={kind} onClick={() => go(`/cars/${encodeURIComponent(id)}`)}>
      <title>{`${t("strip.car", { car: id, km: kmText(props.car?.km ?? 0) })} ${props.car?.driver ?? ""}`}</title>
      {lane === undefined ? <circle cx={x} cy={y} r="2.6" /> : (
        <>
          <path class="staff" d={`M${x} ${y}V${top + FLAG_HEIGHT}`} />
          <rect x={x - width / 2} y={top} width={width} height={FLAG_HEIGHT} rx="2" />
          <text x={x} y={top + 11.4}>{id}</text>
        </>
      )}
    </g>
  );
}

/** The stage strip: a leg as a line, its controls as ticks, the cars by their distance. Plain SVG. */
import { cars, controls, stages } from "../live/store";
import type { CarRow, Rows } from "../live/state";
import { inRoadOrder, isTimeControl, isTimed, timedGroups, timedSpans } from "../live/road";
import { Panel } from "../ui/pieces";
import { kmText } from "../ui/format";
import { go } from "../ui/router";
import { t } from "../ui/text";
import { useWidth } from "../ui/width";
import { layOut } from "./layout";

const MARGIN = 18;
const FLAG_HEIGHT = 15;
const LANE = 17;
const LABELS = 40;
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
  const label = t("strip.label", { leg: props.leg, km: kmText(road.km), n: onRoad.length });
  return (
    <Panel class="strip" title={props.title ?? t("strip.title", { leg: props.leg })}
      note={`${kmText(road.km)} km · ${t("strip.onroad", { n: onRoad.length })}`}>
      <div ref={ref} class="strip-box">
        <svg width={width} height={line + LABELS} role="img" aria-label={label}>
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
  return (
    <g class="timed">
      {timedSpans(controls.value).filter((span) => span.leg === props.leg).map(({ stage, from, to }) => (
        <path key={stage} d={`M${props.road.x(from)} ${props.y}H${Math.max(props.road.x(to), props.road.x(from) + 3)}`}>
          <title>{`${stage} ${stages.value[stage]?.name ?? ""}`}</title>
        </path>
      ))}
    </g>
  );
}

function Ticks(props: { leg: number; road: Road; y: number }) {
  const { road, y } = props;
  const ticks = inRoadOrder(controls.value, props.leg).filter(([, control]) => control.km !== undefined);
  const untimed = ticks.filter(([, control]) => !isTimed(control));
  const groups = timedGroups(controls.value).filter((group) => group.leg === props.leg);
  const named = [
    ...untimed.map(([id, c]) => ({ id, x: road.x(c.km ?? 0), weight: isTimeControl(c) ? 3 : 1 })),
    ...groups.map(({ label, from, to }) => ({ id: label, x: road.x((from + to) / 2), weight: 2 })),
  ].map((mark) => ({ ...mark, width: mark.id.length * 6.2 + 4 }));
  const kinds = new Map(named.map(({ id, weight }) => [id, ["", "", "timed-name", "main"][weight] ?? ""]));
  return (
    <g class="ticks">
      {ticks.map(([id, control]) => (
        <path key={id} class={isTimeControl(control) ? "tick main" : "tick"}
          d={isTimeControl(control) ? `M${road.x(control.km ?? 0)} ${y}v9` : `M${road.x(control.km ?? 0)} ${y - 3}v6`}>
          <title>{`${id} ${control.name}, km ${kmText(control.km ?? 0)}`}</title>
        </path>
      ))}
      {layOut(named, 2, 3).map(({ id, x, lane }) => (
        lane === undefined ? null : <text key={id} class={kinds.get(id)} x={x} y={y + 21 + lane * 13}>{id}</text>
      ))}
    </g>
  );
}

function Flags(props: {
  onRoad: [string, CarRow][]; road: Road; y: number; lanes: number; highlight: string | undefined;
}) {
  const marks = props.onRoad.map(([id, car], i) => ({
    id, x: props.road.x(car.km ?? 0), width: Math.max(2, id.length) * DIGIT + 4,
    weight: id === props.highlight ? 1e6 : props.onRoad.length - i,
  }));
  const laid = layOut(marks, props.lanes);
  return (
    <g class="flags">
      {/* All staffs before all plates, or the staff of a high plate crosses out the number of a low one. */}
      {laid.map(({ id, x, lane }) => (
        lane === undefined ? null : (
          <path key={`|${id}`} class={id === props.highlight ? "staff chosen" : "staff"}
            d={`M${x} ${props.y}V${topOf(props.y, lane) + FLAG_HEIGHT}`} />
        )
      ))}
      {laid.map(({ id, x, lane }) => (
        <Flag key={id} id={id} x={x} lane={lane} y={props.y} car={cars.value[id]} highlight={id === props.highlight} />
      ))}
    </g>
  );
}

function topOf(line: number, lane: number): number {
  return line - 7 - (lane + 1) * LANE + (LANE - FLAG_HEIGHT);
}

function Flag(props: {
  id: string; x: number; lane: number | undefined; y: number; car: CarRow | undefined; highlight: boolean;
}) {
  const { id, x, lane, y } = props;
  const width = Math.max(2, id.length) * DIGIT + 4;
  const top = lane === undefined ? y : topOf(y, lane);
  const kind = props.highlight ? "flag chosen" : props.car?.course_car ? "flag course" : "flag";
  return (
    <g class={kind} onClick={() => go(`/cars/${encodeURIComponent(id)}`)}>
      <title>{`${t("strip.car", { car: id, km: kmText(props.car?.km ?? 0) })} ${props.car?.driver ?? ""}`}</title>
      {lane === undefined ? <circle cx={x} cy={y} r="2.6" /> : (
        <>
          <rect x={x - width / 2} y={top} width={width} height={FLAG_HEIGHT} rx="2" />
          <text x={x} y={top + 11.4}>{id}</text>
        </>
      )}
    </g>
  );
}

/** Where the car has been, over the line of its leg: a small plan without a map, and without speeds. */
import { useEffect, useState } from "preact/hooks";
import type { Feature, LineString, Position } from "geojson";
import { getJson } from "../live/api";
import { cars } from "../live/store";
import { boundsOf, type Route } from "../map/shapes";
import { Panel } from "../ui/pieces";
import { t } from "../ui/text";

type TraceFeature = Feature<LineString, { at?: string[]; metres?: number[] }>;

const SIZE = 400;
const EDGE = 16;
const REFRESH_MS = 15_000;

export function Trace(props: { car: string; leg: number }) {
  const [route, setRoute] = useState<Route>();
  const [trace, setTrace] = useState<TraceFeature>();
  useEffect(() => {
    getJson<Route>("/api/route").then(setRoute, () => undefined); // without the route there is no plan
  }, []);
  useEffect(() => {
    const read = () =>
      getJson<TraceFeature>(`/api/cars/${encodeURIComponent(props.car)}/trace`).then(setTrace, () => undefined);
    void read();
    const timer = setInterval(() => void read(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [props.car]);

  const leg = route?.features.find((feature) => feature.properties.leg === props.leg)?.geometry.coordinates ?? [];
  const driven = trace?.geometry?.coordinates ?? [];
  const plan = planOf(leg.length > 0 ? leg : driven);
  const row = cars.value[props.car];
  return (
    <Panel title={t("car.trace")}>
      {plan === undefined || (driven.length === 0 && row?.lat === undefined) ? <p class="nothing">{t("car.noTrace")}</p> : (
        <svg class="plan" viewBox={`0 0 ${SIZE} ${plan.height}`} role="img" aria-label={t("car.trace")}>
          <path class="plan-road" d={plan.path(leg)} />
          <path class="plan-driven" d={plan.path(driven)} />
          {row?.lat === undefined || row.lon === undefined ? null : <Dot at={plan.place([row.lon, row.lat])} />}
        </svg>
      )}
    </Panel>
  );
}

function Dot(props: { at: readonly [number, number] }) {
  return <circle class="plan-car" cx={props.at[0]} cy={props.at[1]} r="6" />;
}

/** A plan true to shape at this latitude, as wide as the panel; undefined without a line. */
function planOf(line: readonly Position[]) {
  const box = boundsOf(line);
  if (box === undefined) return undefined;
  const [west, south, east, north] = box;
  const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const across = Math.max((east - west) * squeeze, (north - south) / 1.4, 1e-4);
  const scale = (SIZE - 2 * EDGE) / across;
  const shift = (SIZE - (east - west) * squeeze * scale) / 2;
  const place = ([lon, lat]: Position): [number, number] => [
    shift + ((lon as number) - west) * squeeze * scale, EDGE + (north - (lat as number)) * scale,
  ];
  const path = (points: readonly Position[]) =>
    points.length < 2 ? "" : `M${points.map((p) => place(p).map((v) => v.toFixed(1)).join(" ")).join("L")}`;
  return { height: Math.ceil((north - south) * scale + 2 * EDGE), place, path };
}

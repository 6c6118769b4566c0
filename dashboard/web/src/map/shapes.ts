/** What the map draws, as GeoJSON made from the live state. Pure. */
import type { Feature, FeatureCollection, LineString, Point, Position } from "geojson";
import type { CarRow, ControlRow, Rows } from "../live/state";

export type Route = FeatureCollection<LineString, { leg: number; metres?: number[] }>;
export type Bounds = [number, number, number, number];

/** The route with the leg of today marked. */
export function routeShape(route: Route, today: number): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: route.features.map((f) => ({ ...f, properties: { leg: f.properties.leg, today: f.properties.leg === today } })),
  };
}

/** The parts of the route between the first and the last line of each stage. */
export function timedShape(route: Route, controls: Rows<ControlRow>): FeatureCollection {
  const spans = new Map<string, { leg: number; from: number; to: number }>();
  for (const c of Object.values(controls)) {
    if (c.stage === undefined || c.km === undefined) continue;
    const at = c.km * 1000;
    const span = spans.get(c.stage) ?? { leg: c.leg, from: at, to: at };
    spans.set(c.stage, { leg: c.leg, from: Math.min(span.from, at), to: Math.max(span.to, at) });
  }
  const features = [...spans].flatMap(([stage, span]): Feature[] => {
    const leg = route.features.find((f) => f.properties.leg === span.leg);
    const line = leg === undefined ? [] : cut(leg, span.from, span.to);
    return line.length < 2 ? [] : [{
      type: "Feature", properties: { stage }, geometry: { type: "LineString", coordinates: line },
    }];
  });
  return { type: "FeatureCollection", features };
}

function cut(leg: Feature<LineString, { metres?: number[] }>, from: number, to: number): Position[] {
  const { metres } = leg.properties;
  if (metres === undefined) return [];
  return leg.geometry.coordinates.filter((_, i) => (metres[i] ?? -1) >= from && (metres[i] ?? Infinity) <= to);
}

function point(lon: number, lat: number, properties: Record<string, unknown>): Feature<Point> {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

/** Controls with a place; time controls are `main`. */
export function controlShape(controls: Rows<ControlRow>): FeatureCollection {
  const features = Object.entries(controls).flatMap(([id, c]) =>
    c.lat === undefined || c.lon === undefined ? []
      : [point(c.lon, c.lat, { id, name: c.name, main: c.stage === undefined && c.kind !== "PASSAGE" })]);
  return { type: "FeatureCollection", features };
}

/** Cars with a place; `quietBefore` (ms) tells whose position is old. */
export function carShape(cars: Rows<CarRow>, followed: string, quietBefore: number): FeatureCollection {
  const features = Object.entries(cars).flatMap(([car, row]) => {
    if (row.lat === undefined || row.lon === undefined) return [];
    const kind = car === followed ? "chosen" : row.course_car ? "course" : "car";
    const quiet = row.at !== undefined && Date.parse(row.at) < quietBefore;
    return [point(row.lon, row.lat, { car, kind, quiet, order: row.order })];
  });
  return { type: "FeatureCollection", features };
}

/** The smallest box around all lines, [west, south, east, north], or undefined when there is none. */
export function boundsOf(shapes: readonly Position[]): Bounds | undefined {
  if (shapes.length === 0) return undefined;
  const box: Bounds = [180, 90, -180, -90];
  for (const [lon, lat] of shapes as [number, number][]) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

/** Lines of latitude and longitude around a box, so that a sheet without tiles has a scale to the eye. */
export function gridShape(box: Bounds): FeatureCollection {
  const step = gridStep(Math.max(box[2] - box[0], box[3] - box[1]));
  const [west, south, east, north] = [box[0] - 8 * step, box[1] - 8 * step, box[2] + 8 * step, box[3] + 8 * step];
  const features: Feature[] = [];
  const line = (coordinates: Position[]) =>
    features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } });
  for (let lon = Math.ceil(west / step) * step; lon <= east; lon += step) line([[lon, south], [lon, north]]);
  for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) line([[west, lat], [east, lat]]);
  return { type: "FeatureCollection", features };
}

/** A grid of whole, halves or tenths of a degree with about eight lines across. */
function gridStep(span: number): number {
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((step) => span / step <= 10) ?? 2;
}

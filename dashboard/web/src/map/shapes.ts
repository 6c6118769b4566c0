/** What the map draws, as GeoJSON made from the live state. Pure. */
import type { Feature, FeatureCollection, LineString, Point, Position } from "geojson";
import { isTimeControl, isTimed, timedGroups, timedSpans } from "../live/road";
import type { CarRow, ControlRow, Rows } from "../live/state";

/** `basemap` is where the organizer's own map is, if there is one. */
export type Route = FeatureCollection<LineString, { leg: number; metres?: number[] }> & { readonly basemap?: string };
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
  const features = timedSpans(controls).flatMap(({ stage, leg: number, from, to }): Feature[] => {
    const leg = route.features.find((f) => f.properties.leg === number);
    const line = leg === undefined ? [] : cut(leg, from * 1000, to * 1000);
    return line.length < 2 ? [] : [{
      type: "Feature", properties: { stage }, geometry: { type: "LineString", coordinates: line },
    }];
  });
  return { type: "FeatureCollection", features };
}

/** The points of a leg between two distances (m), its two ends interpolated. */
function cut(leg: Feature<LineString, { metres?: number[] }>, from: number, to: number): Position[] {
  const { metres } = leg.properties;
  const points = leg.geometry.coordinates;
  if (metres === undefined || metres.length !== points.length) return [];
  const inside = points.filter((_, i) => (metres[i] as number) > from && (metres[i] as number) < to);
  return [placeAt(points, metres, from), ...inside, placeAt(points, metres, to)];
}

function placeAt(points: readonly Position[], metres: readonly number[], at: number): Position {
  const next = metres.findIndex((m) => m >= at);
  if (next < 0) return points.at(-1) as Position;
  if (next === 0) return points[0] as Position;
  const [a, b] = [points[next - 1] as Position, points[next] as Position];
  const [from, to] = [metres[next - 1] as number, metres[next] as number];
  const share = to > from ? (at - from) / (to - from) : 0;
  return [0, 1].map((axis) => (a[axis] as number) + share * ((b[axis] as number) - (a[axis] as number)));
}

function point(lon: number, lat: number, properties: Record<string, unknown>): Feature<Point> {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

/** Controls with a place. Time controls are `main`; a timed line is named by its group, once, at the start. */
export function controlShape(controls: Rows<ControlRow>): FeatureCollection {
  const starts = new Map(timedGroups(controls).map((group) => [`${group.leg}/${group.from}`, group.label]));
  const features = Object.entries(controls).flatMap(([id, c]) => {
    if (c.lat === undefined || c.lon === undefined) return [];
    const label = isTimed(c) ? (starts.get(`${c.leg}/${c.km}`) ?? "") : id;
    return [point(c.lon, c.lat, { id: label, name: c.name, main: isTimeControl(c), timed: isTimed(c) })];
  });
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

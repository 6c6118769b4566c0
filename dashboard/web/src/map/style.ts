/** The map's own style: a plain sheet with its grid or the organizer's map, the road, the controls, the cars. No fonts fetched. */
import type { LayerSpecification, StyleSpecification, VectorSourceSpecification } from "maplibre-gl";

interface Inks {
  readonly paper: string; readonly grid: string; readonly casing: string; readonly road: string;
  readonly timed: string; readonly ink: string; readonly soft: string; readonly plate: string;
  readonly plateInk: string; readonly chosen: string; readonly chosenInk: string; readonly course: string;
}

const INKS: Readonly<Record<"light" | "dark", Inks>> = {
  light: {
    paper: "#f4efe2", grid: "#e2dac6", casing: "#fffdf6", road: "#6a6558", timed: "#b3271e", ink: "#17191d",
    soft: "#6a6558", plate: "#17191d", plateInk: "#fdfaf1", chosen: "#b3271e", chosenInk: "#fffdf6", course: "#8a8474",
  },
  dark: {
    paper: "#101317", grid: "#1e232a", casing: "#0b0d10", road: "#a39c8a", timed: "#ff6d4d", ink: "#efe9da",
    soft: "#a39c8a", plate: "#efe9da", plateInk: "#101317", chosen: "#ff6d4d", chosenInk: "#101317", course: "#6f6a5e",
  },
};

const FONT = ["sans-serif"];
const EMPTY = { type: "FeatureCollection" as const, features: [] };

/** What lies beneath the road, where the organizer has given a map. */
export interface Beneath {
  readonly source: VectorSourceSpecification;
  readonly ground: (theme: "light" | "dark") => LayerSpecification[];
  readonly names: (theme: "light" | "dark") => LayerSpecification[];
}

/** The whole style for one theme; the sources of the rally are filled later. */
export function mapStyle(theme: "light" | "dark", beneath?: Beneath): StyleSpecification {
  const inks = INKS[theme];
  const source = { type: "geojson" as const, data: EMPTY };
  const own = { grid: source, route: source, timed: source, controls: source, cars: source };
  const rally = [...road(inks), ...controlLayers(inks), ...carLayers(inks)];
  const [paper, grid] = ground(inks) as [LayerSpecification, LayerSpecification];
  if (beneath === undefined) return { version: 8, sources: own, layers: [paper, grid, ...rally] };
  return {
    version: 8, sources: { basemap: beneath.source, ...own },
    layers: [paper, ...beneath.ground(theme), ...beneath.names(theme), ...rally],
  };
}

function ground(inks: Inks): LayerSpecification[] {
  return [
    { id: "paper", type: "background", paint: { "background-color": inks.paper } },
    { id: "grid", type: "line", source: "grid", paint: { "line-color": inks.grid, "line-width": 1 } },
  ];
}

function road(inks: Inks): LayerSpecification[] {
  const join = { "line-join": "round", "line-cap": "round" } as const;
  const wide = (near: number, far: number) =>
    ["interpolate", ["linear"], ["zoom"], 6, far, 14, near] as unknown as number;
  return [
    { id: "casing", type: "line", source: "route", layout: join,
      paint: { "line-color": inks.casing, "line-width": wide(10, 4) } },
    { id: "road", type: "line", source: "route", layout: join,
      paint: { "line-color": inks.road, "line-width": wide(4, 1.4),
        "line-opacity": ["case", ["get", "today"], 1, 0.45] } },
    { id: "timed", type: "line", source: "timed", layout: join,
      paint: { "line-color": inks.timed, "line-width": wide(6, 2.6) } },
  ];
}

function controlLayers(inks: Inks): LayerSpecification[] {
  return [
    { id: "control", type: "circle", source: "controls",
      paint: { "circle-radius": ["case", ["get", "main"], 4.5, 2.6], "circle-color": inks.paper,
        "circle-stroke-color": inks.ink, "circle-stroke-width": ["case", ["get", "main"], 1.8, 1.2] } },
    { id: "control-name", type: "symbol", source: "controls",
      layout: { "text-field": ["get", "id"], "text-font": FONT, "text-size": 11, "text-offset": [0, 1.1],
        "text-anchor": "top", "text-optional": true, "symbol-sort-key": ["case", ["get", "main"], 0, 1] },
      paint: { "text-color": ["case", ["get", "timed"], inks.timed, ["get", "main"], inks.ink, inks.soft], "text-halo-color": inks.paper, "text-halo-width": 1.6 } },
  ];
}

/** Each car is a dot; where there is room, its number stands on a plate over it. */
function carLayers(inks: Inks): LayerSpecification[] {
  const order = ["course", "car", "chosen"] as const;
  const dots = order.map((kind): LayerSpecification => ({
    id: kind, type: "circle", source: "cars", filter: ["==", ["get", "kind"], kind],
    paint: { "circle-radius": kind === "chosen" ? 7 : 4.5, "circle-color": plateInks(inks, kind)[0],
      "circle-stroke-color": inks.paper, "circle-stroke-width": 1.2,
      "circle-opacity": ["case", ["get", "quiet"], 0.45, 1] },
  }));
  const plates = order.map((kind): LayerSpecification => ({
    id: `${kind}-plate`, type: "symbol", source: "cars", filter: ["==", ["get", "kind"], kind],
    layout: { "text-field": ["get", "car"], "text-font": FONT, "text-size": kind === "chosen" ? 14 : 12,
      "icon-image": `plate-${kind}`, "icon-text-fit": "both", "icon-text-fit-padding": [2, 4, 1, 4],
      "text-allow-overlap": kind === "chosen", "icon-allow-overlap": kind === "chosen",
      "symbol-sort-key": ["get", "order"], "text-padding": 1, "icon-padding": 1, "text-anchor": "bottom",
      "text-offset": [0, -0.75] },
    paint: { "text-color": plateInks(inks, kind)[1], "icon-opacity": ["case", ["get", "quiet"], 0.6, 1] },
  }));
  return [...dots, ...plates];
}

function plateInks(inks: Inks, kind: "course" | "car" | "chosen"): readonly [string, string] {
  if (kind === "chosen") return [inks.chosen, inks.chosenInk];
  return kind === "course" ? [inks.course, inks.plateInk] : [inks.plate, inks.plateInk];
}

const PLATE = { width: 16, height: 16, ratio: 2, radius: 2.5 };

/** The picture behind a number, `plate-car`, `plate-course` or `plate-chosen`; null for another name. */
export function plateImage(name: string, theme: "light" | "dark"): ImageData | null {
  const kind = /^plate-(car|course|chosen)$/.exec(name)?.[1] as "car" | "course" | "chosen" | undefined;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [PLATE.width * PLATE.ratio, PLATE.height * PLATE.ratio];
  const pen = canvas.getContext("2d");
  if (kind === undefined || pen === null) return null;
  pen.fillStyle = plateInks(INKS[theme], kind)[0];
  pen.strokeStyle = INKS[theme].paper;
  pen.lineWidth = PLATE.ratio;
  pen.beginPath();
  pen.roundRect(1, 1, canvas.width - 2, canvas.height - 2, PLATE.radius * PLATE.ratio);
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * The organizer's base map beneath the road: a PMTiles file in the schema of Protomaps' basemap (version 4), drawn
 * quietly in the board's own colours, so that the road, the controls and the cars stay what is seen first.
 */
import type { LayerSpecification, VectorSourceSpecification } from "maplibre-gl";
import type * as MapLibre from "maplibre-gl";
import { PMTiles } from "pmtiles";

interface Ground {
  readonly earth: string; readonly water: string; readonly green: string; readonly town: string; readonly building: string;
  readonly road: string; readonly track: string; readonly border: string; readonly ink: string; readonly halo: string;
  readonly waterInk: string;
}

const GROUNDS: Readonly<Record<"light" | "dark", Ground>> = {
  light: {
    earth: "#f4efe2", water: "#c9d8db", green: "#e4e7cf", town: "#ece4d3", building: "#e0d6c1", road: "#fffdf6", track: "#e3dac5",
    border: "#b9ad92", ink: "#5d5749", halo: "#f4efe2", waterInk: "#4a6870",
  },
  dark: {
    earth: "#12161a", water: "#0a1a22", green: "#141d18", town: "#181c21", building: "#1e232a", road: "#2a3037", track: "#21262c",
    border: "#4a5159", ink: "#9a937f", halo: "#101317", waterInk: "#6f909b",
  },
};

export interface Basemap {
  readonly source: VectorSourceSpecification;
  /** Who made the data, in words. */
  readonly credit: string;
}

const SCHEME = "basemap";

/** Make a base map's tiles known to MapLibre. Rejects where the file cannot be read. */
export async function openBasemap(gl: typeof MapLibre, path: string): Promise<Basemap> {
  const archive = new PMTiles(new URL(path, location.origin).href);
  const [header, metadata] = await Promise.all([archive.getHeader(), archive.getMetadata()]);
  gl.addProtocol(SCHEME, async ({ url }, { signal }) => {
    const [z, x, y] = (/(\d+)\/(\d+)\/(\d+)$/.exec(url) ?? []).slice(1).map(Number) as [number, number, number];
    const tile = await archive.getZxy(z, x, y, signal);
    return { data: tile?.data ?? new ArrayBuffer(0) }; // where the archive has nothing, nothing is drawn
  });
  const credit = (metadata as { attribution?: unknown } | undefined)?.attribution;
  return {
    source: {
      type: "vector", tiles: [`${SCHEME}://{z}/{x}/{y}`], minzoom: header.minZoom, maxzoom: header.maxZoom,
      bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
    },
    credit: textOf(typeof credit === "string" ? credit : ""),
  };
}

/** The words of a piece of HTML: an archive is a stranger's file, and no markup of it comes into the page. */
function textOf(html: string): string {
  const plain = document.createElement("textarea");
  plain.innerHTML = html.replace(/<[^>]*>?/g, ""); // here only entities are read, never tags
  return plain.value.trim();
}

const FONT = ["sans-serif"];
const LAND_USE_GREEN = ["park", "forest", "wood", "nature_reserve", "national_park", "protected_area", "grass", "meadow", "orchard", "golf_course", "cemetery", "grassland", "scrub", "farmland"];
const LAND_USE_TOWN = ["residential", "commercial", "industrial", "school", "hospital", "university", "military", "airport", "aerodrome"];

/** The layers beneath the road. */
export function groundLayers(theme: "light" | "dark"): LayerSpecification[] {
  const g = GROUNDS[theme];
  const base = { source: "basemap" } as const;
  const kind = (...kinds: string[]) => ["in", ["get", "kind"], ["literal", kinds]] as never;
  const wide = (...stops: number[]) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops] as never;
  const road = (id: string, color: string, filter: never, width: never, minzoom: number): LayerSpecification => ({
    ...base, id, type: "line", "source-layer": "roads", filter, minzoom,
    layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": color, "line-width": width },
  });
  return [
    { ...base, id: "bm-earth", type: "fill", "source-layer": "earth", paint: { "fill-color": g.earth } },
    { ...base, id: "bm-cover", type: "fill", "source-layer": "landcover", maxzoom: 9, filter: kind("forest", "grassland", "scrub", "farmland"),
      paint: { "fill-color": g.green, "fill-opacity": 0.7 } },
    { ...base, id: "bm-green", type: "fill", "source-layer": "landuse", filter: kind(...LAND_USE_GREEN), paint: { "fill-color": g.green } },
    { ...base, id: "bm-town", type: "fill", "source-layer": "landuse", filter: kind(...LAND_USE_TOWN), paint: { "fill-color": g.town } },
    { ...base, id: "bm-water", type: "fill", "source-layer": "water", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": g.water } },
    { ...base, id: "bm-stream", type: "line", "source-layer": "water", filter: ["==", ["geometry-type"], "LineString"], minzoom: 9,
      paint: { "line-color": g.water, "line-width": wide(9, 0.6, 15, 2.5) } },
    { ...base, id: "bm-building", type: "fill", "source-layer": "buildings", minzoom: 13, paint: { "fill-color": g.building } },
    { ...base, id: "bm-border", type: "line", "source-layer": "boundaries", paint: { "line-color": g.border, "line-width": 0.8, "line-dasharray": [4, 3] } },
    road("bm-track", g.track, kind("path", "other"), wide(13, 0.6, 17, 2), 13),
    road("bm-minor", g.road, kind("minor_road"), wide(11, 0.4, 17, 6), 11),
    road("bm-major", g.road, kind("major_road"), wide(7, 0.5, 17, 9), 7),
    road("bm-highway", g.road, kind("highway"), wide(5, 0.6, 17, 12), 5),
  ];
}

/** The names of places, over the ground and under the rally's own signs. */
export function nameLayers(theme: "light" | "dark"): LayerSpecification[] {
  const g = GROUNDS[theme];
  const name = ["coalesce", ["get", "name"], ""] as never;
  const halo = { "text-halo-color": g.halo, "text-halo-width": 1.4 };
  return [
    { id: "bm-water-name", type: "symbol", source: "basemap", "source-layer": "water", filter: ["==", ["geometry-type"], "Point"], minzoom: 8,
      layout: { "text-field": name, "text-font": FONT, "text-size": 11, "text-max-width": 7 }, paint: { "text-color": g.waterInk, ...halo } },
    { id: "bm-place", type: "symbol", source: "basemap", "source-layer": "places",
      filter: ["in", ["get", "kind"], ["literal", ["locality", "region", "country", "neighbourhood"]]] as never,
      layout: { "text-field": name, "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 6, 11, 14, 14] as never,
        "symbol-sort-key": ["-", 0, ["coalesce", ["get", "population_rank"], 0]] as never, "text-padding": 6, "text-max-width": 8 },
      paint: { "text-color": g.ink, ...halo } },
  ];
}

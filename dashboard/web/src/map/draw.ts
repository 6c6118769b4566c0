/** The map itself: one instance a visit, its sources filled from the live state once a second. */
import { effect } from "@preact/signals";
import type { GeoJSONSource, Map as GlMap } from "maplibre-gl";
import { getJson } from "../live/api";
import { rallyInstant } from "../live/clock";
import { cars, controls, rally } from "../live/store";
import { go, withQuery } from "../ui/router";
import { theme } from "../ui/theme";
import { mapLibrary } from "./library";
import { boundsOf, carShape, controlShape, gridShape, type Route, routeShape, timedShape } from "./shapes";
import { type Beneath, mapStyle, plateImage } from "./style";

export interface RallyMap {
  /** Keep this car in the middle; an empty number lets the map rest. */
  follow(car: string): void;
  /** Who made the base map, in words; empty without one. */
  readonly credit: string;
  /** Show the whole route. */
  whole(): void;
  remove(): void;
}

const REFRESH_MS = 1_000;
const QUIET_MS = 60_000;
const FOLLOW_ZOOM = 12;
/** px; more above, where the tools are. */
const PADDING = { top: 64, right: 48, bottom: 40, left: 40 };

/** Draw the map into `box`. Rejects when the library or WebGL 2 is missing. */
export async function drawMap(box: HTMLDivElement): Promise<RallyMap> {
  const [gl, route] = await Promise.all([mapLibrary(), getJson<Route>("/api/route")]);
  const beneath = route.basemap === undefined ? undefined : await groundOf(gl, route.basemap);
  const map = new gl.Map({
    container: box, style: mapStyle(theme.peek(), beneath), fadeDuration: 0, attributionControl: false,
    dragRotate: false, pitchWithRotate: false, touchPitch: false, maxZoom: 17,
    bounds: boundsOfLeg(route, rally.peek()?.leg) ?? [-180, -60, 180, 70], fitBoundsOptions: { padding: PADDING },
  });
  map.touchZoomRotate.disableRotation();
  // Asked for again after each change of colours, which empties the style.
  map.setMissingStyleImageResolver((id) => {
    const image = plateImage(id, theme.peek());
    if (image !== null && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: 2 });
  });
  map.addControl(new gl.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new gl.ScaleControl({ unit: "metric", maxWidth: 140 }), "bottom-left");
  await new Promise<void>((resolve) => map.once("load", () => resolve()));
  return new Drawn(map, route, beneath);
}

type Ground = Beneath & { readonly credit: string };

/** The organizer's map; a file that cannot be read leaves the plain ground, and the console says why. */
async function groundOf(gl: Awaited<ReturnType<typeof mapLibrary>>, path: string): Promise<Ground | undefined> {
  try {
    const { openBasemap, groundLayers, nameLayers } = await import("./basemap");
    return { ...(await openBasemap(gl, path)), ground: groundLayers, names: nameLayers };
  } catch (reason) {
    console.warn("no base map:", reason);
    return undefined;
  }
}

/** The box around one leg, or around all where that leg has no line. */
function boundsOfLeg(route: Route, leg: number | undefined) {
  const some = route.features.filter((f) => f.properties.leg === leg);
  return boundsOf((some.length > 0 ? some : route.features).flatMap((f) => f.geometry.coordinates));
}

class Drawn implements RallyMap {
  private followed = "";
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly unwatch: () => void;

  readonly credit: string;

  constructor(private readonly map: GlMap, private readonly route: Route, beneath: Ground | undefined) {
    this.credit = beneath?.credit ?? "";
    let first = true;
    this.unwatch = effect(() => {
      const style = mapStyle(theme.value, beneath);
      if (!first) map.setStyle(style, { diff: false });
      first = false;
    });
    map.on("styledata", () => this.fillGround());
    for (const layer of ["car", "car-plate", "course", "course-plate"]) {
      map.on("click", layer, (event) => {
        const car: unknown = event.features?.[0]?.properties["car"];
        if (typeof car === "string") go(withQuery("car", car), true);
      });
      map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
      map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
    }
    this.fillGround();
    this.refresh();
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
  }

  follow(car: string): void {
    this.followed = car;
    this.refresh();
  }

  whole(): void {
    const box = boundsOfLeg(this.route, undefined);
    if (box !== undefined) this.map.fitBounds(box, { padding: PADDING });
  }

  remove(): void {
    clearInterval(this.timer);
    this.unwatch();
    this.map.remove();
  }

  private set(source: string, data: GeoJSON.FeatureCollection): void {
    void (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(data);
  }

  /** What does not move: set again after a change of colours, which empties the sources. */
  private fillGround(): void {
    const box = boundsOfLeg(this.route, undefined);
    if (box !== undefined) this.set("grid", gridShape(box));
    this.set("route", routeShape(this.route, rally.peek()?.leg ?? 1));
    this.set("timed", timedShape(this.route, controls.peek()));
    this.set("controls", controlShape(controls.peek()));
    this.refresh();
  }

  private refresh(): void {
    const speed = Math.max(1, rally.peek()?.speed ?? 1);
    const quietBefore = (rallyInstant() ?? 0) - QUIET_MS * speed;
    this.set("cars", carShape(cars.peek(), this.followed, quietBefore));
    const row = cars.peek()[this.followed];
    if (row?.lat === undefined || row.lon === undefined) return;
    this.map.easeTo({ center: [row.lon, row.lat], zoom: Math.max(this.map.getZoom(), FOLLOW_ZOOM), duration: 600 });
  }
}

/** Fetches MapLibre from beside the pages when a map is first wanted. */
import type * as MapLibre from "maplibre-gl";

declare const MAPLIBRE_VERSION: string;

const STYLES = `/static/vendor/maplibre-gl.css?v=${MAPLIBRE_VERSION}`;
const MODULE = `/static/vendor/maplibre-gl.mjs?v=${MAPLIBRE_VERSION}`;

let loaded: Promise<typeof MapLibre> | undefined;

/** The library. Rejects when the browser has no WebGL 2 or the file cannot be had. */
export function mapLibrary(): Promise<typeof MapLibre> {
  loaded ??= load().catch((reason: unknown) => {
    loaded = undefined; // another visit may try again
    throw reason;
  });
  return loaded;
}

async function load(): Promise<typeof MapLibre> {
  if (document.createElement("canvas").getContext("webgl2") === null) throw new Error("no WebGL 2");
  await styles();
  // The address is made at run time, so that the bundler leaves the module alone: it must find its worker beside it.
  return (await import(MODULE)) as typeof MapLibre;
}

function styles(): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = STYLES;
    link.onload = () => resolve();
    link.onerror = () => reject(new Error(`${STYLES} not found`));
    document.head.append(link);
  });
}

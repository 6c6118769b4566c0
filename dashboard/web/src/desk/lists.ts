/** What can be chosen for a field of a form, from what the page knows. */
import { signal } from "@preact/signals";
import { getJson } from "../live/api";
import { inRoadOrder } from "../live/road";
import { controls, stages, standings } from "../live/store";
import type { StampRow } from "../live/state";
import { words } from "../ui/text";
import { scopeTitle } from "../board/titles";
import type { Field } from "./forms";
import { desk, protestOf } from "./store";

type List = readonly (readonly [string, string])[];

/** The devices that the service knows; read when a form first asks for one. */
const devices = signal<readonly string[] | null>(null);
let asked = false;

function knownDevices(): List {
  if (!asked) {
    asked = true;
    getJson<{ devices: Readonly<Record<string, unknown>> }>("/api/devices").then(
      (found) => { devices.value = Object.keys(found.devices).sort(); }, () => { asked = false; }, // asked again with the next form
    );
  }
  return (devices.value ?? []).map((id) => [id, id]);
}

/** The values with the words beside each; undefined where the field is typed. */
export function listFor(field: Field, typed: Readonly<Record<string, string>>): List | undefined {
  switch (field.kind) {
    case "choice":
      return field.options ?? [];
    case "control":
      return inRoadOrder(controls.value).map(([id, row]) => [id, row.name === id ? id : `${id} ${row.name}`]);
    case "stage":
      return Object.entries(stages.value).sort(([, a], [, b]) => a.leg - b.leg || a.order - b.order)
        .map(([id, row]) => [id, row.name === id ? id : `${id} ${row.name}`]);
    case "scope":
      return Object.keys(standings.value).map((id) => [id, scopeTitle(id)]);
    case "stamp":
      return Object.entries(controls.value[typed["control"] ?? ""]?.stamps ?? {})
        .sort(([, a], [, b]) => (a.at < b.at ? 1 : -1)).map(([key, row]) => [key, stampLine(row)]);
    case "protest":
      return (desk.value?.items ?? []).filter((item) => item.kind === "protest").map((item) => [protestOf(item), item.text]);
    case "device":
      return knownDevices();
    default:
      return undefined;
  }
}

function stampLine(row: StampRow): string {
  return [row.text, row.source, row.device, row.channel, row.car === undefined ? "no number" : `car ${row.car}`, words(row.disposition)]
    .filter(Boolean).join(" ");
}

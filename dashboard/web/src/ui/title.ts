/** The title of the page: what it shows, then the rally; for a tab, a bookmark and a screen reader. */
import { effect } from "@preact/signals";
import { rally, stages } from "../live/store";
import { scopeTitle } from "../board/titles";
import { address, pathParts } from "./router";
import { t } from "./text";

export const PRODUCT = "Rallykeeper";

function shown(): string {
  const [first, second] = pathParts.value;
  const query = address.value.query;
  switch (first) {
    case undefined:
      return scopeTitle(/^(leg-\d+|teams)/.exec(query.get("view") ?? "")?.[0] ?? "overall");
    case "stages":
      return stageTitle(second ?? "");
    case "cars":
      return t("car.label", { car: second ?? "" });
    case "starts": case "penalties": case "retirements": case "itinerary": case "map": case "control": case "desk":
      return [t(`nav.${first}`), second].filter(Boolean).join(" ");
    case "wall":
      return t("wall.label");
    case "embed":
      return stageTitle(query.get("scope") ?? "") || scopeTitle(query.get("scope") ?? "overall");
    default:
      return "";
  }
}

function stageTitle(id: string): string {
  const stage = stages.value[id];
  return stage === undefined ? "" : `${id} ${stage.name}`;
}

/** Keep the title true to what is shown, in the language of the page. */
export function keepTitle(): void {
  effect(() => {
    document.title = [shown(), rally.value?.name ?? PRODUCT].filter(Boolean).join(" – ");
  });
}

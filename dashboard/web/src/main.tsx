import { render } from "preact";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/table.css";
import "./styles/strip.css";
import "./styles/lists.css";
import "./styles/map.css";
import "./styles/car.css";
import "./styles/control.css";
import "./styles/why.css";
import "./styles/desk.css";
import "./styles/devices.css";
import "./styles/wall.css";
import "./styles/gaps.css";
import "./styles/print.css";
import { App } from "./app";
import { followMoment } from "./live/moment";
import { heldDocument } from "./live/store";
import { startSending } from "./control/sender";
import { startControl } from "./control/start";
import { readSession } from "./live/session";
import { startLanguage } from "./ui/language";
import { followLinks, pathParts } from "./ui/router";
import { keepTitle } from "./ui/title";

const LATER_MS = 4_000;
const later = () => import("./later");

declare global {
  interface Window {
    /** For tests and for the curious: what this page holds of the live stream. */
    rallykeeper?: { held: typeof heldDocument };
  }
}

window.rallykeeper = { held: heldDocument };
followLinks();
followMoment();
void readSession();
if (location.pathname.startsWith("/control")) startControl();
void startSending();
keepTitle();
// All pages but the board are in a piece of their own: asked for at once where one of them is wanted, else when
// the board is there, so that the first touch of a car does not wait for it.
setTimeout(() => void later().catch(() => undefined), pathParts.value[0] === undefined ? LATER_MS : 0);
// The stream is on its way meanwhile: the words are here before the first rows are.
void startLanguage().then(() => render(<App />, document.getElementById("app") as HTMLElement));

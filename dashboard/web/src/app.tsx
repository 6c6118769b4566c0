import { BoardPage } from "./board/page";
import { rally } from "./live/store";
import { Banner, Header } from "./ui/header";
import { Lazy } from "./ui/lazy";
import { language } from "./ui/language";
import { pathParts } from "./ui/router";
import { t } from "./ui/text";

// Loaded where they are opened: the first view on a telephone needs none of them.
const lists = () => import("./later").then((module) => module.ListPage);
const map = () => import("./later").then((module) => module.MapPage);
const car = () => import("./later").then((module) => module.CarPage);
const controls = () => import("./later").then((module) => module.ControlIndex);
const control = () => import("./later").then((module) => module.ControlPage);
const wall = () => import("./later").then((module) => module.WallPage);
const embed = () => import("./later").then((module) => module.EmbedPage);
const devices = () => import("./later").then((module) => module.DevicesPage);
const desk = () => import("./later").then((module) => module.DeskPage);
const why = () => import("./later").then((module) => module.WhyPage);

function Page() {
  const [first, second, third] = pathParts.value;
  if (rally.value === null) return <p class="waiting" role="status">{t("app.waiting")}</p>;
  switch (first) {
    case undefined:
      return <BoardPage />;
    case "stages":
      return <BoardPage stage={second} />;
    case "starts":
    case "penalties":
    case "retirements":
    case "itinerary":
      return <Lazy key={first} load={lists} props={{ name: first }} />;
    case "map":
      return <Lazy load={map} props={{}} />;
    case "cars":
      return second === undefined ? <BoardPage /> : <Lazy key={second} load={car} props={{ car: second }} />;
    case "control":
      return second === undefined ? <Lazy load={controls} props={{}} /> : <Lazy key={second} load={control} props={{ control: second }} />;
    case "desk":
      return <Lazy load={desk} props={{ view: second }} />;
    case "devices":
      return <Lazy load={devices} props={{}} />;
    case "why":
      return second === undefined || third === undefined ? <p class="waiting">{t("page.notFound")}</p>
        : <Lazy key={`${second}/${third}`} load={why} props={{ stage: second, car: third }} />;
    default:
      return <p class="waiting">{t("page.notFound")}</p>;
  }
}

export function App() {
  const [first] = pathParts.value;
  // Shown by themselves, without the head and the ways to other pages.
  const alone = first === "wall" ? wall : first === "embed" ? embed : undefined;
  if (alone !== undefined) {
    return rally.value === null ? <p class="waiting" role="status">{t("app.waiting")}</p> : <Lazy key={language()} load={alone} props={{}} />;
  }
  return (
    <>
      <a class="skip" href="#main">{t("app.skip")}</a>
      <Header />
      <Banner />
      {/* Rows redraw only for their own news, hence all anew in another language. */}
      <main id="main" key={language()} tabIndex={-1}>
        <Page />
      </main>
    </>
  );
}

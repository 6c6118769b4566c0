/**
 * The wall display: the lists in turn in big type, for a screen in a hall or a press room.
 *
 * `?views=overall,leg-1,stage,PC2,onstage,retired` chooses them, `?seconds=12` how long each stands. Space stops
 * it, the arrows turn the pages; moving the pointer lets it rest. Without the service it goes on with what it
 * knows and says how old that is.
 */
import { useEffect } from "preact/hooks";
import { rallySecond } from "../live/clock";
import { cars, controls, rally, results, splits, stages, standings } from "../live/store";
import { clockText } from "../ui/format";
import { Banner, Connection, State } from "../ui/header";
import { CertifiedNote, Marks, Plate, PublicationNote } from "../ui/pieces";
import { address } from "../ui/router";
import { t, words } from "../ui/text";
import { useHeight } from "../ui/width";
import { scopeTitle } from "../board/titles";
import { type Line, type Slide, slidesOf, type View, viewsOf } from "./cycle";
import { type Pace, usePace } from "./pace";
import { stayAwake } from "./awake";

const SECONDS = 12;
/** Lines and their heads are so many px high at a font of one px; see wall.css. */
const LINE_EM = 2.05;

export function WallPage() {
  const query = address.value.query;
  const seconds = Number(query.get("seconds") ?? NaN);
  const pace = usePace(1_000 * (seconds >= 3 && seconds <= 600 ? seconds : SECONDS));
  const { ref, height, fontSize } = useHeight<HTMLDivElement>(800);
  const state = {
    stages: stages.value, standings: standings.value, results: results.value, splits: splits.value, cars: cars.value,
  };
  const rows = Math.max(3, Math.floor(height / (LINE_EM * fontSize)));
  const slides = slidesOf(viewsOf(query.get("views") ?? "", state, rally.value?.leg ?? 1), state, rows);
  const count = slides.length;
  const at = count === 0 ? 0 : ((pace.turn % count) + count) % count;
  const slide = slides[at];
  useKeys(pace);
  useEffect(() => stayAwake(), []);
  return (
    <div class="wall" onPointerMove={pace.touch}>
      <header class="wall-head">
        <h1>{rally.value?.name}{rally.value?.edition ? <span class="edition">{rally.value.edition}</span> : null}</h1>
        <State />
        <Connection />
        <WallClock />
      </header>
      <Banner />
      <main id="main" tabIndex={-1} class="wall-main" aria-label={t("wall.label")}>
        {slide === undefined ? <p class="nothing">{t("wall.nothing")}</p> : <SlideHead slide={slide} />}
        <div ref={ref} class="wall-lines">{slide === undefined ? null : <Lines slide={slide} />}</div>
      </main>
      <Foot pace={pace} at={at} count={count} />
    </div>
  );
}

function WallClock() {
  const second = rallySecond.value;
  if (second === null || rally.value === null) return null;
  return <time class="clock-time">{clockText(second * 1000, rally.value.utc_offset)}</time>;
}

function titleOf(view: View): string {
  switch (view.kind) {
    case "standings": return scopeTitle(view.scope);
    case "stage": return `${view.stage} ${stages.value[view.stage]?.name ?? ""}`;
    case "onstage": return t("starts.onStage");
    case "retired": return t("nav.retirements");
  }
}

function SlideHead(props: { slide: Slide }) {
  const { view, page, pages } = props.slide;
  const stage = view.kind === "stage" ? stages.value[view.stage] : undefined;
  return (
    <div class="wall-title">
      <h2>{titleOf(view)}</h2>
      {pages < 2 ? null : <span class="facts">{t("wall.slide", { n: page, all: pages })}</span>}
      {stage === undefined ? null : <CertifiedNote stage={stage} />}
      {view.kind === "standings" ? <PublicationNote scope={view.scope} /> : null}
    </div>
  );
}

function Lines(props: { slide: Slide }) {
  const { view, page, lines } = props.slide;
  return (
    <table key={`${titleOf(view)} ${page}`} class="wall-table">
      <caption class="sr">{titleOf(view)}</caption>
      <colgroup><col class="pos" /><col class="no" /><col /><col class="num" /><col class="gap" /></colgroup>
      <thead class="sr">
        <tr>
          <th scope="col">{t(view.kind === "onstage" ? "col.stage" : "col.rank")}</th>
          <th scope="col">{t("col.number")}</th>
          <th scope="col">{t("col.crew")}</th>
          <th scope="col">{t(view.kind === "onstage" ? "col.splits" : view.kind === "retired" ? "col.stopped" : "col.total")}</th>
          <th scope="col">{t("col.gap")}</th>
        </tr>
      </thead>
      <tbody>{lines.map((line) => <WallLine key={line.key} line={line} />)}</tbody>
    </table>
  );
}

function WallLine(props: { line: Line }) {
  const { line } = props;
  const under = controls.value[line.status]?.name ?? words(line.status);
  return (
    <tr data-car={line.car}>
      <td class="pos">{line.place}</td>
      <td class="no">{line.car === "" ? null : <Plate car={line.car} />}</td>
      <td class="crew"><span class="driver">{line.name}</span> <span class="codriver">{line.second}</span></td>
      <td class="num"><span class="strong">{line.value}</span><Marks marks={line.marks} /></td>
      <td class="num gap">{under === "" ? line.gap : under}</td>
    </tr>
  );
}

/** The pages as marks, how long this one stands, and buttons for who has no keys. */
function Foot(props: { pace: Pace; at: number; count: number }) {
  const { pace, at, count } = props;
  const still = pace.stopped || pace.held;
  return (
    <footer class="wall-foot">
      <svg class="wall-progress" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {Array.from({ length: count }, (_, i) => (
          <path key={i} class={i === at ? "now" : ""} d={piece(i, count, 1)} />
        ))}
        {count === 0 ? null : <path class="done" d={piece(at, count, pace.done)} />}
      </svg>
      <p class="wall-tools">
        <span>{count === 0 ? "" : t("wall.slide", { n: at + 1, all: count })}</span>
        <span class="wall-keys">{t("wall.keys")}</span>
        {still ? <b class="wall-still">{t("wall.paused")}</b> : null}
        <button type="button" onClick={() => pace.go(-1)} aria-label={t("wall.previous")}>‹</button>
        <button type="button" onClick={pace.toggle} aria-pressed={pace.stopped}>{t(pace.stopped ? "wall.resume" : "wall.pause")}</button>
        <button type="button" onClick={() => pace.go(1)} aria-label={t("wall.next")}>›</button>
      </p>
    </footer>
  );
}

/** The stroke of one mark of the progress, `share` of it; marks stand apart by a little. */
function piece(i: number, count: number, share: number): string {
  const width = 100 / count;
  const apart = Math.min(0.4, width / 8);
  return `M${(i * width + apart).toFixed(3)} 0.5h${(Math.max(0.001, share) * (width - 2 * apart)).toFixed(3)}`;
}

function useKeys(pace: Pace): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || (event.target as Element | null)?.closest?.("button, a")) return;
      if (event.key === " ") pace.toggle();
      else if (event.key === "ArrowRight" || event.key === "PageDown") pace.go(1);
      else if (event.key === "ArrowLeft" || event.key === "PageUp") pace.go(-1);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

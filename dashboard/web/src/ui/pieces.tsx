/** Small things that several pages show. */
import type { ComponentChildren } from "preact";
import { rallyNow, silence } from "../live/clock";
import { cars, rally, stale } from "../live/store";
import { ageText } from "./format";
import { lookUp, t } from "./text";

/** A car's number on its plate, a link to its page. */
export function Plate(props: { car: string; href?: string }) {
  return (
    <a class="plate" href={props.href ?? `/cars/${encodeURIComponent(props.car)}`} aria-label={`Car ${props.car}`}>
      {props.car}
    </a>
  );
}

const MARKS = "NEPR*?~";

function marksOf(marks: string | readonly string[] | undefined): string[] {
  return marks === undefined ? [] : typeof marks === "string" ? [...marks].filter((m) => MARKS.includes(m)) : [...marks];
}

/** The letters beside a time; each says its meaning to a pointer and to a screen reader. */
export function Marks(props: { marks: string | readonly string[] | undefined }) {
  return (
    <>
      {marksOf(props.marks).map((mark) => (
        <abbr key={mark} class="mark" title={lookUp(`mark.${mark}`) ?? mark}>{mark}</abbr>
      ))}
    </>
  );
}

/** What each mark means, for the foot of a table. */
export function Legend() {
  return (
    <p class="legend">
      {[...MARKS].map((mark) => (
        <span key={mark}><b class="mark">{mark}</b> {lookUp(`mark.${mark}`)}</span>
      ))}
    </p>
  );
}

const QUIET_S = 60;

/** How old a car's position is, when it is old or when the page hears nothing. */
export function CarAge(props: { car: string }) {
  const row = cars.value[props.car];
  const offline = stale.value;
  if (offline) return <span class="age">{t("age.old", { age: ageText(silence.value) })}</span>;
  const heard = row?.heard ?? row?.at;
  if (heard === undefined || rallyNow.value === null || row?.status === "FINISHED") return null;
  const seconds = Math.floor((rallyNow.value - Date.parse(heard)) / 1000);
  const quiet = QUIET_S * Math.max(1, rally.value?.speed ?? 1);
  return seconds < quiet ? null : <span class="age">{t("car.silent", { age: ageText(seconds) })}</span>;
}

/** A titled part of a page. */
export function Panel(props: { title: string; note?: ComponentChildren; class?: string; children: ComponentChildren }) {
  return (
    <section class={`panel ${props.class ?? ""}`}>
      <h2>{props.title}{props.note === undefined ? null : <span class="note">{props.note}</span>}</h2>
      {props.children}
    </section>
  );
}

/** A list of which the first few are shown and the rest folded away. */
export function Folded(props: { items: readonly ComponentChildren[]; shown: number; more: string; class?: string }) {
  const { items, shown } = props;
  return (
    <>
      <ol class={props.class}>{items.slice(0, shown)}</ol>
      {items.length <= shown ? null : (
        <details class="folded">
          <summary>{props.more} <span class="note">{items.length - shown}</span></summary>
          <ol class={props.class}>{items.slice(shown)}</ol>
        </details>
      )}
    </>
  );
}

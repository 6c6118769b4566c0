/** Small things that several pages show. */
import type { ComponentChildren } from "preact";
import { rallyNow, silence } from "../live/clock";
import { cars, publications, rally, stale } from "../live/store";
import type { StageRow } from "../live/state";
import { ageText, clockText } from "./format";
import { lookUp, ruleWords, t } from "./text";

/** A car's number on its plate, a link to its page. */
export function Plate(props: { car: string; href?: string }) {
  return (
    <a class="plate" href={props.href ?? `/cars/${encodeURIComponent(props.car)}`} aria-label={t("car.label", { car: props.car })}>
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
    <p class="legend" aria-label={t("mark.legend")}>
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

const MINUTES = /^(\d+) min (late|early)$/;

/** Why a penalty was given: its rule, and what more is said of it in the service's or an official's own words. */
export function PenaltyReason(props: { rule: string; text?: string | undefined }) {
  const minutes = MINUTES.exec(props.text ?? "")?.[1];
  const more = minutes === undefined ? props.text : t("penalties.minutes", { n: Number(minutes) });
  return <>{ruleWords(props.rule)}{more === undefined || more === "" ? null : <span class="remark"> {more}</span>}</>;
}

/** How far a list is published: unofficial until it is issued, then in which version, when, and until when to protest. */
export function PublicationNote(props: { scope: string }) {
  const row = publications.value[props.scope];
  if (row === undefined) return <p class="publication">{t("publication.live")}</p>;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const key = row.state === "OFFICIAL" ? "official" : row.state === "SUSPENDED" ? "suspended" : "provisional";
  const said = [
    t(`publication.${key}`, { version: row.version, time: clockText(row.issued_at, offset, false) }),
    row.protest_until === undefined ? "" : t("publication.protest", { time: clockText(row.protest_until, offset, false) }),
    row.protests ? t("publication.protests", { n: row.protests }) : "",
  ];
  return <p class={`publication is-${key}`}>{said.filter(Boolean).join(" · ")}</p>;
}

/** The same of a stage's times, which the Official Timekeeper certifies. */
export function CertifiedNote(props: { stage: StageRow }) {
  const { publication, version } = props.stage;
  if (version === undefined) return <p class="publication">{t("publication.live")}</p>;
  const key = publication === "AMENDMENT_PENDING" ? "publication.amending" : "publication.certified";
  return <p class="publication is-official">{t(key, { version })}</p>;
}

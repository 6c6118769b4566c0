/** Cells that the tables share. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { CarRow } from "../live/state";
import { Plate } from "../ui/pieces";
import { Star } from "../ui/star";
import { t } from "../ui/text";

/** Driver over co-driver, and on narrow screens the car below. */
export function CrewCell(props: { car: string; row: CarRow | undefined }) {
  const row = props.row;
  return (
    <td class="crew">
      <a href={`/cars/${encodeURIComponent(props.car)}`}>
        <span class="driver">{row?.driver ?? "–"}</span>
        {row?.codriver ? <span class="codriver">{row.codriver}</span> : null}
      </a>
      <span class="car-narrow">{carText(row)}</span>
    </td>
  );
}

/** Make, model and year. */
export function carText(row: CarRow | undefined): string {
  return [row?.car, row?.year].filter(Boolean).join(", ");
}

export function CarCell(props: { row: CarRow | undefined }) {
  return (
    <td class="car wide">
      <span>{props.row?.car ?? ""}</span>
      {props.row?.year ? <span class="year">{props.row.year}</span> : null}
    </td>
  );
}

export function NumberCell(props: { car: string }) {
  return <td class="no"><Star car={props.car} /><Plate car={props.car} /></td>;
}

/** What a result rests on is one click away from it. */
export function WhyLink(props: { stage: string; car: string; children: ComponentChildren }) {
  return (
    <a class="why-link" href={`/why/${encodeURIComponent(props.stage)}/${encodeURIComponent(props.car)}`} title={t("car.why")}>
      {props.children}
    </a>
  );
}

/** A value that is lit for a moment when it changes; the first one shown is not a change. */
export function Value(props: { text: string | undefined; class?: string }) {
  const text = props.text ?? "–";
  const shown = useRef({ text, changes: 0 });
  if (shown.current.text !== text) shown.current = { text, changes: shown.current.changes + 1 };
  const { changes } = shown.current;
  return <span key={changes} class={`${changes > 0 ? "lit " : ""}${props.class ?? ""}`}>{text}</span>;
}

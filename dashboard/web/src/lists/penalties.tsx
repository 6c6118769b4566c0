/** All penalties with their rules, car by car in the order of start. */
import { standings } from "../live/store";
import { Marks, PenaltyReason, Plate } from "../ui/pieces";
import { t } from "../ui/text";
import { CrewText } from "./starts";
import { type Line, Listed, ListHead, type Sheet, useRead } from "./sheet";

/** The sums and marks of all crews: when they stay, so does the list. */
function news(): string {
  return Object.entries(standings.value["overall"] ?? {})
    .map(([car, row]) => `${car}:${row.penalties?.text ?? ""}:${row.fails ?? ""}:${row.marks ?? ""}`).join();
}

export function PenaltiesPage() {
  const read = useRead<Sheet>("/api/sheets/penalties", news());
  const rows = read.state === "read" ? read.value.parts.flatMap((part) => part.rows) : undefined;
  return (
    <section class="list-page">
      <ListHead title={t("nav.penalties")} paper="penalties" at={read.state === "read" ? read.value.at : undefined}
        note={rows === undefined || rows.length === 0 ? undefined : t("penalties.count", { n: rows.length })} />
      <Listed read={read}>{(lines) => (lines.length === 0 ? <p class="nothing">{t("penalties.none")}</p> : (
        <table class="sheet penalties">
          <caption class="sr">{t("nav.penalties")}</caption>
          <thead>
            <tr>
              <th class="no" scope="col">{t("col.number")}</th>
              <th class="crew" scope="col">{t("col.crew")}</th>
              <th scope="col">{t("col.where")}</th>
              <th scope="col">{t("col.rule")}</th>
              <th class="num" scope="col">{t("col.penalty")}</th>
            </tr>
          </thead>
          <tbody>{lines.map((line, i) => <Penalty key={`${line["car"]}${i}`} line={line} again={lines[i - 1]?.["car"] === line["car"]} />)}</tbody>
        </table>
      ))}</Listed>
    </section>
  );
}

/** A crew's name stands once, at its first penalty; a screen reader hears it at each. */
function Penalty(props: { line: Line; again: boolean }) {
  const { line } = props;
  const car = line["car"] ?? "";
  const open = line["amount"]?.endsWith("?") ?? false;
  return (
    <tr data-car={car} class={props.again ? "again" : ""}>
      <td class="no"><Plate car={car} /></td>
      <td class="crew"><a href={`/cars/${encodeURIComponent(car)}`}><CrewText row={line} /></a></td>
      <td><span class="test-id">{line["where"] ?? ""}</span></td>
      <td class="penalty-rule"><PenaltyReason rule={line["rule"] ?? ""} text={line["text"]} /></td>
      <td class="num strong">
        {open ? <span class="status-word">{t("penalties.undecided")}</span> : line["amount"]}
        <Marks marks={open ? "?" : ""} />
      </td>
    </tr>
  );
}

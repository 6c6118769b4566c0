/** What an act changes, value by value: results first, then the lists; cars that only change places in one line. */
import { cars } from "../live/store";
import { t, words } from "../ui/text";
import { scopeTitle } from "../board/titles";
import type { Change } from "./types";
import { d } from "./words";

const FIELDS: Readonly<Record<string, string>> = {
  time: t("col.time"), driven: "Driven", deviation: t("col.deviation"), points: t("col.points"), rank: t("col.rank"),
  status: t("col.status"), source: "Source", marks: "Marks", total: t("col.total"), penalties: t("col.penalties"),
  fails: "Fails", target: "Target", done: t("col.done"), publication: "Published", state: "Published", version: "Version",
  protests: "Protests",
};
/** Fields whose values are codes. */
const CODED = new Set(["status", "publication", "state"]);
/** Lists that are read first; the rest is folded away. */
const FIRST = /^(overall|leg-\d+)$/;

interface Car { readonly car: string; readonly changes: readonly Change[] }

function byCar(rows: readonly Change[]): Car[] {
  const found = new Map<string, Change[]>();
  for (const row of rows) {
    const car = row.car ?? "";
    const list = found.get(car);
    if (list === undefined) found.set(car, [row]);
    else list.push(row);
  }
  return [...found].map(([car, changes]) => ({ car, changes }));
}

function sheets(rows: readonly Change[], ...kinds: Change["in"][]): [string, Change[]][] {
  const found = new Map<string, Change[]>();
  for (const row of rows) if (kinds.includes(row.in)) found.set(row.of, [...(found.get(row.of) ?? []), row]);
  return [...found];
}

export function Changes(props: { rows: readonly Change[] }) {
  const { rows } = props;
  if (rows.length === 0) return <p class="no-changes">{d("nothing")}</p>;
  const lists = sheets(rows, "list", "standing");
  const rest = lists.filter(([scope]) => !FIRST.test(scope));
  return (
    <div class="changes">
      {sheets(rows, "stage", "result").map(([stage, found]) => <Sheet key={`r-${stage}`} name={stage} rows={found} />)}
      {lists.filter(([scope]) => FIRST.test(scope)).map(([scope, found]) => (
        <Sheet key={`l-${scope}`} name={scopeTitle(scope)} rows={found} />
      ))}
      {rest.length === 0 ? null : (
        <details class="folded">
          <summary>{d("otherLists", { n: rest.length })}</summary>
          {rest.map(([scope, found]) => <Sheet key={scope} name={scopeTitle(scope)} rows={found} />)}
        </details>
      )}
    </div>
  );
}

function Sheet(props: { name: string; rows: readonly Change[] }) {
  const all = byCar(props.rows);
  const onlyPlace = (one: Car) => one.car !== "" && one.changes.every((change) => change.field === "rank");
  const moved = all.filter(onlyPlace);
  const touched = all.filter((one) => !onlyPlace(one));
  return (
    <section class="change-sheet" data-sheet={props.name}>
      <h4>{props.name}</h4>
      <div>
        {touched.map((one) => (
          <div key={one.car} class="change-car">
            {one.car === "" ? null : (
              <p class="change-who"><span class="plate">{one.car}</span> {cars.value[one.car]?.driver ?? ""}</p>
            )}
            <ul>
              {one.changes.map((change) => (
                <li key={change.field} data-field={change.field}>
                  <span class="change-field">{FIELDS[change.field] ?? words(change.field)}</span>
                  <span class="change-values">
                    <s>{value(change, change.before)}</s><span aria-hidden="true">→</span><b>{value(change, change.after)}</b>
                  </span>
                </li>
              ))}
            </ul>
          </div>
        ))}
        {moved.length === 0 ? null : (
          <p class="change-moved">
            {d("places")}{" "}
            {moved.map((one) => {
              const [change] = one.changes;
              return (
                <span key={one.car}><b>{one.car}</b> {change?.before ?? "–"}→{change?.after ?? "–"}</span>
              );
            })}
          </p>
        )}
      </div>
    </section>
  );
}

function value(change: Change, text: string | undefined): string {
  if (text === undefined) return "–";
  return CODED.has(change.field) ? words(text) || "in order" : text;
}

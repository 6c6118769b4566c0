/**
 * A small list for a frame in somebody else's page: `/embed?scope=overall` or a stage, `&rows=10`, `&theme=`, `&lang=`.
 * It shows what the public board shows, and nothing in it can be pressed but links to the board.
 */
import { cars, rally, results, stages, standings } from "../live/store";
import { scopeTitle } from "../board/titles";
import { Connection, State } from "../ui/header";
import { CertifiedNote, Marks, PublicationNote } from "../ui/pieces";
import { address } from "../ui/router";
import { t, words } from "../ui/text";
import { type Line, linesOf, type View } from "../wall/cycle";

const ROWS = 10;
const MOST_ROWS = 500;

function viewOf(scope: string): View | undefined {
  if (standings.value[scope] !== undefined) return { kind: "standings", scope };
  return stages.value[scope] === undefined ? undefined : { kind: "stage", stage: scope };
}

/** The same list on the board, with all that belongs to it. */
function fullOf(view: View): string {
  if (view.kind === "stage") return `/stages/${encodeURIComponent(view.stage)}`;
  const scope = view.kind === "standings" ? view.scope : "overall";
  if (scope === "overall") return "/";
  const [, kind, name] = /^(class|category)-(.*)$/.exec(scope) ?? [];
  return kind === undefined ? `/?view=${encodeURIComponent(scope)}` : `/?${kind}=${encodeURIComponent(name ?? "")}`;
}

export function EmbedPage() {
  const query = address.value.query;
  const scope = query.get("scope") ?? "overall";
  const asked = Number(query.get("rows") ?? NaN);
  const rows = Number.isInteger(asked) && asked > 0 ? Math.min(asked, MOST_ROWS) : ROWS;
  const view = viewOf(scope);
  if (view === undefined) return <main class="embed"><p class="nothing">{t("embed.none", { scope })}</p></main>;
  const stage = view.kind === "stage" ? stages.value[view.stage] : undefined;
  const title = stage === undefined ? scopeTitle(scope) : `${scope} ${stage.name}`;
  const state = {
    stages: stages.value, standings: standings.value, results: results.value, splits: {}, cars: cars.value,
  };
  return (
    <main class="embed" id="main" tabIndex={-1}>
      <header>
        <h1>{rally.value?.name}</h1>
        <h2>{title}</h2>
        <div class="embed-state"><State /><Connection /></div>
        {stage === undefined ? <PublicationNote scope={scope} /> : <CertifiedNote stage={stage} />}
      </header>
      <table class="embed-table">
        <caption class="sr">{title}</caption>
        <thead class="sr">
          <tr>
            <th scope="col">{t("col.rank")}</th><th scope="col">{t("col.number")}</th><th scope="col">{t("col.crew")}</th>
            <th scope="col">{t("col.total")}</th><th scope="col">{t("col.gap")}</th>
          </tr>
        </thead>
        <tbody>{linesOf(view, state).slice(0, rows).map((line) => <EmbedLine key={line.key} line={line} />)}</tbody>
      </table>
      <p class="embed-foot"><a href={fullOf(view)} target="_blank" rel="noopener">{t("embed.full")}</a></p>
    </main>
  );
}

function EmbedLine(props: { line: Line }) {
  const { line } = props;
  return (
    <tr data-car={line.car}>
      <td class="pos">{line.place}</td>
      <td class="no"><span class="plate">{line.car}</span></td>
      <td class="crew"><span class="driver">{line.name}</span></td>
      <td class="num strong">{line.value}<Marks marks={line.marks} /></td>
      <td class="num gap">{line.status === "" ? line.gap : words(line.status)}</td>
    </tr>
  );
}

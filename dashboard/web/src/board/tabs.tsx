/** What the board can show: the rally, a leg, one test; and the filters with the search. */
import { cars, stages, standings } from "../live/store";
import { address, go, withQuery } from "../ui/router";
import { t, words } from "../ui/text";
import { categories, classes, legs, stagesOf, type Wanted } from "./choose";

/** Keep the filters and the search when another list is chosen. */
function keeping(path: string, view?: string): string {
  const query = new URLSearchParams(address.value.query);
  query.delete("view");
  if (view !== undefined) query.set("view", view);
  const text = query.toString();
  return path + (text === "" ? "" : `?${text}`);
}

export function Tabs(props: { leg: number | undefined; stage: string | undefined; teams: boolean; across: boolean }) {
  const scopes = Object.keys(standings.value);
  const inLeg = props.leg === undefined ? [] : stagesOf(stages.value, props.leg);
  return (
    <nav class="tabs" aria-label={t("board.views")}>
      <div class="tabs-row">
        <Tab href={keeping("/")} on={props.leg === undefined && !props.teams}>{t("board.overall")}</Tab>
        {legs(stages.value, scopes).map((leg) => (
          <Tab key={leg} href={keeping("/", `leg-${leg}`)} on={leg === props.leg} within={props.stage !== undefined || props.across}>
            {t("board.leg", { leg })}
          </Tab>
        ))}
        {scopes.includes("teams") ? <Tab href={keeping("/", "teams")} on={props.teams}>{t("board.teams")}</Tab> : null}
      </div>
      {props.leg === undefined ? null : (
        <div class="tabs-row second">
          <Tab href={keeping("/", `leg-${props.leg}`)} on={props.stage === undefined && !props.across}>
            {t("board.legTotal")}
          </Tab>
          {inLeg.length < 2 ? null : (
            <Tab href={keeping("/", `leg-${props.leg}-all`)} on={props.across}>
              {t(inLeg.some(([, stage]) => stage.kind !== "SS") ? "board.allTests" : "board.allStages")}
            </Tab>
          )}
          {inLeg.map(([id, stage]) => (
            <Tab key={id} href={keeping(`/stages/${encodeURIComponent(id)}`)} on={id === props.stage}
              title={`${stage.name}, ${words(stage.status)}`} quiet={(stage.done ?? 0) === 0}>
              {id}
            </Tab>
          ))}
        </div>
      )}
    </nav>
  );
}

function Tab(props: {
  href: string; on: boolean; within?: boolean; quiet?: boolean; title?: string; children: preact.ComponentChildren;
}) {
  const current = props.on ? (props.within ? "true" : "page") : undefined;
  return (
    <a class={props.quiet ? "tab quiet" : "tab"} href={props.href} title={props.title} aria-current={current}>
      {props.children}
    </a>
  );
}

export function Filter(props: { shown: number; all: number }) {
  const { class: ofClass, category, typed, followed: only } = wanted();
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <input type="search" aria-label={t("board.find")} placeholder={t("board.find")} value={typed} autocomplete="off"
        enterkeyhint="search" onInput={(event) => go(withQuery("q", event.currentTarget.value), true)} />
      <label class="only-followed">
        <input type="checkbox" checked={only} onChange={() => go(withQuery("followed", only ? "" : "1"), true)} />
        {t("follow.only")}
      </label>
      <Choice name="class" known={classes(standings.value)} chosen={ofClass} />
      <Choice name="category" known={categories(standings.value)} chosen={category} />
      <output class="shown">{t("board.shown", { shown: props.shown, all: props.all })}</output>
    </form>
  );
}

function Choice(props: { name: "class" | "category"; known: readonly string[]; chosen: string }) {
  if (props.known.length === 0) return null;
  const title = t(`board.${props.name}`);
  return (
    <select aria-label={title} value={props.chosen}
      onChange={(event) => go(withQuery(props.name, event.currentTarget.value), true)}>
      <option value="">{t(`board.${props.name}.all`)}</option>
      {props.known.map((id) => <option key={id} value={id}>{title} {id}</option>)}
    </select>
  );
}

/** What the address narrows the lists to. */
export function wanted(): Wanted {
  const query = address.value.query;
  return { class: query.get("class") ?? "", category: query.get("category") ?? "", typed: query.get("q") ?? "", followed: query.get("followed") === "1" };
}

/** How many cars compete. */
export function competing(): number {
  return Object.values(cars.value).filter((car) => !car.course_car).length;
}

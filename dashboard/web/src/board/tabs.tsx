/** What the board can show: the rally, a leg, one test; and the class filter with the search. */
import { cars, stages, standings } from "../live/store";
import { address, go, withQuery } from "../ui/router";
import { t, words } from "../ui/text";
import { classes, legs, stagesOf } from "./choose";

/** Keep the class and the search when another list is chosen. */
function keeping(path: string, view?: string): string {
  const query = new URLSearchParams(address.value.query);
  query.delete("view");
  if (view !== undefined) query.set("view", view);
  const text = query.toString();
  return path + (text === "" ? "" : `?${text}`);
}

export function Tabs(props: { leg: number | undefined; stage: string | undefined }) {
  const scopes = Object.keys(standings.value);
  const inLeg = props.leg === undefined ? [] : stagesOf(stages.value, props.leg);
  return (
    <nav class="tabs" aria-label={t("board.views")}>
      <div class="tabs-row">
        <Tab href={keeping("/")} on={props.leg === undefined}>{t("board.overall")}</Tab>
        {legs(stages.value, scopes).map((leg) => (
          <Tab key={leg} href={keeping("/", `leg-${leg}`)} on={leg === props.leg} within={props.stage !== undefined}>
            {t("board.leg", { leg })}
          </Tab>
        ))}
      </div>
      {props.leg === undefined ? null : (
        <div class="tabs-row second">
          <Tab href={keeping("/", `leg-${props.leg}`)} on={props.stage === undefined}>{t("board.legTotal")}</Tab>
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
  const chosen = address.value.query.get("class") ?? "";
  const typed = address.value.query.get("q") ?? "";
  const known = classes(standings.value);
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <input type="search" aria-label={t("board.find")} placeholder={t("board.find")} value={typed} autocomplete="off"
        enterkeyhint="search" onInput={(event) => go(withQuery("q", event.currentTarget.value), true)} />
      {known.length === 0 ? null : (
        <select aria-label={t("board.class")} value={chosen}
          onChange={(event) => go(withQuery("class", event.currentTarget.value), true)}>
          <option value="">{t("board.class.all")}</option>
          {known.map((id) => <option key={id} value={id}>{t("board.class")} {id}</option>)}
        </select>
      )}
      <output class="shown">{t("board.shown", { shown: props.shown, all: props.all })}</output>
    </form>
  );
}

/** The car numbers that answer the search and the class, or null when neither is set. */
export function wanted(): { readonly class: string; readonly typed: string } {
  return { class: address.value.query.get("class") ?? "", typed: address.value.query.get("q") ?? "" };
}

/** How many cars compete. */
export function competing(): number {
  return Object.values(cars.value).filter((car) => !car.course_car).length;
}

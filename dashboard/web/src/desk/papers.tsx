/** What is certified and issued: the checklist before the next paper, the acts, and the papers there are. */
import { computed, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { holds } from "../live/session";
import { publications, rally, stages, standings } from "../live/store";
import { stagesOf } from "../board/choose";
import { clockText } from "../ui/format";
import { Panel } from "../ui/pieces";
import { words } from "../ui/text";
import { scopeTitle } from "../board/titles";
import { durationText } from "../why/values";
import type { ActBody } from "./act-text";
import { DraftPanel } from "./draft";
import { drop, prepare, recordedCount } from "./store";
import { d } from "./words";

type Kind = "stages" | "standings";
type Values = Readonly<Record<string, Readonly<Record<string, { readonly before?: unknown; readonly after?: unknown }>>>>;

interface List {
  readonly place: number;
  readonly digest: string;
  readonly ready: boolean;
  readonly blockers: readonly { readonly kind: string; readonly text: string; readonly car?: string; readonly stage?: string }[];
  readonly version?: number;
  readonly difference?: { readonly cars: Values };
  readonly refused?: boolean;
  readonly act?: ActBody;
  readonly refuse?: ActBody;
  readonly state?: string;
}

const chosen = signal<{ readonly kind: Kind; readonly id: string } | null>(null);
const state = computed(() => JSON.stringify([publications.value, Object.values(stages.value).map((row) => [row.publication, row.done])]));

export function Papers() {
  const open = chosen.value;
  return (
    <div class="desk-columns">
      <section class="desk-queue papers">
        <Panel title={d("classifications")}>
          <ol>{Object.keys(standings.value).map((scope) => <ListRow key={scope} scope={scope} />)}</ol>
        </Panel>
        <Panel title={d("stages")}>
          <ol>{stagesOf(stages.value).map(([id]) => <StageRow key={id} id={id} />)}</ol>
        </Panel>
        <Documents />
      </section>
      <section class="desk-work">
        {open === null ? <p class="nothing">{d("choose")}</p> : <Checklist key={`${open.kind}-${open.id}`} kind={open.kind} id={open.id} named />}
        <DraftPanel />
      </section>
    </div>
  );
}

function Paper(props: { kind: Kind; id: string; title?: string; name: string; facts: string; state: string; class?: string }) {
  const { kind, id } = props;
  const open = chosen.value?.kind === kind && chosen.value.id === id;
  return (
    <li class={`paper ${open ? "open" : ""} ${props.class ?? ""}`} data-paper={id}>
      <button type="button" aria-current={open} onClick={() => { drop(); chosen.value = { kind, id }; }}>
        <span class="test-id">{props.title ?? id}</span><span class="paper-name">{props.name}</span>
        <span class="paper-facts">{props.facts}</span><b class="paper-state">{props.state}</b>
      </button>
    </li>
  );
}

function StageRow(props: { id: string }) {
  const row = stages.value[props.id];
  if (row === undefined) return null;
  const version = row.version === undefined ? "" : ` ${d("version", { version: row.version })}`;
  return (
    <Paper kind="stages" id={props.id} name={row.name === props.id ? "" : row.name} facts={`${row.done ?? 0}/${row.expected ?? 0}`}
      state={row.publication === undefined || row.publication === "LIVE" ? words(row.status) : `${words(row.publication)}${version}`}
      class={row.publication === "AMENDMENT_PENDING" ? "urgent" : ""} />
  );
}

function ListRow(props: { scope: string }) {
  const row = publications.value[props.scope];
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <Paper kind="standings" id={props.scope} title={scopeTitle(props.scope)} name=""
      facts={row?.protest_until === undefined ? "" : d("until", { time: clockText(row.protest_until, offset, false) })}
      state={row === undefined ? words("LIVE") : `${words(row.state)} ${d("version", { version: row.version })}`} />
  );
}

/** What stands before the next version of a sheet, and the acts that make it. */
export function Checklist(props: { kind: Kind; id: string; named?: boolean; item?: string }) {
  const { kind, id } = props;
  const [list, setList] = useState<List | string>();
  const news = state.value;
  useEffect(() => {
    let gone = false;
    getJson<List>(`/api/${kind}/${encodeURIComponent(id)}/checklist`).then(
      (found) => { if (!gone) setList(found); }, (reason: Error) => { if (!gone) setList(reason.message); },
    );
    return () => { gone = true; };
  }, [kind, id, news, recordedCount.value]);
  if (list === undefined) return <p class="waiting" role="status">…</p>;
  if (typeof list === "string") return <p class="nothing" role="alert">{list}</p>;
  return (
    <div class="checklist" data-checklist={id}>
      {props.named ? <header class="matter-head"><h2>{kind === "stages" ? <><span class="test-id">{id}</span> {stages.value[id]?.name}</> : scopeTitle(id)}</h2></header> : null}
      <h3 class="desk-label">{d(kind === "stages" ? "checklist" : "checklistIssue")}</h3>
      <Blockers list={list} />
      {list.difference === undefined ? null : <Difference list={list} />}
      <PaperActs kind={kind} id={id} list={list} item={props.item} />
      <p class="facts">{d("place", { place: list.place })} · {d("digest")} <code>{list.digest.slice(0, 16)}</code></p>
    </div>
  );
}

function Blockers(props: { list: List }) {
  const { list } = props;
  if (list.ready) return <p class="all-clear">✓ {d("ready")}</p>;
  const kinds = new Map<string, List["blockers"][number][]>();
  for (const one of list.blockers) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return (
    <ul class="blockers">
      {[...kinds].map(([kind, found]) => {
        const [first] = found;
        return (
          <li key={kind}>
            <span aria-hidden="true">○</span>
            {found.length <= 3 ? <div>{found.map((one) => <p key={one.text}>{one.text}</p>)}</div> : (
              <details>
                <summary>{d("blockers", { n: found.length })} {plural(first?.text ?? "")}</summary>
                <p class="facts">{found.map((one) => one.car ?? one.stage ?? one.text).join(", ")}</p>
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** `car 7 has not driven it yet` for several cars. */
function plural(text: string): string {
  return text.replace(/^car \S+ /, "").replace(/^has /, "have ").replace(/^is /, "are ").replace(/^was /, "were ").replace(/^lacks /, "lack ");
}

/** Values in µs, or points as text. */
function exact(field: string, value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value !== "number" || field === "rank" || field === "stages_done") return String(value);
  return field === "start" || field === "finish" ? clockText(value / 1000, rally.value?.utc_offset ?? "+00:00") : durationText(value);
}

function Difference(props: { list: List }) {
  const cars = Object.entries(props.list.difference?.cars ?? {});
  const version = props.list.version ?? 0;
  if (cars.length === 0) return <p class="facts">{d("same", { version })}</p>;
  return (
    <div class="changes">
      <h3 class="desk-label">{d("differs", { version })}</h3>
      {props.list.refused ? <p class="draft-fault">{d("refusedBefore")}</p> : null}
      {cars.map(([car, fields]) => (
        <div key={car} class="change-car">
          <p class="change-who"><span class="plate">{car}</span></p>
          <ul>
            {Object.entries(fields).filter(([, change]) => typeof change.before !== "object" && typeof change.after !== "object").map(([field, change]) => (
              <li key={field}>
                <span class="change-field">{words(field)}</span>
                <span class="change-values"><s>{exact(field, change.before)}</s><span aria-hidden="true">→</span><b>{exact(field, change.after)}</b></span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function PaperActs(props: { kind: Kind; id: string; list: List; item: string | undefined }) {
  const { kind, id, list } = props;
  const buttons: [string, string, ActBody, string, string][] = [];
  const add = (label: string, act: ActBody, offices: string, reason: string) => buttons.push([act.type, label, act, offices, reason]);
  if (list.act !== undefined && list.ready) {
    const label = kind === "standings" ? d("issue", { version: String(list.act["version"]) }) : list.act.type === "Certify" ? d("certify") : d("accept");
    add(label, list.act, kind === "standings" ? "clerk" : "timekeeper", "");
  }
  if (list.refuse !== undefined) add(d("refuse"), list.refuse, "timekeeper", "");
  if (kind === "standings" && list.version !== undefined) {
    add(d("finalise"), { type: "Finalise", scope: id, version: list.version }, "steward", "STEWARD_DECISION");
    add(d("suspend"), { type: "Suspend", scope: id }, "steward", "STEWARD_DECISION");
  }
  const mine = buttons.filter(([, , , offices]) => offices.split(" ").some(holds));
  if (mine.length === 0) return null;
  return (
    <div class="paper-acts">
      {mine.map(([type, label, act, offices, reason], i) => (
        <button key={type} type="button" data-act={type}
          onClick={() => prepare(`${id}: ${label}`, { act, ...(reason === "" ? {} : { reason }) }, offices.split(" "), props.item, list.place)}>
          <kbd>{i + 1}</kbd> {label}
        </button>
      ))}
    </div>
  );
}

interface Paper { readonly id: string; readonly kind: string; readonly subject: string; readonly state: string; readonly version: number; readonly at: string; readonly stands: boolean }

function Documents() {
  const [found, setFound] = useState<readonly Paper[]>([]);
  const news = state.value;
  useEffect(() => {
    getJson<{ documents: readonly Paper[] }>("/api/documents").then(({ documents }) => setFound(documents), () => undefined); // the list stays
  }, [news, recordedCount.value]);
  if (found.length === 0) return null;
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <Panel title={d("documents")}>
      <ol>
        {[...found].reverse().map((paper) => (
          <li key={paper.id} class={`document ${paper.stands ? "" : "taken-back"}`} data-document={paper.id}>
            <span>{paper.subject} {d("version", { version: paper.version })}</span>
            <small>{words(paper.state)}, {clockText(paper.at, offset, false)}</small>
            <span class="document-files">
              {["pdf", "json", "csv"].map((format) => (
                <a key={format} href={`/api/documents/${encodeURIComponent(paper.id)}?format=${format}`}>{format}</a>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** The corrections log: who ruled what, when, in which office and why; what it changed; and taking it back. */
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { holds } from "../live/session";
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { words } from "../ui/text";
import type { DecisionRow } from "../why/types";
import { actText } from "./act-text";
import { Changes } from "./changes";
import { DraftPanel } from "./draft";
import { draft, prepare, recordedCount } from "./store";
import type { Change } from "./types";
import { d, REASONS } from "./words";

const PAGE = 100;
/** What was certified or issued is followed by a next version, never taken back. */
const KEPT = new Set(["Certify", "AcceptAmendment", "RefuseAmendment", "Issue", "Finalise", "Suspend", "Reopen", "Protest", "CloseProtest"]);

export function Log() {
  const [rows, setRows] = useState<readonly DecisionRow[]>();
  const [count, setCount] = useState(0);
  const [open, setOpen] = useState<number>();
  const read = (before?: number) => {
    const more = before === undefined ? "" : `&before=${before}`;
    getJson<{ decisions: readonly DecisionRow[]; count: number }>(`/api/desk/log?limit=${PAGE}${more}`).then((found) => {
      setCount(found.count);
      setRows((held) => (before === undefined ? found.decisions : [...(held ?? []), ...found.decisions]));
    }, () => setRows((held) => held ?? []));
  };
  useEffect(() => read(), [recordedCount.value]);
  if (rows === undefined) return <p class="waiting" role="status">…</p>;
  if (rows.length === 0) return <p class="nothing">{d("noLog")}</p>;
  const last = rows.at(-1);
  return (
    <div class="desk-log">
      {open === undefined ? <DraftPanel /> : null}
      <ol>
        {rows.map((row) => (
          <Entry key={row.id} row={row} open={row.seq === open} toggle={() => { draft.value = null; setOpen(row.seq === open ? undefined : row.seq); }} />
        ))}
      </ol>
      {rows.length >= count || last === undefined ? null : <button type="button" onClick={() => read(last.seq)}>{d("older")}</button>}
    </div>
  );
}

function Entry(props: { row: DecisionRow; open: boolean; toggle: () => void }) {
  const { row, open } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <li class={`entry ${row.stands ? "" : "taken-back"} ${open ? "open" : ""}`} data-seq={row.seq}>
      <button type="button" aria-expanded={open} onClick={props.toggle}>
        <time>{clockText(row.at, offset)}</time>
        <b class="entry-what">{actText(row.act, offset, row)}</b>
        <span>{row.author}, {words(row.role)}</span>
        <span class="soft">{[row.reason === undefined ? "" : (REASONS[row.reason] ?? words(row.reason)), row.text].filter(Boolean).join(": ")}</span>
        <span class="seq">#{row.seq}{row.stands ? "" : ` ${d("replaced")}`}</span>
      </button>
      {open ? <Effect row={row} /> : null}
    </li>
  );
}

function Effect(props: { row: DecisionRow }) {
  const { row } = props;
  const [changes, setChanges] = useState<readonly Change[] | string>();
  useEffect(() => {
    getJson<{ changes: readonly Change[] }>(`/api/desk/log/${row.seq}`).then((found) => setChanges(found.changes), (reason: Error) => setChanges(reason.message));
  }, [row.seq]);
  const mine = row.stands && holds(row.role) && !KEPT.has(row.act.type);
  return (
    <div class="entry-effect">
      <h4>{d("changed")}</h4>
      {changes === undefined ? <p class="no-changes">{d("previewing")}</p>
        : typeof changes === "string" ? <p class="draft-fault">{changes}</p> : <Changes rows={changes} />}
      {!mine ? null : (
        <div class="paper-acts">
          <button type="button" class="take-back"
            onClick={() => prepare(`${d("takeBack")}: #${row.seq}`, { act: { type: "Withdraw", decision: row.id } }, [row.role])}>
            <kbd>1</kbd> {d("takeBack")}
          </button>
        </div>
      )}
      <DraftPanel />
    </div>
  );
}

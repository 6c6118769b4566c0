/** The desk of the officials: what needs a hand, worked by keyboard; certify and issue; the log; the clocks. */
import { useEffect, useRef } from "preact/hooks";
import { headquarters, session } from "../live/session";
import { asOf, controls, results, standings } from "../live/store";
import { address, go } from "../ui/router";
import { t } from "../ui/text";
import { Clocks } from "./clocks";
import { openForm } from "./form";
import { helpOpen, useKeys } from "./keys";
import { Log } from "./log";
import { Papers } from "./papers";
import { People } from "./people";
import { Queue } from "./queue";
import { desk, done, draft, prepare, readDesk, seek } from "./store";
import { d, KEYS } from "./words";

const VIEWS = [["", "queue"], ["papers", "papers"], ["log", "log"], ["clocks", "clocks"], ["people", "people"]] as const;
const REFRESH_MS = 10_000;
/** A passing moves the board several times; the queue is read once for all of them. */
const SETTLE_MS = 400;

export function DeskPage(props: { view: string | undefined }) {
  const view = props.view ?? "";
  useKeys(view === "");
  useFresh();
  useEffect(() => { draft.value = null; }, [view]);
  useEffect(takeFromAddress, [address.value]);
  if (session.value === null) return <p class="waiting">{t("app.waiting")}</p>;
  if (!headquarters.value) return <p class="nothing">{d("signIn")}</p>;
  return (
    <div class="desk">
      <nav class="desk-tabs" aria-label={d("views")}>
        {VIEWS.map(([path, word]) => (
          <a key={path} href={path === "" ? "/desk" : `/desk/${path}`} aria-current={path === view ? "page" : undefined}>
            {d(word)}{path === "" && desk.value !== null ? <span class="count">{desk.value.items.length}</span> : null}
          </a>
        ))}
        <a href="/devices">{d("devices")}</a>
        <button type="button" class="quiet" onClick={() => { helpOpen.value = true; }}>{d("help")} <kbd>?</kbd></button>
      </nav>
      <Told />
      {view === "papers" ? <Papers /> : view === "log" ? <Log /> : view === "clocks" ? <Clocks /> : view === "people" ? <People /> : <Queue />}
      {helpOpen.value ? <Help /> : null}
    </div>
  );
}

/** Read the queue when the page opens, when the board moves, and from time to time. */
function useFresh(): void {
  const moved = [controls.value, results.value, standings.value, session.value];
  useEffect(() => {
    const soon = setTimeout(() => void readDesk(), desk.peek() === null ? 0 : SETTLE_MS);
    return () => clearTimeout(soon);
  }, moved);
  useEffect(() => {
    const timer = setInterval(() => void readDesk(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
}

/** `/desk?act=CorrectTime&control=PC1.1&car=3` opens that form, filled in. */
function takeFromAddress(): void {
  const { query, path } = address.peek();
  const act = query.get("act");
  if (act === null) return;
  const values = Object.fromEntries([...query].filter(([name]) => name !== "act"));
  openForm.value = { act, values };
  seek(values["car"] ?? "", values["control"] ?? "");
  go(path, true);
}

function Told() {
  const told = done.value;
  if (told === null || asOf.value === null) return null;
  return (
    <p class="told" role="status">
      <span>✓ {d("recorded", { seq: told.seq, what: told.what })}</span>
      <button type="button" class="quiet" onClick={() => { prepare(d("undo"), { act: { type: "Withdraw", decision: told.id } }, [told.office]); done.value = null; }}>
        {d("undo")}
      </button>
      <button type="button" class="quiet" aria-label={d("close")} onClick={() => { done.value = null; }}>×</button>
    </p>
  );
}

function Help() {
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // The browser keeps the focus in an open dialog and gives it back to where it was.
    const open = sheet.current;
    open?.showModal();
    return () => open?.close();
  }, []);
  return (
    <dialog class="desk-help" ref={sheet} aria-label={d("keysTitle")} onClose={() => { helpOpen.value = false; }}>
      <h2>{d("keysTitle")}</h2>
      <dl>{KEYS.map(([keys, what]) => <div key={keys}><dt>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
      <button type="button" onClick={() => { helpOpen.value = false; }}>{d("close")} <kbd>Esc</kbd></button>
    </dialog>
  );
}

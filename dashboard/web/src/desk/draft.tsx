/** The decision being prepared: reason, words and office, what it would change, and the button that records it. */
import { useEffect, useRef } from "preact/hooks";
import { controls, rally } from "../live/store";
import { clockText, dateText } from "../ui/format";
import { words } from "../ui/text";
import { actText, daysOf, sentence } from "./act-text";
import { Changes } from "./changes";
import { amend, draft, drop, lookAgain, record, showPreview } from "./store";
import type { Draft, News } from "./types";
import { d, REASONS } from "./words";

/** A draft that begins further down the screen than this is brought up. */
const LOWEST_SHARE = 0.6;

export function DraftPanel() {
  const now = draft.value;
  const panel = useRef<HTMLElement>(null);
  const key = now?.key;
  useEffect(() => {
    // The answers stay in sight as long as there is room; the button to record sticks to the foot.
    const top = panel.current?.getBoundingClientRect().top ?? 0;
    if (top > innerHeight * LOWEST_SHARE) panel.current?.scrollIntoView({ block: "nearest" });
  }, [key, now?.preview]);
  if (now === null) return null;
  const offset = rally.value?.utc_offset ?? "+00:00";
  // A time of day was typed, and the date was found for it: whoever records it sees which.
  const days = daysOf(now.decision.act, offset);
  const submit = (event: Event) => {
    event.preventDefault();
    void (now.preview === undefined ? showPreview() : record());
  };
  return (
    <section class="draft" ref={panel} aria-label={d("act")} data-act={now.decision.act.type}>
      <h3>{now.title}</h3>
      <p class="facts">{actText(now.decision.act, offset, { stamp: stampText(now.decision.act["stamp"]) })}</p>
      {days.length === 0 ? null : <p class="draft-days">{days.map(dateText).join(" · ")}</p>}
      <form onSubmit={submit}>
        <div class="draft-why">
          <label>
            <span>{d("reason")}</span>
            <select value={now.reason} onChange={(event) => amend({ reason: event.currentTarget.value })}>
              <option value="">–</option>
              {Object.entries(REASONS).map(([code, text]) => <option key={code} value={code}>{text}</option>)}
            </select>
          </label>
          <label class="wide-field">
            <span>{d("note")}</span>
            <input class="draft-note" value={now.note} maxLength={2000} placeholder={d("notePlaceholder")} autocomplete="off"
              onInput={(event) => amend({ note: event.currentTarget.value })} />
          </label>
          <Office now={now} />
        </div>
        <Effect now={now} />
        <Fault now={now} />
        <div class="draft-buttons">
          <button type="submit" class="primary" disabled={now.busy !== "" || now.preview === undefined || now.preview.refused !== undefined || now.news !== undefined}>
            {now.busy === "record" ? d("recording") : d("record")} <kbd>Enter</kbd>
          </button>
          <button type="button" onClick={() => void showPreview()} disabled={now.busy !== ""}>{d("previewAgain")} <kbd>p</kbd></button>
          <button type="button" class="quiet" onClick={drop}>{d("cancel")} <kbd>Esc</kbd></button>
        </div>
      </form>
    </section>
  );
}

/** A stamp in words, where the controls of the live document hold it. */
function stampText(key: unknown): string | undefined {
  for (const [id, control] of Object.entries(controls.value)) {
    const stamp = control.stamps?.[String(key)];
    if (stamp !== undefined) return `${stamp.device ?? ""} ${stamp.channel ?? ""} ${stamp.text}, ${id}`.trim();
  }
  return undefined;
}

function Office(props: { now: Draft }) {
  const { now } = props;
  return (
    <div class="draft-office">
      <span>{d("office")}</span>
      {now.offices.length < 2 ? <b>{words(now.office)}</b> : (
        <select aria-label={d("office")} value={now.office} onChange={(event) => amend({ office: event.currentTarget.value })}>
          {now.offices.map((role) => <option key={role} value={role}>{words(role)}</option>)}
        </select>
      )}
    </div>
  );
}

function Effect(props: { now: Draft }) {
  const { preview, busy } = props.now;
  const waiting = Object.keys(preview?.preview.amendments ?? {});
  return (
    <div class={`effect ${busy === "preview" ? "working" : ""}`} role="status" aria-live="polite">
      <h4>{d("preview")}</h4>
      {busy === "preview" && preview === undefined ? <p class="no-changes">{d("previewing")}</p> : null}
      {preview?.refused === undefined ? null : <p class="draft-fault">{d("refused", { why: preview.refused })}</p>}
      {waiting.map((stage) => <p key={stage} class="no-changes">{d("amendment", { stage })}</p>)}
      {preview === undefined || preview.refused !== undefined || (waiting.length > 0 && preview.rows.length === 0) ? null
        : <Changes rows={preview.rows} />}
    </div>
  );
}

function Fault(props: { now: Draft }) {
  const { error, news } = props.now;
  if (error === undefined) return null;
  return (
    <div class="draft-fault" role="alert">
      <p>{news === undefined ? error : d("conflict")}</p>
      {news === undefined ? null : (
        <>
          <p>{d("conflictNew")}</p>
          <ul>{news.map((one) => <li key={one.seq}>{newsText(one)}</li>)}</ul>
          <button type="button" onClick={() => void lookAgain()}>{d("lookAgain")}</button>
        </>
      )}
    </div>
  );
}

function newsText(one: News): string {
  const offset = rally.peek()?.utc_offset ?? "+00:00";
  const ruled = one.ruled === undefined ? sentence(one.act ?? "") : actText(one.ruled, offset, { stamp: stampText(one.ruled["stamp"]) });
  const what = one.act === undefined ? d("stamp", { key: stampText(one.stamp) ?? one.stamp ?? "" })
    : `${ruled}, ${d("by", { author: one.author ?? "", role: words(one.role ?? "") })}${one.text === undefined ? "" : `: ${one.text}`}`;
  return `#${one.seq} ${clockText(one.at, offset)} ${what}`;
}

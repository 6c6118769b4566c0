/** The queue and the matter that is taken up. */
import { useEffect } from "preact/hooks";
import { rallyNow } from "../live/clock";
import { holds } from "../live/session";
import { cars, rally } from "../live/store";
import { ageText, clockText } from "../ui/format";
import { Plate } from "../ui/pieces";
import { words } from "../ui/text";
import { DraftPanel } from "./draft";
import { FormPicker, openForm } from "./form";
import { Checklist } from "./papers";
import { desk, deskFault, draft, items, office, prepare, select, selected } from "./store";
import type { Item } from "./types";
import { d, KINDS } from "./words";

const OFFICES = ["timekeeper", "clerk", "steward"];

export function Queue() {
  const list = items.value;
  const open = selected.value;
  if (desk.value === null) return <p class="waiting" role="status">{deskFault.value || "…"}</p>;
  return (
    <div class="desk-columns">
      <section class="desk-queue" aria-label={d("queue")}>
        <OfficeFilter />
        {list.length === 0 ? <p class="nothing all-clear">{d(office.value === "" ? "empty" : "emptyHere")}</p> : (
          <ol>{list.map((item) => <Row key={item.id} item={item} open={item.id === open?.id} />)}</ol>
        )}
        <p class="facts desk-head">{d("asOf", { head: desk.value.head })}</p>
      </section>
      <section class="desk-work" aria-label={open?.text ?? d("act")}>
        {open === undefined ? <Free /> : <Matter key={open.id} item={open} />}
      </section>
    </div>
  );
}

/** With an empty queue one may still write decisions. */
function Free() {
  return (
    <>
      <p class="nothing">{d("empty")}</p>
      <FormPicker />
      <DraftPanel />
    </>
  );
}

function OfficeFilter() {
  const counts = desk.value?.offices ?? {};
  const all = desk.value?.items.length ?? 0;
  return (
    <div class="offices" role="group" aria-label={d("office")}>
      {["", ...OFFICES].map((role) => (
        <button key={role} type="button" aria-pressed={office.value === role} class={role !== "" && holds(role) ? "own" : ""}
          onClick={() => { office.value = role; }}>
          {role === "" ? d("all") : words(role)} <span class="count">{role === "" ? all : (counts[role] ?? 0)}</span>
        </button>
      ))}
    </div>
  );
}

function Row(props: { item: Item; open: boolean }) {
  const { item, open } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const [where, what] = parted(item.text);
  return (
    <li class={`matter urgency-${item.urgency} ${open ? "open" : ""}`} data-item={item.id} data-kind={item.kind}>
      <button type="button" aria-current={open} onClick={() => { select(item); reach(); }} ref={(row) => { if (open) row?.scrollIntoView({ block: "nearest" }); }}>
        <span class="matter-kind">{KINDS[item.kind] ?? words(item.kind)}</span>
        <span class="matter-time">{item.until !== undefined ? d("until", { time: clockText(item.until, offset, false) }) : item.at === undefined ? "" : clockText(item.at, offset)}</span>
        <span class="matter-where">{where}</span>
        <span class="matter-what">{what}</span>
      </button>
    </li>
  );
}

/** On a telephone the matter is below the queue. */
function reach(): void {
  if (matchMedia("(max-width: 900px)").matches) requestAnimationFrame(() => document.querySelector(".desk-work")?.scrollIntoView());
}

/** `PC1.1: the stamp of …` as its place and its matter. */
function parted(text: string): [string, string] {
  const at = text.indexOf(": ");
  return at > 0 && at < 24 ? [text.slice(0, at), text.slice(at + 2)] : ["", text];
}

function Matter(props: { item: Item }) {
  const { item } = props;
  const now = draft.value;
  useEffect(() => { document.querySelector(".desk-work")?.scrollTo(0, 0); }, [item.id]);
  const [where, what] = parted(item.text);
  return (
    <>
      <header class="matter-head">
        <p class="matter-kind">{KINDS[item.kind] ?? words(item.kind)} <span class="soft">{words(item.office)}</span></p>
        <h2>{where === "" ? null : <span class="test-id">{where}</span>} {what}</h2>
        {item.why === undefined ? null : <p>{item.why}</p>}
        <Facts item={item} />
      </header>
      {item.form === "certify" || item.form === "amendment" ? <Checklist kind="stages" id={item.stage ?? ""} item={item.id} />
        : item.form === "issue" ? <Checklist kind="standings" id={item.scope ?? ""} item={item.id} />
          : <Choices item={item} picked={now?.item === item.id ? now.decision : undefined} />}
      {now === null || openForm.value !== null ? <FormPicker item={item} /> : null}
      <DraftPanel />
    </>
  );
}

function Facts(props: { item: Item }) {
  const { item } = props;
  const left = item.until === undefined || rallyNow.value === null ? undefined : (Date.parse(item.until) - rallyNow.value) / 1000;
  return (
    <p class="matter-facts">
      {item.car === undefined ? null : <span><Plate car={item.car} /> {cars.value[item.car]?.driver ?? ""}</span>}
      {left === undefined ? null : <b>{d("left", { time: ageText(Math.max(0, left)) })}</b>}
      {item.stage === undefined || item.car === undefined ? null : (
        <a href={`/why/${encodeURIComponent(item.stage)}/${encodeURIComponent(item.car)}`}>{d("why")} <kbd>w</kbd></a>
      )}
      {item.control === undefined ? null : <a href={`/control/${encodeURIComponent(item.control)}`}>{d("control")} {item.control} <kbd>c</kbd></a>}
      {item.device === undefined ? null : <a href={`/desk/clocks?device=${encodeURIComponent(item.device)}`}>{d("clockOf", { device: item.device })}</a>}
      {item.records === undefined ? null : <span class="seq">{item.records.map((seq) => `#${seq}`).join(" ")}</span>}
    </p>
  );
}

function Choices(props: { item: Item; picked: unknown }) {
  const { item, picked } = props;
  const choices = item.choices ?? [];
  if (choices.length === 0) return <p class="nothing">{d("noOptions")}</p>;
  return (
    <>
      <h3 class="desk-label">{d("options")}</h3>
      <ol class="choices">
        {choices.map((choice, i) => (
          <li key={choice.label}>
            <button type="button" disabled={!holds(choice.office ?? item.office)} aria-pressed={choice.decision === picked} onClick={() => take(item, i)}>
              <kbd>{i < 9 ? i + 1 : ""}</kbd>
              <span><b>{choice.label}</b>{choice.why === undefined && choice.office === undefined ? null : (
                <small>{[choice.office === undefined || choice.office === item.office ? "" : words(choice.office), choice.why].filter(Boolean).join(" · ")}</small>
              )}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Prepare an answer to a matter; false where there is none with this number or it is not this person's. */
export function take(item: Item, index: number): boolean {
  const choice = item.choices?.[index];
  const role = choice?.office ?? item.office;
  if (choice === undefined || !holds(role)) return false;
  const [where] = parted(item.text);
  prepare(where === "" ? choice.label : `${where}: ${choice.label}`, choice.decision, [role], item.id);
  return true;
}

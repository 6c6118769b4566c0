/** What a marshal must see at any time: what is unsent, how good the clock is, whether the page can live without network. */
import { documentKept } from "../keep/offline";
import { signedOut } from "../live/session";
import { clockSet, phoneOffset } from "../live/phone-clock";
import { asOf, linkStatus, rally } from "../live/store";
import { clockText } from "../ui/format";
import { changeOver, updateReady, workerState } from "../worker/register";
import { labelOf, offset, timeText } from "./enter";
import { type Act, again, discard, othersActs, refusedActs, unkept, waiting } from "./outbox";
import { HandOver, handOver } from "./handover";
import { h } from "./handover-words";
import { needsLink, trouble, tryNow } from "./sender";
import { c } from "./words";

/** Of one height whatever it says, so that nothing moves under a thumb. */
export function PhoneBar() {
  const n = waiting.value.length;
  const off = phoneOffset.value;
  const live = linkStatus.value === "live";
  // "Works offline" is a promise: page and list have to be on the disk.
  const worker = workerState.value === "ready" && !documentKept.value ? "preparing" : workerState.value;
  return (
    <div class="phone-bar" role="status">
      <b class={`unsent-count ${n > 0 ? "some" : ""}`} data-unsent={n}>{n === 0 ? c("allSent") : c("unsent", { n })}</b>
      <span class={`network ${live ? "" : "gone"}`}>{c(live ? "network" : "noNetwork")}</span>
      <span class="clock-quality">{off === null ? "" : c("clockGood", { within: withinText(off.within) })}</span>
      <span class={`worker is-${worker}`}>
        {worker === "ready" ? c("ready") : worker === "preparing" ? c("noWorker") : ""}
      </span>
    </div>
  );
}

function withinText(ms: number): string {
  return ms < 100 ? "0.1" : (Math.ceil(ms / 100) / 10).toFixed(1);
}

/** What must be seen before anything is pressed: where what is pressed may not last. */
export function Alarms() {
  const lines: [string, string][] = [];
  if (needsLink.value || signedOut.value) lines.push(["link", c("needsLink")]);
  if (unkept.value) lines.push(["unkept", c("unkept")]);
  if (workerState.value === "insecure") lines.push(["plain", c("plain")]);
  return <>{lines.map(([key, text]) => <p key={key} class={`warn warn-${key}`} role="alert">{text}</p>)}</>;
}

/** What comes and goes in the day's work; below the keys, so that these stay where they are. */
export function News(props: { control: string }) {
  const lines: [string, string][] = [];
  if (linkStatus.value === "down" || linkStatus.value === "silent") {
    const at = asOf.value;
    lines.push(["offline", [c("offline"), at === null ? "" : c("asOf", { time: clockText(at, offset()) })].join(" ")]);
  }
  if (trouble.value !== "") lines.push(["trouble", c("trouble", { why: trouble.value })]);
  if (othersActs.value.length > 0) lines.push(["others", c("others", { n: othersActs.value.length })]);
  const clock = clockWarning();
  if (clock !== "") lines.push(["clock", clock]);
  return (
    <div class="warnings">
      {lines.map(([key, text]) => <p key={key} class={`warn warn-${key}`} role="status">{text}</p>)}
      {updateReady.value ? (
        <p class="warn warn-update" role="status">{c("update")} <button type="button" onClick={changeOver}>{c("updateNow")}</button></p>
      ) : null}
      <Outbox control={props.control} />
      <HandOver />
    </div>
  );
}

const NOTABLE_MS = 1_000;

function clockWarning(): string {
  const off = phoneOffset.value;
  if (off === null) return c("clockUnknown");
  void clockSet.value;
  if (rally.value?.simulated === true || off.speed !== 1 || Math.abs(off.ahead) < NOTABLE_MS) return "";
  return c("clockOff", { by: lengthText(Math.abs(off.ahead)), way: c(off.ahead > 0 ? "ahead" : "behind") });
}

function lengthText(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s >= 172_800) return `${Math.floor(s / 86_400)} d`;
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)} h` : m > 0 ? `${m}:${two(s % 60)} min` : `${s}.${Math.floor((ms % 1000) / 100)} s`;
}

/** What this phone still holds, and what the service refused. */
function Outbox(props: { control: string }) {
  const open = waiting.value;
  const refused = refusedActs.value.filter((act) => act.control === props.control);
  if (open.length === 0 && refused.length === 0) return null;
  return (
    <div class="outbox" role="status">
      {open.length === 0 ? null : (
        <details>
          <summary>{c("unsent", { n: open.length })}: {open.slice(-3).map(labelOf).join("; ")}</summary>
          <p>{c("unsentLong")}</p>
          <ol>{open.map((act) => (
            <li key={act.key}>{labelOf(act)}{act.carried === true ? ` (${h("brought")})` : ""}{act.notBefore === undefined ? "" : ` (${c("goesAt", { time: timeText(act.notBefore) })})`}</li>
          ))}</ol>
          <button type="button" onClick={() => { handOver.value = "give"; }}>{h("give")}</button>
          <button type="button" onClick={tryNow}>{c("retry")}</button>
          <button type="button" onClick={() => save(open)}>{c("saveFile")}</button>
        </details>
      )}
      {refused.map((act) => (
        <p key={act.key} class="refused">
          <span><b>{labelOf(act)}</b> {c("refused", { why: act.refused ?? "" })}</span>
          <button type="button" onClick={() => void again(act.key)}>{c("retry")}</button>
          <button type="button" onClick={() => void discard(act.key)}>{c("drop")}</button>
        </p>
      ))}
    </div>
  );
}

/** The last resort of a phone that never finds a network again: its acts as a file, to be carried. */
function save(acts: readonly Act[]): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(acts, null, 1)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `unsent-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

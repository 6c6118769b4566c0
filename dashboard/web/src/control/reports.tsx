/** What a marshal reports besides times: notes, signals passed on, the count of cars, the end of the control. */
import { useState } from "preact/hooks";
import type { ControlRow } from "../live/state";
import { cars, remarks } from "../live/store";
import { throughOf } from "../live/road";
import { byNumber } from "../ui/format";
import { Folded, Panel } from "../ui/pieces";
import { alert, remark } from "./acts";
import { timeText } from "./enter";
import { awake, feel, keepAwake, sound, vibration } from "./feel";
import { handOver } from "./handover";
import { h } from "./handover-words";
import { waiting } from "./outbox";
import type { ControlView } from "./view";
import { c } from "./words";

export function Reports(props: { control: string; row: ControlRow; view: ControlView; may: boolean }) {
  return (
    <Panel title={c("reports")} class="reports">
      {!props.may ? null : (
        <>
          <details><summary>{c("note")}</summary><Note control={props.control} /></details>
          <details class="alerts"><summary>{c("alerts")}</summary><Alerts control={props.control} /></details>
          <details><summary>{c("count")}</summary><Count {...props} /></details>
          <details><summary>{c("signOff")}</summary><SignOff {...props} /></details>
          <details><summary>{c("phone")}</summary><Phone /></details>
        </>
      )}
      <Written control={props.control} />
    </Panel>
  );
}

function CarField(props: { value: string; set: (car: string) => void }) {
  return (
    <label>{c("car")}
      <input value={props.value} inputMode="numeric" autocomplete="off" maxLength={5} list="entered"
        onInput={(event) => props.set(event.currentTarget.value.trim())} />
    </label>
  );
}

function Note(props: { control: string }) {
  const [text, setText] = useState("");
  const [car, setCar] = useState("");
  const send = (kind: string) => {
    if (text.trim() === "") return;
    remark(props.control, kind, text.trim(), car === "" ? {} : { car });
    setText("");
    setCar("");
    feel();
  };
  return (
    <form class="sheet-form" onSubmit={(event) => { event.preventDefault(); send("NOTE"); }}>
      <CarField value={car} set={setCar} />
      <label>{c("noteText")}<textarea rows={3} maxLength={1000} value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
      <div class="card-acts">
        <button type="submit">{c("note")}</button>
        <button type="button" onClick={() => send("INCIDENT")}>{c("incident")}</button>
      </div>
    </form>
  );
}

/** SOS wants two presses, so that a glove alone does not send the ambulance. */
function Alerts(props: { control: string }) {
  const [car, setCar] = useState("");
  const [text, setText] = useState("");
  const [armed, setArmed] = useState(false);
  const send = (kind: "SOS" | "OK" | "HAZARD") => {
    alert(props.control, kind, car, text.trim());
    setArmed(false);
    setText("");
    feel(2);
  };
  return (
    <form class="sheet-form" onSubmit={(event) => event.preventDefault()}>
      <p>{c("alertHint")}</p>
      <CarField value={car} set={setCar} />
      <label>{c("noteText")}<input maxLength={500} value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
      <div class="card-acts">
        <button type="button" class="sos" onClick={() => (armed ? send("SOS") : setArmed(true))}>{armed ? c("sure") : c("sos")}</button>
        <button type="button" onClick={() => send("OK")}>{c("ok")}</button>
        <button type="button" onClick={() => send("HAZARD")}>{c("hazard")}</button>
      </div>
    </form>
  );
}

/** Cars through by what the service knows and what this phone has not yet sent. */
function through(row: ControlRow, view: ControlView): number {
  return (row.arrived ?? 0) + view.expected.filter((one) => one.unsent).length;
}

/** Every car that went in has to come out: counted by eye, beside what the stamps say. */
function Count(props: { control: string; row: ControlRow; view: ControlView }) {
  const [numbers, setNumbers] = useState({ in: 0, out: 0 });
  const step = (which: "in" | "out", by: number) => setNumbers({ ...numbers, [which]: Math.max(0, numbers[which] + by) });
  return (
    <div class="sheet-form">
      <p>{c("countStamped", { n: through(props.row, props.view) })}</p>
      {(["in", "out"] as const).map((which) => (
        <p key={which} class="counter">
          <span>{c(which === "in" ? "countIn" : "countOut")}</span>
          <button type="button" aria-label={`${c(which === "in" ? "countIn" : "countOut")} −1`} onClick={() => step(which, -1)}>−</button>
          <b data-count={which}>{numbers[which]}</b>
          <button type="button" aria-label={`${c(which === "in" ? "countIn" : "countOut")} +1`} onClick={() => step(which, 1)}>+</button>
        </p>
      ))}
      <button type="button" onClick={() => remark(props.control, "COUNT", `${c("countIn")} ${numbers.in}, ${c("countOut")} ${numbers.out}`, { cars_in: numbers.in, cars_out: numbers.out })}>
        {c("send")}
      </button>
    </div>
  );
}

function SignOff(props: { control: string; row: ControlRow; view: ControlView }) {
  const missing = props.view.expected.filter((one) => one.arrived === undefined).map((one) => one.car).sort(byNumber);
  const { all } = throughOf(props.row);
  const text = c("signOffText", {
    arrived: through(props.row, props.view), all, missing: missing.length, cars: missing.length === 0 ? c("nobodyMissing") : missing.join(", "),
  });
  const counted = Object.values(remarks.value[props.control] ?? {}).filter((row) => row.kind === "COUNT").sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  const differs = counted?.cars_in !== undefined && counted.cars_in !== through(props.row, props.view);
  return (
    <div class="sheet-form">
      <p>{text}</p>
      {!differs ? null : <p class="warn">{c("countDiffers", { n: counted.cars_in ?? 0, m: through(props.row, props.view) })}</p>}
      {waiting.value.length === 0 ? null : <p class="warn">{c("signOffUnsent", { n: waiting.value.length })}</p>}
      <button type="button" class="strong" onClick={() => { remark(props.control, "SIGN_OFF", text); feel(); }}>{c("signOffNow")}</button>
    </div>
  );
}

function Phone() {
  const switches = [[sound, c("sound")], [vibration, c("vibrate")], [awake, c("awake")]] as const;
  return (
    <div class="sheet-form">
      {switches.map(([value, label]) => (
        <button key={label} type="button" aria-pressed={value.value} onClick={() => {
          value.value = !value.value;
          void keepAwake();
          feel();
        }}>{label}: {c(value.value ? "on" : "off")}</button>
      ))}
      <button type="button" onClick={() => { handOver.value = "take"; }}>{h("take")}</button>
      {waiting.value.length === 0 ? null : <button type="button" onClick={() => { handOver.value = "give"; }}>{h("give")}</button>}
    </div>
  );
}

function Written(props: { control: string }) {
  const rows = Object.entries(remarks.value[props.control] ?? {}).sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at));
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{c("written")}</h3>
      <Folded shown={4} more="…" class="written" items={rows.map(([key, row]) => (
        <li key={key}>
          <time>{timeText(Date.parse(row.at))}</time> <b>{c(`remark.${row.kind}` as "remark.NOTE")}</b>
          {row.car === undefined ? "" : ` ${row.car} ${cars.value[row.car]?.driver ?? ""}`} {row.text} <small>{row.by}</small>
        </li>
      ))} />
    </>
  );
}

/** The number pad: type a car number and put it to the open stamp, or stamp that car now. `?` is a figure not seen. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { cars } from "../live/store";
import { t } from "../ui/text";
import { chosen, enter, NO_STAMP, offset, openStamp, stampText } from "./enter";
import { clockText } from "../ui/format";
import { type ControlView, fitting } from "./view";
import { c } from "./words";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const LONGEST = 5;
const SHOWN = 8;

export function Pad(props: { control: string; view: ControlView }) {
  // A signal, not state: keys come faster than the page is drawn, and none may be lost.
  const typing = useSignal("");
  const typed = typing.value;
  const open = openStamp(props.view);
  const unsure = typed.includes("?");
  const type = (key: string) => {
    // From the first figure on, the number is for this stamp, also when a newer one comes in.
    if (typing.peek() === "") chosen.value = open?.id ?? NO_STAMP;
    typing.value = (typing.peek() + key).slice(0, LONGEST);
  };
  const put = (car: string) => {
    enter(props.control, props.view, car);
    typing.value = "";
  };
  const go = () => {
    if (typing.peek() !== "" && !typing.peek().includes("?")) put(typing.peek());
  };
  const clear = () => {
    typing.value = "";
    chosen.value = null;
  };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target;
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return;
      if (/^[0-9?]$/.test(event.key)) type(event.key);
      else if (event.key === "Backspace") typing.value = typing.peek().slice(0, -1);
      else if (event.key === "Enter" && typing.peek() !== "") {
        event.preventDefault(); // not the button that was pressed before
        go();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return (
    <div class="pad">
      <div class="pad-line">
        <p class="pad-for">{open === undefined ? t("control.pad") : t("control.putOn", { time: stampText(open) })}</p>
        <output class="pad-typed" aria-live="polite"><small>{cars.value[typed]?.driver ?? ""}</small>{typed === "" ? "–" : typed}</output>
      </div>
      {unsure ? <Matches typed={typed} view={props.view} put={put} />
        : <p class="pad-warning" role="status">{warning(props.view, typed)}</p>}
      <div class="pad-keys">
        {KEYS.map((key) => <button key={key} type="button" onClick={() => type(key)}>{key}</button>)}
        <button type="button" class="quiet" onClick={clear}>{t("control.clear")}</button>
        <button type="button" onClick={() => type("0")}>0</button>
        <button type="button" aria-label={c("keyAnyLong")} onClick={() => type("?")}>{c("keyAny")}</button>
        <button type="button" class="enter" disabled={typed === "" || unsure} onClick={go}>
          {open === undefined ? t("control.stampNow") : t("control.put", { car: typed })}
        </button>
      </div>
    </div>
  );
}

function Matches(props: { typed: string; view: ControlView; put: (car: string) => void }) {
  const found = fitting(props.typed, props.view, Object.keys(cars.value)).slice(0, SHOWN);
  if (found.length === 0) return <p class="pad-warning" role="status">{c("noMatch", { typed: props.typed })}</p>;
  const due = new Map(props.view.expected.map((one) => [one.car, one]));
  return (
    <div class="matches" role="group" aria-label={c("matches", { typed: props.typed })}>
      {found.map((car) => {
        const one = due.get(car);
        const when = one?.arrived !== undefined ? t("control.through") : one?.due === undefined ? "" : clockText(one.due, offset(), false);
        return (
          <button key={car} type="button" data-car={car} onClick={() => props.put(car)}>
            <b>{car}</b> <small>{when}</small>
          </button>
        );
      })}
    </div>
  );
}

/** Said, never a block: the marshal sees the car. */
function warning(view: ControlView, typed: string): string {
  if (typed === "") return "";
  const arrived = view.expected.find((one) => one.car === typed)?.arrived;
  if (arrived !== undefined) return t("control.twice", { car: typed, time: clockText(arrived, offset()) });
  return typed in cars.value ? "" : t("control.unknown", { car: typed });
}

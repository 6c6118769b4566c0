/** The number pad: type a car number and put it to the open stamp, or stamp that car now. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { cars, controls, rally } from "../live/store";
import { clockText } from "../ui/format";
import { t } from "../ui/text";
import { assign, stampNow } from "./acts";
import { NO_STAMP, type OpenStamp, stampTime } from "./stamps";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const LONGEST = 5;

export function Pad(props: {
  control: string; open: OpenStamp | undefined; hold: (stamp: string) => void; done: () => void;
}) {
  // A signal, not state: keys come faster than the page is drawn, and none may be lost.
  const typing = useSignal("");
  const typed = typing.value;
  const { open } = props;
  const type = (key: string) => {
    // From the first figure on, the number is for this stamp, also when a newer one comes in.
    if (typing.peek() === "") props.hold(open?.key ?? NO_STAMP);
    typing.value = (typing.peek() + key).slice(0, LONGEST);
  };
  const enter = () => {
    const car = typing.peek();
    if (car === "") return;
    if (open === undefined) stampNow(props.control, car);
    else assign(props.control, open.key, car, `${stampTime(open.stamp)} ${car}`);
    typing.value = "";
    props.done();
  };
  const clear = () => {
    typing.value = "";
    props.done();
  };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      if (/^[0-9]$/.test(event.key)) type(event.key);
      else if (event.key === "Backspace") typing.value = typing.peek().slice(0, -1);
      else if (event.key === "Enter" && typing.peek() !== "") {
        event.preventDefault(); // not the button that was pressed before
        enter();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return (
    <div class="pad">
      <p class="pad-for">{open === undefined ? t("control.pad") : t("control.putOn", { time: stampTime(open.stamp) })}</p>
      <output class="pad-typed" aria-live="polite">{typed === "" ? "–" : typed}<small>{whose(typed)}</small></output>
      <p class="pad-warning" role="status">{warning(props.control, typed)}</p>
      <div class="pad-keys">
        {KEYS.map((key) => <button key={key} type="button" onClick={() => type(key)}>{key}</button>)}
        <button type="button" class="quiet" onClick={clear}>{t("control.clear")}</button>
        <button type="button" onClick={() => type("0")}>0</button>
        <button type="button" class="enter" disabled={typed === ""} onClick={enter}>
          {open === undefined ? t("control.stampNow") : t("control.put", { car: typed })}
        </button>
      </div>
    </div>
  );
}

function whose(typed: string): string {
  return cars.value[typed]?.driver ?? "";
}

/** Said, never a block: the marshal sees the car. */
function warning(control: string, typed: string): string {
  if (typed === "") return "";
  const arrived = controls.value[control]?.expected?.[typed]?.arrived;
  if (arrived !== undefined) {
    return t("control.twice", { car: typed, time: clockText(arrived, rally.value?.utc_offset ?? "+00:00") });
  }
  return typed in cars.value ? "" : t("control.unknown", { car: typed });
}

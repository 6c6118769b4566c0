/** The rally clock as a dial: hands for hour and minute, and a seconds hand where seconds can be followed. */
import { rallySecond } from "../live/clock";
import { rally } from "../live/store";
import { timeOfDayMs } from "./format";

const TICKS = Array.from({ length: 60 }, (_, i) => i);
/** Faster than this a seconds hand only flickers. */
const FOLLOWABLE_SPEED = 10;

function Hand(props: { class: string; degrees: number; d: string }) {
  return <path class={props.class} d={props.d} transform={`rotate(${props.degrees.toFixed(2)} 50 50)`} />;
}

export function Dial() {
  const second = rallySecond.value;
  const row = rally.value;
  const day = second === null || row === null ? 0 : timeOfDayMs(second * 1000, row.utc_offset) / 1000;
  return (
    <svg class="dial" viewBox="0 0 100 100" aria-hidden="true">
      <circle class="dial-rim" cx="50" cy="50" r="48" />
      {TICKS.map((i) => (
        <path key={i} class={i % 5 === 0 ? "dial-hour" : "dial-minute"} d={i % 5 === 0 ? "M50 5v9" : "M50 5v4"}
          transform={`rotate(${i * 6} 50 50)`} />
      ))}
      <Hand class="dial-hand" d="M50 57V25" degrees={(day / 43_200) * 360} />
      <Hand class="dial-hand long" d="M50 59V11" degrees={(day / 3_600) * 360} />
      {(row?.speed ?? 1) <= FOLLOWABLE_SPEED ? (
        <Hand class="dial-second" d="M50 64V8" degrees={(day % 60) * 6} />
      ) : null}
      <circle class="dial-pin" cx="50" cy="50" r="3.2" />
    </svg>
  );
}

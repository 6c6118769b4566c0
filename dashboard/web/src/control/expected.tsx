/** Who is due at a control, in the expected order, with the due minute. */
import { phoneNow } from "../live/phone-clock";
import { cars } from "../live/store";
import { byNumber, clockText } from "../ui/format";
import { Folded, Panel } from "../ui/pieces";
import { t } from "../ui/text";
import { enter, offset, openStamp } from "./enter";
import { type ControlView, minutesLate, type SeenCar } from "./view";
import { c } from "./words";

const OVERDUE_MINUTES = 5;
const SHOWN_DUE = 8;
const SHOWN_THROUGH = 5;

type Standing = "early" | "now" | "late" | "overdue";
const LETTERS = { early: "letterEarly", now: "letterNow", late: "letterLate", overdue: "letterOverdue" } as const;

/** How a car stands to its due minute; arriving within the minute, or in the zone the minute before, is on time. */
export function standingOf(due: string | undefined, nowMs: number): Standing | undefined {
  if (due === undefined) return undefined;
  const minutes = minutesLate(nowMs, due);
  if (minutes > OVERDUE_MINUTES) return "overdue";
  if (minutes > 0) return "late";
  return minutes >= -1 ? "now" : "early";
}

export function Expected(props: { control: string; view: ControlView; may: boolean }) {
  const due = props.view.expected.filter((row) => row.arrived === undefined);
  const through = props.view.expected.filter((row) => row.arrived !== undefined)
    .sort((a, b) => Date.parse(b.arrived ?? "") - Date.parse(a.arrived ?? ""));
  return (
    <Panel title={t("control.expected")} note={String(due.length)} class="expected">
      {due.length === 0 && through.length > 0 ? <p class="nothing">{t("control.allThrough")}</p> : null}
      <Folded shown={SHOWN_DUE} more={t("control.more")} items={due.map((row) => (
        <DueItem key={row.car} control={props.control} row={row} view={props.view} may={props.may} />
      ))} />
      {through.length === 0 ? null : (
        <>
          <h3>{t("control.through")}</h3>
          <Folded class="through" shown={SHOWN_THROUGH} more={t("control.earlier")} items={through.map((row) => (
            <li key={row.car} class={row.unsent ? "unsent" : ""}>
              <span class="plate">{row.car}</span>
              <span class="driver">{cars.value[row.car]?.driver}</span>
              <time>{clockText(row.arrived ?? "", offset())}</time>
            </li>
          ))} />
        </>
      )}
    </Panel>
  );
}

const QUICK = 4;

/** One tap beside the big button: the likeliest cars of the open stamp, else who comes next. */
export function Quick(props: { control: string; view: ControlView }) {
  const open = openStamp(props.view);
  const due = props.view.expected.filter((row) => row.arrived === undefined);
  const ranked = Object.entries(open?.candidates ?? {}).sort(([a, x], [b, y]) => y.score - x.score || byNumber(a, b)).map(([car]) => car);
  const now = phoneNow.value;
  const fitting = now === null ? due : due.filter((row) => standingOf(row.due, now) !== "overdue");
  const numbers = [...new Set([...ranked, ...(fitting.length === 0 ? due : fitting).map((row) => row.car)])].slice(0, QUICK);
  const rows = new Map(due.map((row) => [row.car, row]));
  return (
    <div class="quick" role="group" aria-label={c(ranked.length > 0 ? "likely" : "next")}>
      {numbers.map((car) => {
        const at = rows.get(car)?.due;
        const standing = now === null ? undefined : standingOf(at, now);
        return (
          <button key={car} type="button" class={`is-${standing ?? "none"}`} data-quick={car}
            onClick={() => enter(props.control, props.view, car)}>
            <span class="sr">{open === undefined ? t("control.stampCar", { car }) : t("control.put", { car })}: </span><b>{car}</b>
            <small>{standing === undefined ? "" : <b class="letter" aria-hidden="true">{c(LETTERS[standing])}</b>} {at === undefined ? "" : clockText(at, offset(), false)}</small>
          </button>
        );
      })}
    </div>
  );
}

function DueItem(props: { control: string; row: SeenCar; view: ControlView; may: boolean }) {
  const { car, due } = props.row;
  const open = openStamp(props.view);
  const now = phoneNow.value;
  const standing = now === null ? undefined : standingOf(due, now);
  return (
    <li class={`due is-${standing ?? "none"}`} data-car={car}>
      <span class="plate">{car}</span>
      <span class="driver">{cars.value[car]?.driver}<small>{cars.value[car]?.car}</small></span>
      <span class="due-time">
        {due === undefined ? "" : clockText(due, offset(), false)}
        {standing === undefined ? null : (
          <small><b class="letter" aria-hidden="true">{c(LETTERS[standing])}</b> {t(`control.${standing}`)}</small>
        )}
      </span>
      {!props.may ? null : (
        <button type="button" onClick={() => enter(props.control, props.view, car)}
          aria-label={open === undefined ? t("control.stampCar", { car }) : t("control.put", { car })}>
          {open === undefined ? c("stamp") : t("control.put", { car })}
        </button>
      )}
    </li>
  );
}

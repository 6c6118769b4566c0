/** Who is due at a control, in the expected order, with the due minute. */
import { freeSecond } from "../live/clock";
import { cars, rally } from "../live/store";
import type { ControlRow } from "../live/state";
import { byNumber, clockText } from "../ui/format";
import { Folded, Panel } from "../ui/pieces";
import { t } from "../ui/text";
import { assign, stampNow } from "./acts";
import { type OpenStamp, stampTime } from "./stamps";

const MINUTE_MS = 60_000;
const OVERDUE_MINUTES = 5;
const SOON_MINUTES = 2;
const SHOWN_DUE = 8;
const SHOWN_THROUGH = 5;

type Standing = "early" | "now" | "late" | "overdue";

/** How a car stands to its due minute; arriving within the minute is on time. */
export function standingOf(due: string | undefined, nowMs: number): Standing | undefined {
  if (due === undefined) return undefined;
  const minutes = Math.floor(nowMs / MINUTE_MS) - Math.floor(Date.parse(due) / MINUTE_MS);
  if (minutes > OVERDUE_MINUTES) return "overdue";
  if (minutes > 0) return "late";
  return minutes >= -SOON_MINUTES + 1 ? "now" : "early";
}

export function Expected(props: {
  control: string; row: ControlRow; may: boolean; open: OpenStamp | undefined; done: () => void;
}) {
  const all = Object.entries(props.row.expected ?? {}).sort(([a, x], [b, y]) => x.order - y.order || byNumber(a, b));
  const due = all.filter(([, row]) => row.arrived === undefined);
  const through = all.filter(([, row]) => row.arrived !== undefined)
    .sort(([, x], [, y]) => Date.parse(y.arrived ?? "") - Date.parse(x.arrived ?? ""));
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <Panel title={t("control.expected")} note={String(due.length)} class="expected">
      {due.length === 0 && through.length > 0 ? <p class="nothing">{t("control.allThrough")}</p> : null}
      <Folded shown={SHOWN_DUE} more={t("control.more")} items={due.map(([car, row]) => (
        <DueItem key={car} control={props.control} car={car} due={row.due} may={props.may} open={props.open} done={props.done} />
      ))} />
      {through.length === 0 ? null : (
        <>
          <h3>{t("control.through")}</h3>
          <Folded class="through" shown={SHOWN_THROUGH} more={t("control.earlier")} items={through.map(([car, row]) => (
            <li key={car}>
              <span class="plate">{car}</span>
              <span class="driver">{cars.value[car]?.driver}</span>
              <time>{clockText(row.arrived ?? "", offset)}</time>
            </li>
          ))} />
        </>
      )}
    </Panel>
  );
}

function DueItem(props: {
  control: string; car: string; due: string | undefined; may: boolean; open: OpenStamp | undefined; done: () => void;
}) {
  const { car, open } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const standing = standingOf(props.due, (freeSecond.value ?? 0) * 1000);
  const tap = () => {
    if (open === undefined) stampNow(props.control, car);
    else assign(props.control, open.key, car, `${stampTime(open.stamp)} ${car}`);
    props.done();
  };
  return (
    <li class={`due is-${standing ?? "none"}`} data-car={car}>
      <span class="plate">{car}</span>
      <span class="driver">{cars.value[car]?.driver}<small>{cars.value[car]?.car}</small></span>
      <span class="due-time">
        {props.due === undefined ? "" : clockText(props.due, offset, false)}
        <small>{standing === undefined ? "" : t(`control.${standing}`)}</small>
      </span>
      {!props.may ? null : (
        <button type="button" onClick={tap}
          aria-label={open === undefined ? t("control.stampCar", { car }) : t("control.put", { car })}>
          {open === undefined ? t("control.stampNow") : t("control.put", { car })}
        </button>
      )}
    </li>
  );
}

/** The stamps of a control, newest first, each with the cars it may be. */
import { cars, rally } from "../live/store";
import { mayJudge } from "../live/session";
import type { Rows, StampRow } from "../live/state";
import { byNumber, clockText } from "../ui/format";
import { Folded, Panel } from "../ui/pieces";
import { t, words } from "../ui/text";
import { assign, markSpurious, restore } from "./acts";

export interface OpenStamp { readonly key: string; readonly stamp: StampRow }

const SHOWN = 8;
const DEAD = new Set(["SPURIOUS", "WITHDRAWN", "DUPLICATE_EDGE"]);

/** What `chosen` holds when the official wants no stamp to take the next number. */
export const NO_STAMP = "";

/**
 * The stamp that takes the next number: the chosen one; with null the newest that counts and has no car; with
 * `NO_STAMP` none, so that a number makes a stamp of its own.
 */
export function openStamp(stamps: Rows<StampRow>, chosen: string | null): OpenStamp | undefined {
  if (chosen === NO_STAMP) return undefined;
  const picked = chosen === null ? undefined : stamps[chosen];
  if (chosen !== null && picked !== undefined) return { key: chosen, stamp: picked };
  return newestFirst(stamps).map(([key, stamp]) => ({ key, stamp }))
    .find(({ stamp }) => stamp.car === undefined && !DEAD.has(stamp.disposition));
}

function newestFirst(stamps: Rows<StampRow>): [string, StampRow][] {
  return Object.entries(stamps).sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at) || b.seq - a.seq);
}

/** A stamp's time in words: the service's own text, which has the precision of the device. */
export function stampTime(stamp: StampRow): string {
  return stamp.text || clockText(stamp.at, rally.peek()?.utc_offset ?? "+00:00");
}

export function Stamps(props: {
  control: string; stamps: Rows<StampRow>; may: boolean; open: string | undefined; choose: (key: string | null) => void;
}) {
  const rows = newestFirst(props.stamps);
  return (
    <Panel title={t("control.stamps")} note={props.may ? t("control.tap") : undefined} class="stamps">
      {rows.length === 0 ? <p class="nothing">{t("control.noStamps")}</p> : (
        <Folded shown={SHOWN} more={t("control.earlier")} items={rows.map(([key, stamp]) => (
          <StampItem key={key} id={key} control={props.control} stamp={stamp} may={props.may} open={props.may && key === props.open}
            choose={props.choose} />
        ))} />
      )}
    </Panel>
  );
}

function StampItem(props: {
  id: string; control: string; stamp: StampRow; may: boolean; open: boolean; choose: (key: string | null) => void;
}) {
  const { stamp, control, id } = props;
  const dead = DEAD.has(stamp.disposition);
  const time = stampTime(stamp);
  return (
    <li class={`stamp ${props.open ? "open" : ""} ${dead ? "dead" : ""}`} data-stamp={id}>
      <button type="button" class="stamp-main" aria-pressed={props.open} disabled={!props.may}
        onClick={() => props.choose(props.open ? NO_STAMP : id)}>
        <span class="stamp-car">{stamp.car ?? "?"}</span>
        <span class="stamp-time">{time}</span>
        <small>{[stamp.source, words(stamp.disposition), stamp.assigned_by].filter(Boolean).join(" · ")}</small>
      </button>
      {stamp.car !== undefined || dead || !props.may ? null : <Candidates control={control} id={id} stamp={stamp} />}
      {props.open ? (
        <div class="stamp-more">
          {stamp.car === undefined ? null : (
            <button type="button" onClick={() => assign(control, id, null, `${time} –`)}>{t("control.undo")}</button>
          )}
          {!mayJudge() ? null : stamp.disposition === "SPURIOUS" ? (
            <button type="button" onClick={() => restore(control, id, time)}>{t("control.restore")}</button>
          ) : (
            <button type="button" onClick={() => markSpurious(control, id, time)}>{t("control.spurious")}</button>
          )}
        </div>
      ) : null}
    </li>
  );
}

function Candidates(props: { control: string; id: string; stamp: StampRow }) {
  const best = Object.entries(props.stamp.candidates ?? {})
    .sort(([a, x], [b, y]) => y.score - x.score || byNumber(a, b)).slice(0, 4);
  if (best.length === 0) return null;
  return (
    <div class="candidates">
      {best.map(([car, candidate]) => (
        <button key={car} type="button" title={candidate.why}
          onClick={() => assign(props.control, props.id, car, `${stampTime(props.stamp)} ${car}`)}>
          <b>{car}</b> <small>{cars.value[car]?.driver ?? candidate.why}</small>
        </button>
      ))}
    </div>
  );
}

/** The stamps of a control, newest first, each with the cars it may be. */
import { cars } from "../live/store";
import { mayJudge } from "../live/session";
import { byNumber } from "../ui/format";
import { Folded, Panel } from "../ui/pieces";
import { t, words } from "../ui/text";
import { assign, markSpurious, restore } from "./acts";
import { chosen, enter, NO_STAMP, openStamp, stampText, takeBack } from "./enter";
import { alive, type ControlView, type SeenStamp } from "./view";
import { c } from "./words";

const SHOWN = 8;

export function Stamps(props: { control: string; view: ControlView; may: boolean }) {
  const open = openStamp(props.view);
  return (
    <Panel title={t("control.stamps")} note={props.may ? t("control.tap") : undefined} class="stamps">
      {props.view.stamps.length === 0 ? <p class="nothing">{t("control.noStamps")}</p> : (
        <Folded shown={SHOWN} more={t("control.earlier")} items={props.view.stamps.map((stamp) => (
          <StampItem key={stamp.id} control={props.control} stamp={stamp} view={props.view} may={props.may}
            open={props.may && stamp.id === open?.id} />
        ))} />
      )}
    </Panel>
  );
}

function StampItem(props: { control: string; stamp: SeenStamp; view: ControlView; may: boolean; open: boolean }) {
  const { stamp, control } = props;
  const dead = !alive(stamp);
  return (
    <li class={`stamp ${props.open ? "open" : ""} ${dead ? "dead" : ""} ${stamp.unsent ? "unsent" : ""}`} data-stamp={stamp.id}>
      <button type="button" class="stamp-main" aria-pressed={props.open} disabled={!props.may}
        onClick={() => { chosen.value = props.open ? NO_STAMP : stamp.id; }}>
        <span class="stamp-car">{stamp.car ?? "?"}</span>
        <span class="stamp-time">{stampText(stamp)}</span>
        <small>{facts(stamp)}</small>
      </button>
      {stamp.note ? <p class="stamp-note">{stamp.note}</p> : null}
      {stamp.car !== undefined || dead || !props.may ? null : <Candidates {...props} />}
      {props.open ? <More control={control} stamp={stamp} /> : null}
    </li>
  );
}

function facts(stamp: SeenStamp): string {
  const state = stamp.unsent ? "unsent" : words(stamp.disposition);
  return [stamp.source, state, stamp.unsent ? "" : stamp.assigned_by].filter(Boolean).join(" · ");
}

function More(props: { control: string; stamp: SeenStamp }) {
  const { control, stamp } = props;
  const time = stampText(stamp);
  const dead = !alive(stamp);
  return (
    <div class="stamp-more">
      {stamp.car === undefined || dead ? null : (
        <button type="button" onClick={() => assign(control, stamp.id, null, time)}>{t("control.undo")}</button>
      )}
      {!stamp.own || dead ? null : (
        <button type="button" onClick={() => takeBack(control, stamp.id, time)}>{c("takeBack", { time })}</button>
      )}
      {!mayJudge() || stamp.key === "" ? null
        : stamp.disposition === "SPURIOUS" ? (
          <button type="button" onClick={() => restore(control, stamp.key, time)}>{t("control.restore")}</button>
        ) : (
          <button type="button" onClick={() => markSpurious(control, stamp.key, time)}>{t("control.spurious")}</button>
        )}
    </div>
  );
}

/** The cars that it may be, best first: one tap puts the number. */
function Candidates(props: { control: string; stamp: SeenStamp; view: ControlView }) {
  const best = Object.entries(props.stamp.candidates ?? {})
    .sort(([a, x], [b, y]) => y.score - x.score || byNumber(a, b)).slice(0, 4);
  if (best.length === 0) return null;
  const put = (car: string) => {
    chosen.value = props.stamp.id;
    enter(props.control, props.view, car);
  };
  return (
    <div class="candidates">
      {best.map(([car, candidate]) => (
        <button key={car} type="button" title={candidate.why} onClick={() => put(car)}>
          <b>{car}</b> <small>{cars.value[car]?.driver ?? candidate.why}</small>
        </button>
      ))}
    </div>
  );
}

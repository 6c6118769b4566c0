/** A control's own page: the clock, who is expected, the stamps, and the numbers to put to them. */
import { useState } from "preact/hooks";
import { freeSecond } from "../live/clock";
import { maySee, mayStamp, session } from "../live/session";
import { throughOf } from "../live/road";
import { controls, rally } from "../live/store";
import type { ControlRow } from "../live/state";
import { clockText } from "../ui/format";
import { t, words } from "../ui/text";
import { stampNow } from "./acts";
import { Expected } from "./expected";
import { OutboxList } from "./outbox-list";
import { Pad } from "./pad";
import { openStamp, Stamps } from "./stamps";

export function ControlPage(props: { control: string }) {
  const control = controls.value[props.control];
  const [chosen, setChosen] = useState<string | null>(null);
  if (session.value === null) return <p class="waiting">{t("app.waiting")}</p>;
  if (session.value.role === "spectator") return <p class="nothing">{t("control.signIn")}</p>;
  if (control === undefined) return <p class="nothing">{t("control.none", { control: props.control })}</p>;
  if (!maySee(props.control)) return <p class="nothing">{t("control.other")}</p>;
  // The stamp that takes the next number: the one tapped, else the newest without a number.
  const open = openStamp(control.stamps ?? {}, chosen);
  return (
    <div class="control-page">
      <ControlHead id={props.control} control={control} />
      <OutboxList control={props.control} />
      <div class="control-columns">
        {!mayStamp(props.control) ? null : <div class="control-act">
          <button type="button" class="stamp-now" onClick={() => { setChosen(null); stampNow(props.control); }}>
            {t("control.stampNow")}
            <small>{t("control.stampHint")}</small>
          </button>
          <Pad control={props.control} open={open} hold={setChosen} done={() => setChosen(null)} />
        </div>}
        <Stamps control={props.control} stamps={control.stamps ?? {}} may={mayStamp(props.control)} open={open?.key}
          choose={setChosen} />
        <Expected control={props.control} row={control} may={mayStamp(props.control)} open={open}
          done={() => setChosen(null)} />
      </div>
    </div>
  );
}

function ControlHead(props: { id: string; control: ControlRow }) {
  const { control } = props;
  const second = freeSecond.value;
  return (
    <header class="control-head">
      <div>
        <h2><span class="test-id">{props.id}</span> {control.name === props.id ? "" : control.name}</h2>
        <p class="facts">
          {words(control.kind)} · {t("side.through", { ...throughOf(control) })}
          {control.missing ? ` · ${t("side.missing", { missing: control.missing })}` : ""}
          {control.health === undefined ? "" : ` · ${t(healthKey(control.health.status))}`}
        </p>
      </div>
      <time class="control-clock">
        {second === null ? "" : clockText(second * 1000, rally.value?.utc_offset ?? "+00:00")}
      </time>
    </header>
  );
}

function healthKey(status: string) {
  return status === "ok" ? "health.ok" : status === "silent" ? "health.silent" : "health.none";
}

/** A control's own page: the clock, who is expected, the stamps, and the numbers to put to them. Works without network. */
import { useEffect } from "preact/hooks";
import { phoneNow, phoneSecond } from "../live/phone-clock";
import { throughOf } from "../live/road";
import { maySee, mayStamp, session } from "../live/session";
import type { ControlRow } from "../live/state";
import { controls, remarks } from "../live/store";
import { clockText } from "../ui/format";
import { t, words } from "../ui/text";
import { Cards, ToastLine } from "./cards";
import { followDue } from "./due";
import { offset, pressStamp, timeText, viewOf } from "./enter";
import { Expected, Quick } from "./expected";
import { keepAwake } from "./feel";
import { Mode } from "./modes";
import { Pad } from "./pad";
import { Reports } from "./reports";
import { Stamps } from "./stamps";
import { startControl } from "./start";
import { Alarms, News, PhoneBar } from "./status";
import { c } from "./words";

export function ControlPage(props: { control: string }) {
  const id = props.control;
  const row = controls.value[id];
  useEffect(() => {
    startControl();
    const again = () => void keepAwake();
    document.addEventListener("visibilitychange", again);
    document.addEventListener("pointerdown", again);
    return () => {
      document.removeEventListener("visibilitychange", again);
      document.removeEventListener("pointerdown", again);
    };
  }, []);
  if (session.value === null) return <p class="waiting">{t("app.waiting")}</p>;
  if (session.value.role === "spectator") return <div class="control-page"><Alarms /><News control={id} /><p class="nothing">{t("control.signIn")}</p></div>;
  if (row === undefined) return <p class="nothing">{t("control.none", { control: id })}</p>;
  if (!maySee(id)) return <p class="nothing">{t("control.other")}</p>;
  followDue(id);
  void phoneSecond.value; // what was sent a while ago is shown as the service has it
  const view = viewOf(id) ?? { stamps: [], expected: [] };
  const may = mayStamp(id);
  return (
    <div class="control-page">
      <Head id={id} row={row} />
      <PhoneBar />
      <Alarms />
      <div class="control-columns">
        <div class="control-act">
          {row.kind === "SS_START" ? <Mode id={id} row={row} view={view} may={may} /> : null}
          {!may ? null : (
            <>
              <button type="button" class="stamp-now" onClick={() => pressStamp(id)}>
                {t("control.stampNow")}
              </button>
              <ToastLine />
              <Quick control={id} view={view} />
              <Pad control={id} view={view} />
              <Cards control={id} row={row} view={view} />
            </>
          )}
          <News control={id} />
          {row.kind === "SS_START" ? null : <Mode id={id} row={row} view={view} may={may} />}
        </div>
        <Stamps control={id} view={view} may={may} />
        <div class="control-side">
          <Expected control={id} view={view} may={may} />
          <Reports control={id} row={row} view={view} may={may} />
        </div>
      </div>
    </div>
  );
}

function Head(props: { id: string; row: ControlRow }) {
  const { row } = props;
  const second = phoneSecond.value;
  return (
    <header class="control-head">
      <div>
        <h2><span class="test-id">{props.id}</span> {row.name === props.id ? "" : row.name}</h2>
        <p class="facts">
          <b class="kind">{words(row.kind)}</b> · {state(props.id, row)} · {t("side.through", { ...throughOf(row) })}
          {row.missing ? ` · ${t("side.missing", { missing: row.missing })}` : ""}
          {row.health === undefined ? "" : ` · ${t(healthKey(row.health.status))}`}
        </p>
      </div>
      <time class="control-clock">{second === null ? "" : clockText(second * 1000, offset())}</time>
    </header>
  );
}

function state(id: string, row: ControlRow): string {
  const signed = Object.values(remarks.value[id] ?? {}).filter((one) => one.kind === "SIGN_OFF")
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  if (signed !== undefined) return c("signedOff", { time: timeText(Date.parse(signed.at)), by: signed.by });
  if (row.opens === undefined) return "";
  const opens = Date.parse(row.opens);
  const time = clockText(opens, offset(), false);
  return phoneNow.value !== null && phoneNow.value >= opens ? c("open", { time }) : c("opens", { time });
}

function healthKey(status: string) {
  switch (status) {
    case "ok":
      return "health.ok";
    case "silent":
      return "health.silent";
    case "untested":
      return "health.untested";
    default:
      return "health.none";
  }
}

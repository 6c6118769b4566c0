/** One device in full: test passes, missing numbers, disturbances, and the forms that move it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { instantNear } from "../desk/act-of";
import { prepare } from "../desk/store";
import { holds } from "../live/session";
import { cars, controls, rally } from "../live/store";
import { clockText, dayText } from "../ui/format";
import { words } from "../ui/text";
import type { Device, Link } from "./types";
import { happenedText, heardText, w } from "./words";

export function Detail(props: { id: string; device: Device; link: Link | undefined; now: string }) {
  const { id, device, link } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const refused = Object.entries(device.reasons).map(([reason, n]) => `${words(reason)} ${n}`).join(", ");
  return (
    <div class="device-detail">
      {device.double === null ? null : <p class="draft-fault">{device.double}</p>}
      {device.lines.map((one) => (
        <p key={`${one.control}${one.channel}`} class={one.tested === null ? "bad" : ""}>
          <a class="test-id" href={`/control/${encodeURIComponent(one.control)}`}>{one.control}</a> {w("asLetter", { line: one.line })},{" "}
          {one.channel === "" ? w("anyChannel") : w("channel", { channel: one.channel })}:{" "}
          {one.tested === null ? w("untestedLine") : w("testedAt", { time: clockText(one.tested, offset) })}
        </p>
      ))}
      {Object.keys(device.heard_kinds).length === 0 ? null : (
        <p class="num">{w("lastHeard", { kinds: heardText(device.heard_kinds, (at) => clockText(at, offset)) })}</p>
      )}
      <p class="soft">
        {w("counts", { n: device.readings, starts: device.starts, again: device.duplicates })}
        {device.reconnects > 0 ? ` · ${w("reconnects", { n: device.reconnects })}` : ""}
        {device.spool ? ` · ${w("spooled", { n: device.spool })}` : ""}
        {link === undefined ? "" : ` · ${link.name} ${link.up ? w("up") : w("down")}${link.error === null ? "" : `: ${link.error}`}`}
      </p>
      {device.rejected > 0 ? <p class="bad">{w("refused", { n: device.rejected, why: refused })}</p> : null}
      <Missing device={device} />
      <Happened device={device} offset={offset} />
      <p>
        {device.clock === undefined ? null : <a href={`/desk/clocks?device=${encodeURIComponent(id)}`}>{w("clockDesk")}: {words(device.clock.state)} {device.clock.why}</a>}
      </p>
      {device.lines.length > 0 && holds("timekeeper") ? <Move id={id} device={device} now={props.now} offset={offset} /> : null}
      {device.lines.length === 0 && (holds("clerk") || holds("timekeeper")) ? <Swap id={id} device={device} now={props.now} offset={offset} /> : null}
    </div>
  );
}

function Missing(props: { device: Device }) {
  const { missing, starts } = props.device;
  if (missing.length === 0) return null;
  return (
    <section>
      <h3>{w("ranges")}</h3>
      <p class="num">
        {missing.map((one) => (one.first === one.last ? w("one", { first: String(one.first) }) : w("range", { first: String(one.first), last: String(one.last) }))
          + (starts > 1 ? ` (${w("ofStart", { boot: String(one.boot) })})` : "")).join(", ")}
      </p>
    </section>
  );
}

function Happened(props: { device: Device; offset: string }) {
  const { happened } = props.device;
  if (happened.length === 0) return null;
  let day = "";
  return (
    <section>
      <h3>{w("happened")}</h3>
      <ol class="device-happened">
        {[...happened].reverse().map((one) => {
          const on = dayText(Date.parse(one.at), props.offset);
          const head = on === day ? null : <span class="soft">{on}</span>;
          day = on;
          return (
            <li key={one.at + one.kind}>
              <time class="num">{clockText(one.at, props.offset)}</time> <b>{happenedText(one.kind)}</b> {one.detail} {head}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

interface FormProps { id: string; device: Device; now: string; offset: string }

function Move(props: FormProps) {
  const [control, setControl] = useState("");
  const [line, setLine] = useState(props.device.lines[0]?.line ?? "A");
  const [since, setSince] = useState(clockText(props.now, props.offset));
  const where = control === "" ? w("noControl") : w("line", { line, control });
  const channel = props.device.lines.length === 1 ? props.device.lines[0]?.channel ?? "" : "";
  return (
    <Form {...props} legend={w("move")} since={since} setSince={setSince} submit={(at) => prepare(w("movedTitle", { device: props.id, where, time: since }), {
      act: { type: "AssignDevice", device: props.id, since: at, control: control === "" ? null : control, channel, line },
    }, ["timekeeper"])}>
      <label>{w("to")} <select name="control" value={control} onChange={(event) => setControl(event.currentTarget.value)}>
        <option value="">{w("noControl")}</option>
        {Object.keys(controls.value).map((one) => <option key={one} value={one}>{one}</option>)}
      </select></label>
      <label>{w("asLine")} <select name="line" value={line} onChange={(event) => setLine(event.currentTarget.value)}>
        {["A", "B", "H"].map((one) => <option key={one} value={one}>{one}</option>)}
      </select></label>
    </Form>
  );
}

function Swap(props: FormProps) {
  const [car, setCar] = useState(props.device.car ?? "");
  const [since, setSince] = useState(clockText(props.now, props.offset));
  const where = car === "" ? w("noCar") : w("car", { car });
  return (
    <Form {...props} legend={w("swap")} since={since} setSince={setSince} submit={(at) => prepare(w("movedTitle", { device: props.id, where, time: since }), {
      act: { type: "AssignTracker", device: props.id, since: at, car: car === "" ? null : car },
    }, ["clerk", "timekeeper"])}>
      <label>{w("to")} <select name="car" value={car} onChange={(event) => setCar(event.currentTarget.value)}>
        <option value="">{w("noCar")}</option>
        {Object.keys(cars.value).map((one) => <option key={one} value={one}>{one}</option>)}
      </select></label>
    </Form>
  );
}

/** `submit` gets the time of day that was chosen, on the date on which it lies nearest to the present. */
function Form(props: FormProps & { legend: string; since: string; setSince: (clock: string) => void; submit: (at: string) => void; children: ComponentChildren }) {
  const { now, offset, since } = props;
  const submit = (event: Event) => {
    event.preventDefault();
    const at = instantNear(since, Date.parse(now), offset);
    if (at !== undefined) props.submit(at);
  };
  return (
    <form class="device-move" onSubmit={submit}>
      <b>{props.legend}</b>
      {props.children}
      <label>{w("from")} <input name="since" type="time" step={1} required value={since} onInput={(event) => props.setSince(event.currentTarget.value)} /></label>
      <button type="submit">{w("prepare")}</button>
      <span class="soft">{w("now")}</span>
    </form>
  );
}

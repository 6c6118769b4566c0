/** A comparison of a device's clock with a reference, as two readings taken at one moment. */
import { useRef, useState } from "preact/hooks";
import { newKey } from "../control/outbox";
import { rallyInstant } from "../live/clock";
import { postJson } from "../live/api";
import { rally } from "../live/store";
import { instantNear } from "./act-of";
import { d } from "./words";

export function CheckForm(props: { device: string; told: () => void }) {
  const [shown, setShown] = useState("");
  const [reference, setReference] = useState("");
  const [within, setWithin] = useState("100");
  const [said, setSaid] = useState("");
  const key = useRef(newKey());
  const submit = (event: Event) => {
    event.preventDefault();
    const offset = rally.peek()?.utc_offset ?? "+00:00";
    const now = rallyInstant() ?? Date.now();
    const [at, right] = [instantNear(shown, now, offset), instantNear(reference, now, offset)];
    if (at === undefined || right === undefined || !/^\d{1,5}$/.test(within)) return setSaid(d("badCheck"));
    postJson(`/api/devices/${encodeURIComponent(props.device)}/checks`, {
      at, reference: right, uncertainty: Number(within) * 1_000, idempotency_key: key.current,
    }).then(() => {
      key.current = newKey();
      setSaid(d("checkTaken"));
      setShown("");
      setReference("");
      props.told();
    }, (reason: Error) => setSaid(reason.message));
  };
  return (
    <form class="act-form check-form" onSubmit={submit}>
      <label class="field-clock"><span>{d("deviceShows")}</span>
        <input name="shown" value={shown} autocomplete="off" placeholder="10:20:20.07" onInput={(event) => setShown(event.currentTarget.value)} />
      </label>
      <label class="field-clock"><span>{d("referenceShows")}</span>
        <input name="reference" value={reference} autocomplete="off" placeholder="10:20:20.00" onInput={(event) => setReference(event.currentTarget.value)} />
      </label>
      <label><span>{d("within")}</span>
        <input name="within" value={within} size={6} inputMode="numeric" onInput={(event) => setWithin(event.currentTarget.value)} />
      </label>
      <button type="submit">{d("enterCheck")}</button>
      {said === "" ? null : <p class="facts" role="status">{said}</p>}
    </form>
  );
}

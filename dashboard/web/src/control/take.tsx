/** The taking phone: reads the codes with its camera, shows what they are, and takes them into its own outbox. */
import { useEffect, useRef, useState } from "preact/hooks";
import { feel } from "./feel";
import { h } from "./handover-words";
import { outbox, takeIn } from "./outbox";
import { Collected, type Entry } from "./parcel";
import { cameraAllowed, scan } from "./scan";

type State =
  | { readonly at: "looking"; readonly have: number; readonly of: number; readonly damaged: boolean }
  | { readonly at: "found"; readonly entries: readonly Entry[] }
  | { readonly at: "taken"; readonly n: number }
  | { readonly at: "failed"; readonly why: string };

/** The content of the dialog. */
export function Take() {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<State>(cameraAllowed()
    ? { at: "looking", have: 0, of: 0, damaged: false } : { at: "failed", why: h("insecure") });
  const looking = state.at === "looking";
  useEffect(() => {
    if (!looking) return;
    let stop: (() => void) | null = null;
    let left = false;
    watch(video.current as HTMLVideoElement, setState).then((end) => {
      stop = end;
      if (left) end();
    }, (reason: Error) => setState({ at: "failed", why: h("noCamera", { why: reason.message }) }));
    return () => {
      left = true;
      stop?.();
    };
  }, [looking]);
  return (
    <>
      <h2 id="handover-title">{h("takeTitle")}</h2>
      {!looking ? null : (
        <>
          <p>{h("takeHow")}</p>
          <video ref={video} class="handover-camera" muted playsInline aria-hidden="true" />
          <p class="handover-progress" role="status">
            {state.of === 0 ? h("waiting") : h("read", { have: state.have, of: state.of })}
          </p>
          {state.of === 0 ? null : <progress max={state.of} value={state.have} aria-label={h("read", { have: state.have, of: state.of })} />}
          {state.damaged ? <p class="warn" role="alert">{h("damaged")}</p> : null}
        </>
      )}
      {state.at === "found" ? <Found entries={state.entries} done={(n) => setState({ at: "taken", n })} /> : null}
      {state.at === "taken" ? <p class="handover-taken" role="status">{h("taken", { n: state.n })}</p> : null}
      {state.at === "failed" ? <p class="warn" role="alert">{state.why}</p> : null}
    </>
  );
}

/** Collect codes until a parcel is whole. */
async function watch(video: HTMLVideoElement, tell: (state: State) => void): Promise<() => void> {
  let collected = new Collected();
  let busy = false;
  return scan(video, (text) => {
    const before = collected.progress.have;
    if (busy || !collected.take(text)) return;
    const { have, of } = collected.progress;
    if (have !== before) tell({ at: "looking", have, of, damaged: false });
    if (have < of) return;
    busy = true;
    collected.entries().then((entries) => {
      if (entries !== null) {
        feel(2);
        tell({ at: "found", entries });
      }
    }, () => {
      collected = new Collected();
      tell({ at: "looking", have: 0, of: 0, damaged: true });
    }).finally(() => { busy = false; });
  });
}

function Found(props: { entries: readonly Entry[]; done: (n: number) => void }) {
  const known = new Set(outbox.value.map((act) => act.key));
  const fresh = props.entries.filter((entry) => !known.has(entry.key));
  const controls = [...new Set(props.entries.map((entry) => entry.control))].join(", ");
  return (
    <>
      <p role="status"><b>{h("found", { n: props.entries.length, from: controls })}</b> {fresh.length < props.entries.length ? h(fresh.length === 0 ? "nothingNew" : "known", { n: props.entries.length - fresh.length }) : ""}</p>
      <ol class="handover-list">{props.entries.map((entry) => <li key={entry.key}>{entry.label}</li>)}</ol>
      {fresh.length === 0 ? null : (
        <button type="button" class="strong" onClick={() => void takeIn(fresh).then(() => props.done(fresh.length))}>
          {h("accept", { n: fresh.length })}
        </button>
      )}
    </>
  );
}

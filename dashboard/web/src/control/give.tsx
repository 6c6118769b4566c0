/** The giving phone: its unsent entries as a row of QR codes, one after the other until the other phone has all. */
import encodeQR from "qr";
import { useEffect, useRef, useState } from "preact/hooks";
import { labelOf } from "./enter";
import { h } from "./handover-words";
import { type Act, waiting } from "./outbox";
import { type Entry, pack, pathOf } from "./parcel";
import { fixedForHandOver } from "./sender";

/** Less than three changes a second (WCAG 2.3.1), and long enough for a slow camera. */
const SHOWN_MS = 360;
/** Modules of white around a code, by the standard. */
const QUIET = 4;

interface Parcel { readonly codes: readonly string[]; readonly entries: number; readonly left: number }

/** The content of the dialog. */
export function Give() {
  const [parcel, setParcel] = useState<Parcel | null>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  useEffect(() => {
    // As they are now: what is pressed meanwhile goes with the next parcel.
    void parcelOf(waiting.peek()).then(setParcel);
  }, []);
  const n = parcel?.codes.length ?? 0;
  useEffect(() => {
    if (!playing || n < 2) return;
    const timer = setInterval(() => setAt((i) => (i + 1) % n), SHOWN_MS);
    return () => clearInterval(timer);
  }, [playing, n]);
  if (parcel === null) return null;
  const step = (by: number) => {
    setPlaying(false);
    setAt((i) => (i + by + n) % n);
  };
  return (
    <>
      <h2 id="handover-title">{h("giveTitle", { n: parcel.entries })}</h2>
      <p>{h("giveHow")}</p>
      {parcel.left === 0 ? null : <p class="warn">{h("stays", { n: parcel.left })}</p>}
      {n === 0 ? null : <Code text={parcel.codes[at] as string} label={h("part", { i: at + 1, n })} />}
      {n < 2 ? null : (
        <div class="handover-steps">
          <button type="button" onClick={() => step(-1)}>{h("back")}</button>
          <button type="button" onClick={() => setPlaying(!playing)}>{h(playing ? "pause" : "play")}</button>
          <button type="button" onClick={() => step(1)}>{h("forward")}</button>
        </div>
      )}
    </>
  );
}

function Code(props: { text: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => draw(canvas.current as HTMLCanvasElement, props.text), [props.text]);
  return (
    <figure class="handover-code">
      <canvas ref={canvas} role="img" aria-label={props.label} />
      <figcaption>{props.label}</figcaption>
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, text: string): void {
  const rows = encodeQR(text, "raw", { ecc: "low", encoding: "alphanumeric", border: QUIET });
  // Whole pixels a module, enlarged by the style sheet without smoothing.
  canvas.width = canvas.height = rows.length;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, rows.length, rows.length);
  pen.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((dark, x) => { if (dark) pen.fillRect(x, y, 1, 1); }));
}

async function parcelOf(acts: readonly Act[]): Promise<Parcel> {
  const carried = await fixedForHandOver(acts.filter((act) => pathOf(act.kind, act.control) !== undefined && act.by !== undefined));
  return { codes: carried.length === 0 ? [] : await pack(carried.map(entry)), entries: carried.length, left: acts.length - carried.length };
}

function entry(act: Act): Entry {
  const { order: _, state: __, path: ___, pressed: ____, answer: _____, refused: ______, carried: _______, ...rest } = act;
  return { ...rest, label: labelOf(act) };
}

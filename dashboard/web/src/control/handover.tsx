/** The dialog in which entries go from phone to phone, without any network between them. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Lazy } from "../ui/lazy";
import { h } from "./handover-words";

/** Which side of it is open. */
export const handOver = signal<"give" | "take" | null>(null);

// Fetched when wanted and kept by the worker: most days nobody needs them.
const give = () => import("../later").then((module) => module.Give);
const take = () => import("../later").then((module) => module.Take);

function close(): void {
  handOver.value = null;
}

export function HandOver() {
  const side = handOver.value;
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (side !== null && box.current?.open === false) box.current.showModal();
  }, [side]);
  // Who leaves the page by the browser's own way back leaves the dialog, too.
  useEffect(() => close, []);
  if (side === null) return null;
  return (
    <dialog ref={box} class="handover" aria-labelledby="handover-title" onClose={close}>
      {side === "give" ? <Lazy load={give} props={{}} /> : <Lazy load={take} props={{}} />}
      <button type="button" class="handover-close" onClick={close}>{h("close")}</button>
    </dialog>
  );
}

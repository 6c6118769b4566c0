/** A page in two steps: what a screen shows at once, the rest when that has been painted. */
import { useEffect, useState } from "preact/hooks";

const AT_ONCE = 16;

/** How many rows of a list are drawn: on the first drawing of a page a screenful, soon after all. */
export function useGrowing(length: number): number {
  return useLater(length <= AT_ONCE) ? length : AT_ONCE;
}

/** Whether the second step has come; `atOnce` says that there is nothing to wait for. */
export function useLater(atOnce = false): boolean {
  const [grown, setGrown] = useState(atOnce);
  useEffect(() => {
    if (grown) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => { timer = setTimeout(() => setGrown(true)); });
    // A page in the background paints nothing, and must be whole all the same.
    const late = setTimeout(() => setGrown(true), 1_000);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      clearTimeout(late);
    };
  }, [grown]);
  return grown;
}

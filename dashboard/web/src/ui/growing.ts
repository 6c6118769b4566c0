/** A long list in two steps: what a screen shows at once, the rest when that has been painted. */
import { useEffect, useState } from "preact/hooks";

const AT_ONCE = 24;

/** How many rows of a list are drawn: on the first drawing of a page a screenful, soon after all. */
export function useGrowing(length: number): number {
  const [grown, setGrown] = useState(length <= AT_ONCE);
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
  return grown ? length : AT_ONCE;
}

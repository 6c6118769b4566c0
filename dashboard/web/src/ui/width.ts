import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** The width in px of the element that carries `ref`, kept up to date. */
export function useWidth<T extends Element>(initial: number) {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(initial);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const next = Math.round(entry?.contentRect.width ?? 0);
      if (next > 0) setWidth(next);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

/** The height and the size of the type, in px, of the element that carries `ref`, kept up to date. */
export function useHeight<T extends Element>(initial: number) {
  const ref = useRef<T>(null);
  const [size, setSize] = useState({ height: initial, fontSize: 16 });
  // Before the first painting: what is drawn by it must not be seen in another size.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      const next = { height: element.clientHeight, fontSize: parseFloat(getComputedStyle(element).fontSize) };
      setSize((held) => (held.height === next.height && held.fontSize === next.fontSize ? held : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, ...size };
}

/** The clocks of the devices against their references. */
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { d } from "./words";

export function Clocks() {
  const [found, setFound] = useState<unknown>();
  useEffect(() => {
    getJson<unknown>("/api/devices").then(setFound, () => setFound(null));
  }, []);
  if (found === undefined) return <p class="waiting" role="status">…</p>;
  return <p class="nothing">{d("noClocks")}</p>;
}

/** Lists that the live document does not carry: read when the page opens, and again when the board has news of them. */
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { t } from "../ui/text";

/** A line of a list for the notice board; what is empty is left out. */
export type Line = Readonly<Record<string, string | undefined>>;

export interface Sheet {
  readonly at: string;
  readonly facts?: Readonly<Record<string, string>>;
  readonly parts: readonly { readonly title: string; readonly rows: readonly Line[] }[];
}

/** News in quick succession are read once: the first after this, with chance, so that not all viewers ask at once. */
const SETTLE_MS = 600;
const SPREAD_MS = 1_400;

export type Read<T> = { readonly state: "waiting" } | { readonly state: "read"; readonly value: T } | { readonly state: "refused"; readonly why: string };

/** Read a document (`path` stays what it is), and again whenever `news` is another text; while it is read again the last one stays. */
export function useRead<T>(path: string, news: string): Read<T> {
  const [read, setRead] = useState<Read<T>>({ state: "waiting" });
  useEffect(() => {
    let gone = false;
    const now = () => getJson<T>(path).then(
      (value) => { if (!gone) setRead({ state: "read", value }); },
      (reason: Error) => { if (!gone) setRead((held) => (held.state === "read" ? held : { state: "refused", why: reason.message })); },
    );
    const timer = setTimeout(() => void now(), read.state === "waiting" ? 0 : SETTLE_MS + Math.random() * SPREAD_MS);
    return () => { gone = true; clearTimeout(timer); };
  }, [path, news]);
  return read;
}

/** A list once it is there, with the time it is of; before that a word of patience, or why there is none. */
export function Listed(props: { read: Read<Sheet>; children: (rows: readonly Line[]) => preact.ComponentChildren }) {
  const { read } = props;
  if (read.state === "waiting") return <p class="nothing" role="status">{t("app.waiting")}</p>;
  if (read.state === "refused") return <p class="nothing" role="alert">{t("lists.unread", { why: read.why })}</p>;
  return <>{props.children(read.value.parts.flatMap((part) => part.rows))}</>;
}

/** When a list was read, in rally time, and the same on paper. */
export function ListHead(props: { title: string; note?: string | undefined; paper: string; at?: string | undefined }) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <div class="view-head">
      <h2>{props.title}</h2>
      {props.note === undefined ? null : <p class="facts">{props.note}</p>}
      {props.at === undefined ? null : <p class="facts">{t("lists.asOf", { time: clockText(props.at, offset) })}</p>}
      <a class="facts" href={`/api/sheets/${props.paper}?format=pdf`} target="_blank" rel="noopener">{t("board.paper")}</a>
    </div>
  );
}

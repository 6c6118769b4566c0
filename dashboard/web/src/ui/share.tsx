/** Hand on what is shown: the view as it goes on, or as it stands at this moment. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { rallyNow } from "../live/clock";
import { askedMoment } from "../live/moment";
import { asOf, rally } from "../live/store";
import { clockText } from "./format";
import { address, withQuery } from "./router";
import { t } from "./text";

/** A link that could neither be shared nor copied by itself: shown, for a hand to copy. */
const byHand = signal("");

async function hand(link: string): Promise<string> {
  if (typeof navigator.share === "function") {
    try {
      await navigator.share({ title: document.title, url: link });
      return "";
    } catch (reason) {
      if ((reason as Error).name === "AbortError") return ""; // the viewer thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(link);
    return t("share.copied");
  } catch {
    byHand.value = link; // plain HTTP has no clipboard
    return t("share.byHand");
  }
}

/** The moment that is shown, to the second: what the board holds, not what the phone's clock says. */
function momentNow(): string | null {
  const asked = askedMoment();
  if (asked !== "") return asked;
  const now = rallyNow.peek();
  return now !== null ? `${new Date(now).toISOString().slice(0, 19)}Z` : asOf.peek();
}

export function Share() {
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const here = address.value;
  useEffect(() => setOpen(false), [here]);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) setOpen(false); };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  const share = (path: string) => void hand(location.origin + path).then(setSaid);
  const at = open ? momentNow() : null;
  const offset = rally.value?.utc_offset ?? "+00:00";
  const numbered = at !== null && /^\d+$/.test(at);
  return (
    <div class="share" ref={box}>
      <button ref={button} type="button" class="share-open" aria-expanded={open} aria-haspopup="true" aria-label={t("share.title")}
        title={t("share.title")} onClick={() => { byHand.value = ""; setSaid(""); setOpen(!open); }}>
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 12.5V2.8M6.4 6L10 2.4 13.6 6M6 9H3.8v8.2h12.4V9H14" /></svg>
      </button>
      {!open ? null : (
        <div class="share-box">
          <button type="button" onClick={() => share(withQuery("as_of", ""))}>{t("share.view")}</button>
          {at === null ? null : (
            <button type="button" onClick={() => share(withQuery("as_of", at))}>
              {numbered ? t("share.record", { record: at }) : t("share.moment", { time: clockText(at, offset) })}
            </button>
          )}
          {byHand.value === "" ? null : (
            <input readOnly value={byHand.value} aria-label={t("share.link")} onFocus={(event) => event.currentTarget.select()} />
          )}
          <p role="status">{said}</p>
        </div>
      )}
    </div>
  );
}

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "./text";

/** A page whose code is loaded when it is opened. */
export function Lazy<P extends object>(given: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [page, setPage] = useState<{ readonly of: unknown; readonly view: ComponentType<P> | string }>();
  useEffect(() => {
    let gone = false;
    given.load().then(
      (view) => { if (!gone) setPage({ of: given.load, view }); },
      (reason: Error) => { if (!gone) setPage({ of: given.load, view: reason.message }); },
    );
    return () => { gone = true; };
  }, [given.load]);
  // The page before may still be held here: what is given is not meant for it.
  if (page?.of !== given.load) return <p class="waiting" role="status">{t("app.waiting")}</p>;
  if (typeof page.view === "string") return <p class="waiting" role="alert">{page.view}</p>;
  const View = page.view;
  return <View {...given.props} />;
}

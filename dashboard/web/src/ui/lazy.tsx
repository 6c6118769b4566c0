import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "./text";

/** A page whose code is loaded when it is opened. */
export function Lazy<P extends object>(given: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [page, setPage] = useState<{ readonly view: ComponentType<P> } | string>();
  useEffect(() => {
    let gone = false;
    given.load().then(
      (view) => { if (!gone) setPage({ view }); },
      (reason: Error) => { if (!gone) setPage(reason.message); },
    );
    return () => { gone = true; };
  }, [given.load]);
  if (page === undefined) return <p class="waiting" role="status">{t("app.waiting")}</p>;
  if (typeof page === "string") return <p class="waiting" role="alert">{page}</p>;
  const View = page.view;
  return <View {...given.props} />;
}

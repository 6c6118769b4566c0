/** The list of controls, for those who work at them. */
import { useEffect } from "preact/hooks";
import { controls } from "../live/store";
import { inRoadOrder, throughOf } from "../live/road";
import { maySee, official, session } from "../live/session";
import { t, words } from "../ui/text";
import { startControl } from "./start";

export function ControlIndex() {
  useEffect(startControl, []);
  if (session.value === null) return <p class="waiting">{t("app.waiting")}</p>;
  if (!official.value) return <p class="nothing">{t("control.signIn")}</p>;
  const own = inRoadOrder(controls.value).filter(([id]) => maySee(id));
  return (
    <section class="control-index">
      <h2>{t("control.choose")}</h2>
      <ol>
        {own.map(([id, control]) => (
          <li key={id}>
            <a href={`/control/${encodeURIComponent(id)}`}>
              <span class="test-id">{id}</span>
              <span>{control.name}</span>
              <small>{words(control.kind)}</small>
              <small>{t("side.through", { ...throughOf(control) })}</small>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What waits to be sent and what was refused. */
import { again, discard, outbox, waiting } from "./outbox";
import { t } from "../ui/text";

export function OutboxList(props: { control: string }) {
  const refused = outbox.value.filter((act) => act.refused !== undefined && act.control === props.control);
  if (waiting.value.length === 0 && refused.length === 0) return null;
  return (
    <div class="outbox" role="status">
      {waiting.value.length === 0 ? null : (
        <p>{t("control.waiting", { n: waiting.value.length })}: {waiting.value.map((act) => act.label).join("; ")}</p>
      )}
      {refused.map((act) => (
        <p key={act.key} class="refused">
          <b>{act.label}</b> {t("control.refused", { why: act.refused ?? "" })}
          <button type="button" onClick={() => again(act.key)}>{t("control.retry")}</button>
          <button type="button" onClick={() => discard(act.key)}>{t("control.drop")}</button>
        </p>
      ))}
    </div>
  );
}

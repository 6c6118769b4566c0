/** Says that the page shows an earlier moment, and leads back to now. */
import { askedMoment, isInstant, liveHref, momentRefused } from "../live/moment";
import { moment, rally } from "../live/store";
import { clockText, dayText } from "./format";
import { t } from "./text";

export function MomentBanner() {
  const asked = askedMoment();
  const offset = rally.value?.utc_offset ?? "+00:00";
  const at = moment.value;
  const back = <a href={liveHref()} data-live="">{t("moment.back")}</a>;
  if (momentRefused.value !== null) {
    return <div class="banner moment" role="alert"><span>{t("moment.refused", { why: momentRefused.value })}</span>{back}</div>;
  }
  if (at === null) return <div class="banner moment" role="status"><span>{t("app.waiting")}</span>{back}</div>;
  const time = `${dayText(Date.parse(at), offset)} ${clockText(at, offset)}`;
  return (
    <div class="banner moment" role="status">
      <span>{isInstant(asked) ? t("moment.at", { time }) : t("moment.record", { record: asked, time })}</span>
      {back}
    </div>
  );
}

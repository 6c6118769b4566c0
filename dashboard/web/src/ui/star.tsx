/** The star beside a car: followed on this phone, or not. */
import { follow, followed } from "../live/follow";
import { t } from "./text";

export function Star(props: { car: string }) {
  const on = followed.value.has(props.car);
  const label = t("follow.car", { car: props.car });
  return (
    <button type="button" class="star" aria-pressed={on} aria-label={label} title={label} onClick={() => follow(props.car, !on)}>
      <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 2.2l2.4 5 5.5.7-4 3.8 1 5.4-4.9-2.6-4.9 2.6 1-5.4-4-3.8 5.5-.7z" /></svg>
    </button>
  );
}

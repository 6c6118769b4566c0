/** What can be done at a control, as acts for the outbox. */
import { rallyInstant } from "../live/clock";
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { t } from "../ui/text";
import { newKey, press } from "./outbox";

/** A stamp of this moment by rally time, with or without a car. */
export function stampNow(control: string, car?: string): void {
  const now = rallyInstant();
  if (now === null) return;
  const key = newKey();
  const at = new Date(now).toISOString();
  press({
    key, control, path: `/api/controls/${encodeURIComponent(control)}/stamps`,
    body: { idempotency_key: key, at, ...(car === undefined ? {} : { car }) },
    label: `${clockText(now, rally.peek()?.utc_offset ?? "+00:00")} ${car ?? t("control.noNumber")}`,
  });
}

function decide(control: string, act: Readonly<Record<string, unknown>>, reason: string, label: string): void {
  const key = newKey();
  press({ key, control, path: "/api/decisions", body: { id: key, act, reason }, label });
}

/** Put a car number to a stamp, or take it off with null. */
export function assign(control: string, stamp: string, car: string | null, label: string): void {
  decide(control, { type: "AssignCar", stamp, car }, car === null ? "WRONG_NUMBER" : "MARSHAL_ENTRY", label);
}

/** Say that a stamp is a false trigger. */
export function markSpurious(control: string, stamp: string, label: string): void {
  decide(control, { type: "MarkSpurious", stamp }, "SPURIOUS", label);
}

/** Count a spurious stamp again. */
export function restore(control: string, stamp: string, label: string): void {
  decide(control, { type: "Restore", stamp }, "MARSHAL_ENTRY", label);
}

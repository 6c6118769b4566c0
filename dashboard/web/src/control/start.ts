/** What the pages of marshals need beside the board: work without network, a measured clock. */
import { startKeeping } from "../keep/offline";
import { startPhoneClock } from "../live/phone-clock";
import { prepare } from "../worker/register";

let begun = false;

/** Called by the first page of a control that is opened. */
export function startControl(): void {
  if (begun) return;
  begun = true;
  prepare();
  void startKeeping();
  void startPhoneClock();
}

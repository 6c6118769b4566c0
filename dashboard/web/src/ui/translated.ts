/** All texts that are translated, by key: what the catalogues of locales/ are kept by. No page loads this. */
import { h } from "../control/handover-words";
import { c } from "../control/words";
import { w } from "../why/words";
import type { Text } from "./catalogue";
import { sharedTexts } from "./text";

export const TRANSLATED: Readonly<Record<string, Text>> = { ...sharedTexts(), ...c.english, ...h.english, ...w.english };

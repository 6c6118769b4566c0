/** What a marshal hears and feels: sound and vibration where they want it, and a screen that stays on. */
import { effect, type Signal, signal } from "@preact/signals";

const KEY = "rallykeeper.feel.";

function kept(name: string, first: boolean): Signal<boolean> {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(KEY + name);
  } catch {
    // as at first
  }
  const value = signal(stored === null ? first : stored === "on");
  effect(() => {
    try {
      localStorage.setItem(KEY + name, value.value ? "on" : "off");
    } catch {
      // kept for this page only
    }
  });
  return value;
}

export const sound = kept("sound", false);
export const vibration = kept("vibration", false);
export const awake = kept("awake", true);

let audio: AudioContext | null = null;
let lock: WakeLockSentinel | null = null;

/** One short sign that something was pressed, two that it wants a look. */
export function feel(times: 1 | 2 = 1): void {
  if (vibration.peek()) navigator.vibrate?.(times === 1 ? 40 : [60, 60, 60]);
  if (!sound.peek()) return;
  audio ??= new AudioContext();
  for (let i = 0; i < times; i += 1) {
    const tone = audio.createOscillator();
    const start = audio.currentTime + i * 0.14;
    tone.frequency.value = times === 1 ? 1_000 : 640;
    tone.connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.08);
  }
}

/** Keep the screen on while the page is seen; the system may take that back at any time. */
export async function keepAwake(): Promise<void> {
  if (!awake.peek()) {
    await lock?.release().catch(() => undefined);
    lock = null;
    return;
  }
  if (document.visibilityState !== "visible" || (lock !== null && !lock.released) || !("wakeLock" in navigator)) return;
  lock = await navigator.wakeLock.request("screen").catch(() => null); // a low battery refuses it
}

/** The cars that this phone's owner follows: kept on the phone, for each rally by itself, told to nobody. */
import { computed, signal } from "@preact/signals";
import { rally } from "./store";

const KEY = "rallykeeper.followed.";
const changes = signal(0);

function keyOf(id: string): string {
  return KEY + id;
}

function read(key: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((car) => typeof car === "string") : [];
  } catch {
    return pageOnly.get(key) ?? []; // a browser that keeps nothing, or something that was never ours
  }
}

/** What is followed where the browser keeps nothing: as long as the page is open. */
const pageOnly = new Map<string, readonly string[]>();
const rallyId = computed(() => rally.value?.id ?? "");

/** The followed cars of this rally. */
export const followed = computed<ReadonlySet<string>>(() => {
  void changes.value;
  return new Set(read(keyOf(rallyId.value)));
});

/** Follow a car, or no longer. */
export function follow(car: string, on: boolean): void {
  const key = keyOf(rallyId.peek());
  const others = read(key).filter((other) => other !== car);
  const now = on ? [...others, car] : others;
  pageOnly.set(key, now);
  try {
    localStorage.setItem(key, JSON.stringify(now));
  } catch {
    // for this page only
  }
  changes.value += 1;
}

// Another tab of the same phone.
addEventListener("storage", (event) => {
  if (event.key?.startsWith(KEY)) changes.value += 1;
});

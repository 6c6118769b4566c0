/** Dark or light: the system's wish, or the viewer's own choice kept in this browser. */
import { computed, effect, signal } from "@preact/signals";

type Theme = "dark" | "light";
const KEY = "rallykeeper.theme";

const system = matchMedia("(prefers-color-scheme: dark)");
const wish = signal<Theme>(system.matches ? "dark" : "light");
const choice = signal<Theme | null>(stored());

/** Asked for in the address, for a frame or a wall: before everybody's own choice. */
const asked = new URLSearchParams(location.search).get("theme");

export const theme = computed<Theme>(() => (asked === "dark" || asked === "light" ? asked : choice.value ?? wish.value));

function stored(): Theme | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "dark" || kept === "light" ? kept : null;
  } catch {
    return null; // a browser that keeps nothing follows the system
  }
}

/** Show the other colours and keep that. */
export function switchTheme(): void {
  choice.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, choice.value);
  } catch {
    // kept for this page only
  }
}

system.addEventListener("change", (event) => {
  wish.value = event.matches ? "dark" : "light";
});

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

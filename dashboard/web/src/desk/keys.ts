/** The keyboard of the desk. */
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { go } from "../ui/router";
import { openForm } from "./form";
import { take } from "./queue";
import { draft, drop, move, record, selected, showPreview } from "./store";

export const helpOpen = signal(false);

const VIEWS: Readonly<Record<string, string>> = { q: "/desk", s: "/desk/papers", l: "/desk/log", c: "/desk/clocks", p: "/desk/people" };
/** The rows of the parts of the desk besides the queue. */
const ROWS = ".paper > button, .desk-queue .matter > button, .entry > button, .person > button";
/** `g` and a second key within this time go to a part of the desk. */
const CHORD_MS = 1_200;

let gAt = -CHORD_MS;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** Work the queue by keys while this page is open. `queue`: whether the queue is in sight. */
export function useKeys(queue: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") return leave(event);
      if (helpOpen.value && event.key !== "?") return;
      if (typing(event.target)) return;
      if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("a, summary, .draft-buttons, .act-form")) return;
      if (pressed(event.key, queue)) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [queue]);
}

function leave(event: KeyboardEvent): void {
  if (helpOpen.value) helpOpen.value = false;
  else if (typing(event.target)) (event.target as HTMLElement).blur();
  else if (draft.peek() !== null) drop();
  else openForm.value = null;
}

function pressed(key: string, queue: boolean): boolean {
  if (performance.now() - gAt < CHORD_MS) {
    gAt = -CHORD_MS;
    const to = VIEWS[key];
    if (to !== undefined) {
      go(to);
      return true;
    }
  }
  switch (key) {
    case "?":
      helpOpen.value = !helpOpen.value;
      return true;
    case "g":
      gAt = performance.now();
      return true;
    case "p":
      void showPreview();
      return true;
    case "t":
      return focus(".draft-note");
    case "n":
      return focus(".form-select") || elsewhere();
    case "Enter":
      if (draft.peek() !== null) void record();
      else return queue && taken(0);
      return true;
    default:
      return queue ? inQueue(key) : inRows(key);
  }
}

/** Decisions are written where the queue is. */
function elsewhere(): boolean {
  go("/desk");
  requestAnimationFrame(() => focus(".form-select"));
  return true;
}

/** In the other parts: j and k go from row to row, numbers press what can be done with the open one. */
function inRows(key: string): boolean {
  if (/^[1-9]$/.test(key)) return press(Number(key) - 1);
  const by = key === "j" || key === "ArrowDown" ? 1 : key === "k" || key === "ArrowUp" ? -1 : 0;
  if (by === 0) return false;
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const held = rows.findIndex((row) => row === document.activeElement);
  const at = held >= 0 ? held : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
  row?.focus();
  // What is open beside the list follows; what opens within it waits for Enter.
  if (row?.hasAttribute("aria-current") === true) row.click();
  else drop();
  return row !== undefined;
}

function press(index: number): boolean {
  const button = document.querySelectorAll<HTMLButtonElement>(".paper-acts button")[index];
  button?.click();
  return button !== undefined;
}

function inQueue(key: string): boolean {
  const item = selected.peek();
  if (/^[1-9]$/.test(key)) return taken(Number(key) - 1);
  switch (key) {
    case "j":
    case "ArrowDown":
      move(1);
      return true;
    case "k":
    case "ArrowUp":
      move(-1);
      return true;
    case "w":
      if (item?.stage === undefined || item.car === undefined) return false;
      go(`/why/${encodeURIComponent(item.stage)}/${encodeURIComponent(item.car)}`);
      return true;
    case "c":
      if (item?.control === undefined) return false;
      go(`/control/${encodeURIComponent(item.control)}`);
      return true;
    default:
      return false;
  }
}

/** Take an answer by its number; where a paper is the matter, its buttons are the answers. */
function taken(index: number): boolean {
  const item = selected.peek();
  if (item === undefined) return false;
  if (item.choices !== undefined) return take(item, index);
  return press(index);
}

function focus(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  found?.focus();
  return found !== null;
}

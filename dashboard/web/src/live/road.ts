/** What the controls say of the road: which are time controls, and which stretches are timed. Pure. */
import type { ControlRow, Rows } from "./state";

const TIMED = new Set(["SS_START", "SPLIT", "FF", "STOP", "REG_TEST", "AVG_TRIAL"]);
const PASSED = new Set(["PASSAGE", "ROUTE_CHECK", "SECRET"]);

/** A line of a stage or test, its start line too. */
export function isTimed(control: ControlRow): boolean {
  return TIMED.has(control.kind);
}

/** A control with a due minute: neither a timed line nor a passage. */
export function isTimeControl(control: ControlRow): boolean {
  return !TIMED.has(control.kind) && !PASSED.has(control.kind);
}

/** The controls of a leg (or all), in road order. */
export function inRoadOrder(controls: Rows<ControlRow>, leg?: number): [string, ControlRow][] {
  return Object.entries(controls)
    .filter(([, control]) => leg === undefined || control.leg === leg)
    .sort(([, a], [, b]) => a.leg - b.leg || a.order - b.order);
}

/** How many cars are through a control, of all that came, are to come or were missed there. */
export function throughOf(control: ControlRow): { readonly arrived: number; readonly all: number } {
  const arrived = control.arrived ?? 0;
  return { arrived, all: arrived + (control.due ?? 0) + (control.missing ?? 0) };
}

export interface Span { readonly stage: string; readonly leg: number; readonly from: number; readonly to: number }

/**
 * Each stage's stretch in km of its leg: between its lines, or for a test with one line of its own from the
 * line before it, where chained tests begin.
 */
export function timedSpans(controls: Rows<ControlRow>): Span[] {
  const spans = new Map<string, Span>();
  let before: ControlRow | undefined;
  for (const [, control] of inRoadOrder(controls)) {
    const { stage, km, leg } = control;
    if (stage !== undefined && km !== undefined) {
      const known = spans.get(stage);
      const chained = before !== undefined && before.leg === leg && isTimed(before) && control.kind === "REG_TEST";
      const from = known?.from ?? (chained ? before?.km : undefined) ?? km;
      spans.set(stage, { stage, leg, from: Math.min(from, km), to: Math.max(known?.to ?? km, km) });
    }
    before = control;
  }
  return [...spans.values()];
}

export interface TimedGroup { readonly label: string; readonly leg: number; readonly from: number; readonly to: number }

/** Stretches that follow each other without a gap, as one with one label: `PC13–15`. */
export function timedGroups(controls: Rows<ControlRow>): TimedGroup[] {
  const groups: { leg: number; from: number; to: number; stages: string[] }[] = [];
  for (const span of timedSpans(controls)) {
    const last = groups.at(-1);
    if (last !== undefined && last.leg === span.leg && last.to === span.from) {
      last.to = span.to;
      last.stages.push(span.stage);
    } else groups.push({ leg: span.leg, from: span.from, to: span.to, stages: [span.stage] });
  }
  return groups.map(({ stages, ...group }) => ({ ...group, label: groupLabel(stages) }));
}

function groupLabel(stages: readonly string[]): string {
  const [first, last] = [stages[0] ?? "", stages.at(-1) ?? ""];
  const [a, b] = [/^(\D*)\d+$/.exec(first), /^(\D*)(\d+)$/.exec(last)];
  if (first === last) return first;
  return a !== null && b !== null && a[1] === b[1] ? `${first}–${b[2]}` : `${first}–${last}`;
}

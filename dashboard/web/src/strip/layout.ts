/** Places marks along a line so that their labels do not cover each other. Pure. */

export interface Mark { readonly id: string; readonly x: number; readonly width: number; readonly weight: number }
export interface Laid { readonly id: string; readonly x: number; readonly lane: number | undefined }

/**
 * Give each mark the lowest free lane, the weightiest first; a mark that fits in none gets no lane.
 *
 * `x` is the middle of a label `width` wide (both px). The order of the answer is that of the marks.
 */
export function layOut(marks: readonly Mark[], lanes: number, spacing = 2): Laid[] {
  const taken: [number, number][][] = Array.from({ length: lanes }, () => []);
  const given = new Map<string, number>();
  const ordered = [...marks].sort((a, b) => b.weight - a.weight || a.x - b.x || (a.id < b.id ? -1 : 1));
  for (const mark of ordered) {
    const [from, to] = [mark.x - mark.width / 2 - spacing, mark.x + mark.width / 2 + spacing];
    const lane = taken.findIndex((spans) => spans.every(([a, b]) => to <= a || from >= b));
    if (lane < 0) continue;
    taken[lane]?.push([from, to]);
    given.set(mark.id, lane);
  }
  return marks.map(({ id, x }) => ({ id, x, lane: given.get(id) }));
}

/** The strip chart of a running gap over a stage. Loaded where it is opened, with uPlot, which draws it. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { kmText } from "../ui/format";
import { t } from "../ui/text";
import { theme } from "../ui/theme";
import { useWidth } from "../ui/width";
import { type Curve, gapText, nearest, plusMinusText, rows } from "./curve";

const HEIGHT = 190;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function optionsOf(width: number, length: number): uPlot.Options {
  const axis = { stroke: colour("--soft"), font: "11px sans-serif", grid: { stroke: colour("--hair"), width: 1 }, ticks: { show: false } };
  const accent = colour("--accent");
  return {
    width, height: HEIGHT, legend: { show: false }, padding: [10, 8, 0, 0],
    scales: { x: { time: false, range: [0, length / 1000] } },
    axes: [
      { ...axis, size: 26, values: (_, marks) => marks.map((km) => kmText(km)) },
      { ...axis, size: 48, values: (_, marks) => marks.map((s) => gapText(s * 1e6)) },
    ],
    series: [
      {},
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: accent, width: 2, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${accent} 24%, transparent)` }],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
  };
}

function dataOf(curve: Curve): uPlot.AlignedData {
  const seconds = (us: number) => us / 1e6;
  return [
    curve.metres.map((m) => m / 1000),
    curve.gap.map((gap, i) => seconds(gap + (curve.plus_minus[i] ?? 0))),
    curve.gap.map((gap, i) => seconds(gap - (curve.plus_minus[i] ?? 0))),
    curve.gap.map(seconds),
  ];
}

export function GapChart(props: { curve: Curve; label: string }) {
  const { curve } = props;
  const { ref, width } = useWidth<HTMLDivElement>(600);
  const plot = useRef<uPlot | null>(null);
  const [place, setPlace] = useState<number>();
  const colours = theme.value;
  useEffect(() => {
    if (ref.current === null) return undefined;
    const made = new uPlot(optionsOf(width, curve.length ?? 1), dataOf(curve), ref.current);
    plot.current = made;
    const moved = () => {
      const left = made.cursor.left ?? -1;
      if (left >= 0) setPlace(made.posToVal(left, "x") * 1000);
    };
    made.over.addEventListener("pointermove", moved);
    made.over.addEventListener("pointerdown", moved);
    return () => made.destroy();
  }, [width, colours, curve.length, curve.car, curve.stage]);
  useEffect(() => plot.current?.setData(dataOf(curve)), [curve]);
  const last = curve.metres.at(-1) ?? 0;
  const i = nearest(curve, place ?? last);
  const said = t("gaps.at", {
    km: kmText((curve.metres[i] ?? 0) / 1000), gap: gapText(curve.gap[i] ?? 0), error: plusMinusText(curve.plus_minus[i] ?? 0),
  });
  return (
    <div class="gap-chart">
      <div ref={ref} class="gap-canvas" role="img" aria-label={props.label} />
      <div class="gap-place">
        <input type="range" min={0} max={last} step={Math.max(1, Math.round(last / 100))} value={Math.min(place ?? last, last)}
          aria-label={t("gaps.place")} aria-valuetext={said}
          onInput={(event) => {
            const metres = Number(event.currentTarget.value);
            setPlace(metres);
            plot.current?.setCursor({ left: plot.current.valToPos(metres / 1000, "x"), top: 10 });
          }} />
        <output>{said}</output>
      </div>
      <details class="gap-table">
        <summary>{t("gaps.table")}</summary>
        <table class="small">
          <thead><tr><th scope="col">km</th><th scope="col" class="num">{t("col.gap")}</th><th scope="col" class="num">±</th></tr></thead>
          <tbody>
            {rows(curve).map((k) => (
              <tr key={k}>
                <th scope="row">{kmText((curve.metres[k] ?? 0) / 1000)}</th>
                <td class="num strong">{gapText(curve.gap[k] ?? 0)}</td>
                <td class="num">{plusMinusText(curve.plus_minus[k] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

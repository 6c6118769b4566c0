/** A car's times at the time controls and passages. */
import { controls, rally } from "../live/store";
import { inRoadOrder, isTimed } from "../live/road";
import type { CarRow } from "../live/state";
import { clockText } from "../ui/format";
import { Marks } from "../ui/pieces";
import { t } from "../ui/text";

export interface ControlTime {
  readonly due?: string;
  readonly at?: string;
  readonly text?: string;
  readonly source?: string;
  readonly marks?: string | readonly string[];
}

export function ControlTimes(props: {
  leg: number; row: CarRow; times: Readonly<Record<string, ControlTime>>;
}) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  const rows = inRoadOrder(controls.value, props.leg).filter(([, control]) => !isTimed(control));
  const clock = (instant: string | undefined) => (instant === undefined ? "" : clockText(instant, offset, false));
  return (
      <table class="small control-times">
        <thead>
          <tr>
            <th colSpan={2} scope="col">{t("col.control")}</th>
            <th class="num" scope="col">{t("col.due")}</th>
            <th class="num" scope="col">{t("col.arrived")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([id, control]) => {
            const time = props.times[id];
            const next = props.row.next === id;
            return (
              <tr key={id} class={next ? "next" : time?.at === undefined ? "unranked" : ""}>
                <th scope="row"><span class="test-id">{id}</span></th>
                <td class="control-name">{control.name === id ? "" : control.name}</td>
                <td class="num">{clock(time?.due ?? (next ? props.row.next_due : undefined))}</td>
                <td class="num strong">
                  {next && time?.at === undefined ? t("car.next").toLowerCase() : clock(time?.at)}
                  <Marks marks={time?.marks} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
  );
}

/** Beside the standings: how each test and each control stands. */
import { cars, controls, rally, results, stages } from "../live/store";
import { inRoadOrder, isTimeControl, throughOf } from "../live/road";
import type { ControlRow, ResultRow, Rows, StageRow } from "../live/state";
import { clockText } from "../ui/format";
import { memo } from "../ui/memo";
import { Panel, Plate } from "../ui/pieces";
import { number, t, words } from "../ui/text";
import { inOrder, stagesOf } from "./choose";

/** The tests of a leg with what is done of them and who leads each. */
export function StageList(props: { leg: number }) {
  return (
    <Panel title={t("side.stages")} note={t("board.leg", { leg: props.leg })} class="stage-list">
      <ol>
        {stagesOf(stages.value, props.leg).map(([id, stage]) => (
          <StageItem key={id} id={id} stage={stage} results={results.value[id]} />
        ))}
      </ol>
    </Panel>
  );
}

function leaderOf(rows: Rows<ResultRow> | undefined): [string, ResultRow] | undefined {
  return inOrder(rows ?? {}).find(([, row]) => row.rank === 1);
}

const StageItem = memo((props: { id: string; stage: StageRow; results: Rows<ResultRow> | undefined }) => {
  const { id, stage } = props;
  const leader = leaderOf(props.results);
  const share = stage.expected ? Math.min(1, (stage.done ?? 0) / stage.expected) : 0;
  return (
    <li class={`stage-item is-${stage.status.toLowerCase()}`}>
      <a href={`/stages/${encodeURIComponent(id)}`}>
        <span class="test-id">{id}</span>
        <span class="stage-name">{stage.name}</span>
      </a>
      <span class="stage-facts">{stageFacts(stage)}</span>
      <span class="stage-done">
        {stage.status === "CANCELLED" || stage.status === "SCHEDULED" ? words(stage.status)
          : t("stage.done", { done: stage.done ?? 0, expected: stage.expected ?? 0 })}
      </span>
      {leader === undefined ? null : (
        <span class="stage-leader">
          <Plate car={leader[0]} /> {cars.value[leader[0]]?.driver}
          <b>{leader[1].deviation?.text ?? leader[1].time?.text}</b>
        </span>
      )}
      <svg class="progress" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
        <path class="progress-all" d="M0 1H100" />
        {share > 0 ? <path class="progress-done" d={`M0 1H${(share * 100).toFixed(1)}`} /> : null}
      </svg>
    </li>
  );
});

/** What is known of a test before anyone drives it. */
export function stageFacts(stage: StageRow): string {
  return [
    stage.km === undefined ? undefined : `${number(stage.km, 2)} km`,
    stage.target === undefined ? undefined : t("stage.target", { time: stage.target.text }),
    stage.average === undefined ? undefined : t("stage.average", { average: stage.average }),
  ].filter(Boolean).join(" · ");
}

/** The time controls of a leg: how many cars are through. */
export function ControlList(props: { leg: number }) {
  const rows = inRoadOrder(controls.value, props.leg).filter(([, control]) => isTimeControl(control));
  if (rows.length === 0) return null;
  return (
    <Panel title={t("side.controls")} class="control-list">
      <table class="small">
        <tbody>{rows.map(([id, control]) => <ControlItem key={id} id={id} control={control} />)}</tbody>
      </table>
    </Panel>
  );
}

const ControlItem = memo((props: { id: string; control: ControlRow }) => {
  const { id, control } = props;
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <tr>
      <th scope="row"><span class="test-id">{id}</span></th>
      <td class="control-name">{control.name}</td>
      <td class="num">{control.first_car === undefined ? "" : clockText(control.first_car, offset, false)}</td>
      <td class="num">
        {t("side.through", { ...throughOf(control) })}
        {control.missing ? <span class="missing">{t("side.missing", { missing: control.missing })}</span> : null}
      </td>
    </tr>
  );
});

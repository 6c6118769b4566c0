/** The decisions about a result, in order, those that no longer stand struck out. */
import { REASONS } from "../desk/words";
import { rally } from "../live/store";
import { clockText } from "../ui/format";
import { Panel } from "../ui/pieces";
import { words } from "../ui/text";
import { actText } from "../desk/act-text";
import { Seq } from "./arithmetic";
import type { DecisionRow } from "./types";
import { w } from "./words";

export function Rulings(props: { decisions: readonly DecisionRow[] }) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  if (props.decisions.length === 0) return null;
  return (
    <Panel title={w("rulings")} class="rulings">
      <ol>
        {props.decisions.map((decision) => (
          <li key={decision.id} class={decision.stands ? "" : "taken-back"} data-decision={decision.id}>
            <p>
              <time>{clockText(decision.at, offset)}</time> <b>{actText(decision.act, offset, decision)}</b> <Seq seq={decision.seq} />
              {decision.stands ? null : <em> {w("taken")}</em>}
            </p>
            <p class="facts">
              {decision.author}, {w("as", { role: words(decision.role) })}
              {decision.reason === undefined ? "" : ` · ${REASONS[decision.reason] ?? words(decision.reason)}`}
              {decision.text ? ` · ${decision.text}` : ""}
            </p>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

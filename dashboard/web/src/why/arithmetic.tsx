/** The sum: what went in, with the numbers of the records, and each step with its values. */
import { rally } from "../live/store";
import { Panel } from "../ui/pieces";
import type { Derivation } from "./types";
import { decimalsOf, formula, valueText } from "./values";
import { w } from "./words";

export function Arithmetic(props: { derivation: Derivation }) {
  const offset = rally.value?.utc_offset ?? "+00:00";
  const { inputs = [], steps = [], words } = props.derivation;
  if (inputs.length === 0 && steps.length === 0) return null;
  const grain = inputs.find((given) => given.name === "resolution")?.value;
  const decimals = typeof grain === "number" ? decimalsOf(grain) : 0;
  const known = new Map<string, string>();
  for (const given of inputs) known.set(given.name, valueText(given.value, given.kind, offset, decimals));
  const worked = steps.map((step) => {
    const sum = formula(step, step.operands.map((name) => known.get(name) ?? name));
    const value = valueText(step.value, step.kind, offset, decimals);
    known.set(step.what, value);
    return { step, sum, value };
  });
  return (
    <Panel title={w("worked")} class="arithmetic">
      <dl class="given">
        {inputs.map((given) => (
          <div key={given.name}>
            <dt>{given.name} {given.record === undefined ? null : <Seq seq={given.record} />}</dt>
            <dd>{known.get(given.name)}</dd>
          </div>
        ))}
      </dl>
      <table class="small">
        <tbody>
          {worked.map(({ step, sum, value }, i) => (
            <tr key={step.what} class={i === worked.length - 1 ? "last-step" : ""}>
              <th scope="row">{step.what}</th>
              <td class="sum">{sum}</td>
              <td class="num strong">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {words ? <p class="facts">{words}</p> : null}
    </Panel>
  );
}

/** The number of a record in the journal. */
export function Seq(props: { seq: number }) {
  return <span class="seq" title={w("records")}>#{props.seq}</span>;
}

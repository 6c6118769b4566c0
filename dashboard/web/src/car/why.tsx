/** The steps from the raw readings to a time, as the service explains them: a tree of whatever depth. */

interface Step {
  readonly text?: string;
  readonly title?: string;
  readonly what?: string;
  readonly value?: unknown;
  readonly rule?: string;
  readonly records?: readonly number[];
  readonly seqs?: readonly number[];
  readonly steps?: readonly Step[];
  readonly root?: Step;
}

export function Why(props: { tree: unknown }) {
  if (typeof props.tree === "string") return <p>{props.tree}</p>;
  const tree = props.tree as Step;
  const top = tree.root ?? tree;
  return <ol class="why-tree"><StepItem step={top} /></ol>;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return String((value as { text?: unknown }).text ?? "");
  return String(value);
}

function StepItem(props: { step: Step }) {
  const { step } = props;
  const records = step.records ?? step.seqs ?? [];
  const said = [step.text ?? step.title ?? step.what, valueText(step.value)].filter(Boolean).join(": ");
  return (
    <li>
      {said}
      {step.rule ? <small> {step.rule}</small> : null}
      {records.length === 0 ? null : <small class="records"> #{records.join(", #")}</small>}
      {step.steps === undefined || step.steps.length === 0 ? null
        : <ol>{step.steps.map((inner, i) => <StepItem key={i} step={inner} />)}</ol>}
    </li>
  );
}

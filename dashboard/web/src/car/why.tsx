/** The steps from the raw readings to a time, as the service explains them: a tree of whatever depth. */
import { t } from "../ui/text";

export interface Step {
  readonly what: string;
  readonly value?: string;
  readonly records?: readonly number[];
  readonly steps?: readonly Step[];
}

export interface Explanation { readonly line?: string; readonly steps: readonly Step[] }

/** An explanation, or in its place the service's words why there is none. */
export function Why(props: { tree: Explanation | string }) {
  return typeof props.tree === "string" ? <p>{props.tree}</p> : <Steps steps={props.tree.steps} top />;
}

function Steps(props: { steps: readonly Step[]; top?: boolean }) {
  return (
    <ol class={props.top ? "why-tree" : undefined}>
      {props.steps.map((step, i) => (
        <li key={i}>
          {step.what}{step.value === undefined ? null : <b> {step.value}</b>}
          {step.records === undefined ? null
            : <small title={t("car.records")}> #{step.records.join(", #")}</small>}
          {step.steps === undefined ? null : <Steps steps={step.steps} />}
        </li>
      ))}
    </ol>
  );
}

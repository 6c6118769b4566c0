/** Decisions written by hand: choose which, fill in what it is about. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { holds } from "../live/session";
import { inRoadOrder } from "../live/road";
import { cars, controls, rally, stages, standings } from "../live/store";
import { byNumber } from "../ui/format";
import { actOf, type Counting, type Field, type Form, formOf, formsFor } from "./forms";
import { prepare } from "./store";
import type { Item } from "./types";
import { d } from "./words";

/** The act whose form is open, with what is filled in from elsewhere; null for none. */
export const openForm = signal<{ readonly act: string; readonly values: Readonly<Record<string, string>> } | null>(null);

interface Days { readonly legs?: Readonly<Record<string, { readonly day: string }>> }

let days: Promise<Days> | undefined;

function counting(): Counting {
  return rally.value?.unit ?? "points";
}

/** The forms this person may fill in; what belongs to a matter comes first and is filled in. */
export function FormPicker(props: { item?: Item }) {
  const { item } = props;
  const open = openForm.value;
  const form = open === null ? undefined : formOf(open.act, counting());
  const mine = formsFor(counting()).filter((one) => one.offices.some(holds) && (one.act !== "AssignCar" || item?.stamp !== undefined));
  const start = (act: string) => {
    openForm.value = act === "" ? null : { act, values: about(item) };
  };
  if (mine.length === 0) return null;
  return (
    <div class="form-box">
      <label class="form-pick">
        <span>{d(item === undefined ? "newAct" : "other")} <kbd>n</kbd></span>
        <select class="form-select" value={open?.act ?? ""} onChange={(event) => start(event.currentTarget.value)}>
          <option value="">{d("form")}</option>
          {mine.map((one) => <option key={one.act} value={one.act}>{one.title}</option>)}
        </select>
      </label>
      {form === undefined || open === null ? null : (
        <ActForm key={`${form.act}-${item?.id ?? ""}`} form={form} values={open.values} item={item} />
      )}
    </div>
  );
}

function about(item: Item | undefined): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name of ["car", "control", "stage", "scope"] as const) {
    const value = item?.[name];
    if (value !== undefined) known[name] = value;
  }
  return known;
}

function ActForm(props: { form: Form; values: Readonly<Record<string, string>>; item: Item | undefined }) {
  const { form, item } = props;
  const [typed, setTyped] = useState<Record<string, string>>({ ...props.values });
  const [fault, setFault] = useState<Field>();
  const [legs, setLegs] = useState<Days>({});
  useEffect(() => {
    days ??= getJson<Days>("/api/rally");
    days.then(setLegs, () => { days = undefined; }); // without it a time of day cannot be read, and that is said
  }, []);
  const leg = controls.value[typed["control"] ?? ""]?.leg ?? rally.value?.leg ?? 1;
  const submit = (event: Event) => {
    event.preventDefault();
    const fixed = form.act === "AssignCar" ? { stamp: item?.stamp ?? "" } : {};
    const made = actOf(form, typed, legs.legs?.[String(leg)]?.day ?? "", rally.peek()?.utc_offset ?? "+00:00", fixed);
    setFault("fault" in made ? made.fault : undefined);
    if ("act" in made) prepare(form.title, { act: made.act, reason: form.reason }, form.offices, item?.id);
  };
  return (
    <form class="act-form" onSubmit={submit} data-form={form.act}>
      {form.fields.map((field, i) => (
        <label key={field.name} class={`field-${field.kind}`}>
          <span>{field.label}</span>
          <Input field={field} value={typed[field.name] ?? ""} first={i === 0 || props.values[form.fields[i - 1]?.name ?? ""] !== undefined}
            change={(value) => setTyped({ ...typed, [field.name]: value })} />
        </label>
      ))}
      <button type="submit">{d("previewAgain")}</button>
      {fault === undefined ? null : (
        <p class="draft-fault" role="alert">
          {fault.kind === "clock" && typed[fault.name] ? d("badClock", { field: fault.label }) : d("missing", { field: fault.label })}
        </p>
      )}
    </form>
  );
}

function Input(props: { field: Field; value: string; first: boolean; change: (value: string) => void }) {
  const { field, value, change } = props;
  const known = listFor(field);
  if (known === undefined) {
    return (
      <input name={field.name} value={value} autocomplete="off" size={field.kind === "text" ? 28 : 12}
        inputMode={field.kind === "text" ? "text" : field.kind === "clock" || field.kind === "duration" ? "text" : "decimal"}
        placeholder={field.kind === "clock" ? "10:20:20.07" : field.kind === "duration" ? "4:32.1" : ""}
        onInput={(event) => change(event.currentTarget.value)} />
    );
  }
  return (
    <select name={field.name} value={value} onChange={(event) => change(event.currentTarget.value)}>
      <option value="">–</option>
      {known.map(([id, text]) => <option key={id} value={id}>{text}</option>)}
    </select>
  );
}

/** What can be chosen for a field, with the words beside each; undefined where it is typed. */
function listFor(field: Field): [string, string][] | undefined {
  switch (field.kind) {
    case "car":
      return Object.entries(cars.value).sort(([a], [b]) => byNumber(a, b)).map(([id, row]) => [id, `${id} ${row.driver}`]);
    case "control":
      return inRoadOrder(controls.value).map(([id, row]) => [id, row.name === id ? id : `${id} ${row.name}`]);
    case "stage":
      return Object.entries(stages.value).sort(([, a], [, b]) => a.leg - b.leg || a.order - b.order)
        .map(([id, row]) => [id, row.name === id ? id : `${id} ${row.name}`]);
    case "scope":
      return Object.keys(standings.value).map((id) => [id, id]);
    default:
      return undefined;
  }
}

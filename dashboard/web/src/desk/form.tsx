/** Decisions written by hand: choose which, fill in what it is about. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { holds } from "../live/session";
import { cars, controls, rally, stages } from "../live/store";
import { actOf } from "./act-of";
import { type Counting, type Field, type FieldKind, type Form, formOf, formsFor } from "./forms";
import { listFor } from "./lists";
import { prepare, protestOf } from "./store";
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
  const mine = formsFor(counting()).filter((one) => one.offices.some(holds));
  const own = mine.filter((one) => one.act === item?.form);
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
          {[...own, ...mine.filter((one) => one.act !== item?.form)].map((one) => <option key={one.act} value={one.act}>{one.title}</option>)}
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
  for (const name of ["car", "control", "stage", "scope", "stamp", "device"] as const) {
    const value = item?.[name];
    if (value !== undefined) known[name] = value;
  }
  if (item?.kind === "protest") known["protest"] = protestOf(item);
  if (item?.control !== undefined) known["effective_from"] = item.control;
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
  const submit = (event: Event) => {
    event.preventDefault();
    const leg = legOf(typed);
    const first = Object.values(controls.peek()).find((control) => control.leg === leg && control.first_car !== undefined);
    const day = legs.legs?.[String(leg)]?.day ?? "";
    const made = actOf(form, typed, day, rally.peek()?.utc_offset ?? "+00:00", first?.first_car);
    setFault("fault" in made ? made.fault : undefined);
    if ("fault" in made) return;
    prepare(form.title, { act: made.act, reason: reasonOf(form) }, form.offices, item?.id);
    // What is shown is put into words next; there, Enter records it.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".draft-note")?.focus());
  };
  return (
    <form class="act-form" onSubmit={submit} data-form={form.act}>
      {form.fields.map((field) => (
        <label key={field.name} class={`field-${field.kind}`}>
          <span>{field.label}{field.optional === true ? <i> {d("optional")}</i> : null}</span>
          <Input field={field} typed={typed} change={(value) => setTyped({ ...typed, [field.name]: value })} />
        </label>
      ))}
      <button type="submit">{d("previewAgain")}</button>
      {fault === undefined ? null : (
        <p class="draft-fault" role="alert">{d(typed[fault.name] ? (BAD[fault.kind] ?? "missing") : "missing", { field: fault.label })}</p>
      )}
    </form>
  );
}

/** How a field wants to be written, where it can be written wrongly. */
const BAD: Partial<Record<FieldKind, "badClock" | "badWhole" | "badOffset">> = { clock: "badClock", whole: "badWhole", offset: "badOffset" };
const PLACEHOLDERS: Partial<Record<FieldKind, string>> = {
  clock: "10:20:20.07", duration: "4:32.1", offset: "+0.180", cars: "11, 23",
};

/** On which leg's day a time of day is: that of the place it is about, else the present one. */
function legOf(typed: Readonly<Record<string, string>>): number {
  const place = controls.peek()[typed["control"] ?? typed["effective_from"] ?? ""] ?? stages.peek()[typed["stage"] ?? ""];
  return place?.leg ?? rally.peek()?.leg ?? 1;
}

/** The reason that comes with the form; a steward's ruling is the stewards' also where the clerk may take it. */
function reasonOf(form: Form): string {
  return form.reason === "CLERK_DECISION" && !form.offices.some((office) => office !== "steward" && holds(office)) ? "STEWARD_DECISION" : form.reason;
}

/** Whose number was typed. */
function crewOf(number: string): string {
  const typed = number.trim();
  return typed === "" ? "" : (cars.value[typed]?.driver ?? d("noCar"));
}

function Input(props: { field: Field; typed: Readonly<Record<string, string>>; change: (value: string) => void }) {
  const { field, typed, change } = props;
  const value = typed[field.name] ?? "";
  const known = listFor(field, typed);
  if (known === undefined) {
    const input = (
      <input name={field.name} value={value} autocomplete="off" size={field.kind === "text" ? 28 : field.kind === "car" ? 6 : 12}
        inputMode={field.kind === "points" ? "decimal" : field.kind === "whole" ? "numeric" : "text"}
        placeholder={PLACEHOLDERS[field.kind] ?? ""} onInput={(event) => change(event.currentTarget.value)} />
    );
    // A number is typed and not chosen: in a list, 1 and 1 again would be the second car that begins with 1.
    return field.kind === "car" ? <>{input}<small class="car-named">{crewOf(value)}</small></> : input;
  }
  // What came with the matter stays, also where no list has it.
  const held = value === "" || known.some(([id]) => id === value) ? known : [[value, value] as const, ...known];
  return (
    <select name={field.name} value={value} onChange={(event) => change(event.currentTarget.value)}>
      <option value="">–</option>
      {held.map(([id, text]) => <option key={id} value={id}>{text}</option>)}
    </select>
  );
}

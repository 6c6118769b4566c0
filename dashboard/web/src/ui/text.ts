/** Words in the language of the viewer, and numbers and dates by its customs. */
import { catalogue, type Text } from "./catalogue";
import { CODES, EN, RULES, TIES } from "./english";

export type TextKey = keyof typeof EN;

export type Values = Readonly<Record<string, string | number>>;

/** The words of `key` with `{name}` filled in from `values`; a number among them by the language's customs. */
export function t(key: TextKey, values: Values = {}): string {
  return said(key, EN[key], values);
}

function said(key: string, english: Text, values: Values): string {
  const { form, texts } = catalogue.value;
  const text = texts[key];
  if (text === undefined) return filled(chosen(english, values, (n) => (n === 1 ? 0 : 1)), values);
  return filled(chosen(text, values, form), values);
}

function chosen(text: Text, values: Values, form: (n: number) => number): string {
  if (typeof text === "string") return text;
  return text[form(Number(values["n"] ?? 0))] ?? text.at(-1) ?? "";
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** A table of words of its own, for pages that are loaded only where they are opened. */
export interface Words<K extends string> {
  (key: K, values?: Values): string;
  /** The English of the table, by the keys under which its translations are kept; empty where there are none. */
  readonly english: Readonly<Record<string, Text>>;
}

/** Make the words of a part of the pages; those without an `area` are in English only. */
export function wordsOf<K extends string>(table: Readonly<Record<K, Text>>, area?: string): Words<K> {
  const keyOf = (key: string) => `${area ?? ""}/${key}`;
  const words = (key: K, values: Values = {}) => said(keyOf(key), table[key], values);
  const english = area === undefined ? {}
    : Object.fromEntries(Object.entries<Text>(table).map(([key, text]) => [keyOf(key), text]));
  return Object.assign(words, { english });
}

/** The words of a key made at run time, or undefined when the table has none. */
export function lookUp(key: string): string | undefined {
  return key in EN ? t(key as TextKey) : undefined;
}

/** A code of the service in words: a known one from the table, another as it is, made readable. */
export function words(code: string): string {
  const english = CODES[code];
  if (english === undefined) return code.includes("_") ? code.replaceAll("_", " ").toLowerCase() : lowered(code);
  return english === "" ? "" : said(`code/${code}`, english, {});
}

/** The rule of a penalty in words; what an official wrote is left as it is. */
export function ruleWords(rule: string): string {
  const english = RULES[rule];
  return english === undefined ? words(rule) : said(`rule/${rule}`, english, {});
}

/** A tie-break in words. */
export function tieWords(tie: string): string {
  const english = TIES[tie];
  return english === undefined ? words(tie) : said(`tie/${tie}`, english, {});
}

/** Every text of these tables in English, by the key under which it is translated: for the translators. */
export function sharedTexts(): Readonly<Record<string, Text>> {
  const said = Object.fromEntries(Object.entries(CODES).filter(([, text]) => text !== ""));
  return { ...EN, ...keyed("code", said), ...keyed("rule", RULES), ...keyed("tie", TIES) };
}

function keyed(area: string, table: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([key, text]) => [`${area}/${key}`, text]));
}

/** `SHOUTED` is a code, `Mixed words` are an official's own. */
function lowered(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text;
}

/** A number by the customs of the language, with so many decimals. Never for an official time or amount. */
export function number(value: number, decimals = 0): string {
  const key = `${catalogue.value.locale} ${decimals}`;
  let format = formats.get(key);
  if (format === undefined) {
    const places = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false };
    formats.set(key, format = new Intl.NumberFormat(catalogue.value.locale, places));
  }
  return format.format(value);
}

const formats = new Map<string, Intl.NumberFormat>();

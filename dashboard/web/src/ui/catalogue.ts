/** The catalogue of the language shown; pure, so that what is made of texts can be tested anywhere. */
import { signal } from "@preact/signals";

/** A text, or its forms by number, in the order of the language's plural rule. */
export type Text = string | readonly string[];

export interface Catalogue {
  /** BCP 47; with a region where the browser names one. */
  readonly locale: string;
  /** Which form of a text goes with a number. */
  readonly form: (n: number) => number;
  /** By key; what is not here is said in English. */
  readonly texts: Readonly<Record<string, Text>>;
}

export const ENGLISH: Catalogue = { locale: "en-GB", form: (n) => (n === 1 ? 0 : 1), texts: {} };

export const catalogue = signal<Catalogue>(ENGLISH);

import type { Plugin } from "esbuild";
import type { Text } from "./src/ui/catalogue";

export interface Entry { readonly english: Text; readonly text: Text; readonly fuzzy: boolean }

export interface Read {
  readonly path: string;
  readonly forms: number;
  readonly rule: string;
  readonly entries: Readonly<Record<string, Entry>>;
}

export const LOCALES: string;
export function readCatalogue(language: string, folder?: string): Promise<Read>;
export const catalogues: Plugin;

/** Which language is shown: the one asked for in the address, the viewer's own choice, else the browser's. */
import { effect } from "@preact/signals";
import { type Catalogue, catalogue, ENGLISH } from "./catalogue";
import { type Language, LANGUAGES } from "./languages";

type Loaded = Omit<Catalogue, "locale">;

// Each a file of its own, fetched when it is wanted; English is at hand.
const LOAD: Readonly<Record<Exclude<Language, "en">, () => Promise<{ default: Loaded }>>> = {
  it: () => import("catalogue:it"),
  fr: () => import("catalogue:fr"),
  de: () => import("catalogue:de"),
  es: () => import("catalogue:es"),
};

const KEY = "rallykeeper.language";

/** The language of the catalogue that is shown. */
export function language(): Language {
  return known(catalogue.value.locale) ?? "en";
}

/** The language of a tag such as `de-CH`, where there is one. */
function known(tag: string | null | undefined): Language | undefined {
  const primary = (tag ?? "").toLowerCase().split("-")[0] as Language;
  return Object.hasOwn(LANGUAGES, primary) ? primary : undefined;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing follows its own languages
  }
}

function wanted(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  return [asked, kept(), ...navigator.languages].map(known).find((found) => found !== undefined) ?? "en";
}

/** The language with the region that the viewer's browser names for it: dates are written by it. */
function localeOf(chosen: Language): string {
  const regional = navigator.languages.find((tag) => tag.includes("-") && known(tag) === chosen);
  return regional ?? (chosen === "en" ? ENGLISH.locale : chosen);
}

async function show(chosen: Language): Promise<void> {
  const locale = localeOf(chosen);
  catalogue.value = chosen === "en" ? { ...ENGLISH, locale } : { ...(await LOAD[chosen]()).default, locale };
}

/** Show the viewer's language. Without its catalogue (no network) the page is in English. */
export async function startLanguage(): Promise<void> {
  effect(() => {
    document.documentElement.lang = language();
  });
  await show(wanted()).catch(() => show("en"));
}

/** Show another language and keep that on this device; stays as it was where the catalogue cannot be had. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await show(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // kept for this page only
  }
}

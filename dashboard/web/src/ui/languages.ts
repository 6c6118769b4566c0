/** The languages there are, each by its own name; all but English have a catalogue in locales/. */
export const LANGUAGES = { en: "English", it: "Italiano", fr: "Français", de: "Deutsch", es: "Español" } as const;

export type Language = keyof typeof LANGUAGES;

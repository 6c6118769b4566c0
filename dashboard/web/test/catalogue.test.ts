import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { LOCALES, readCatalogue } from "../catalogue.mjs";
import { catalogue, ENGLISH, type Text } from "../src/ui/catalogue";
import { LANGUAGES } from "../src/ui/languages";
import { number, t, words } from "../src/ui/text";
import { TRANSLATED } from "../src/ui/translated";

const TRANSLATIONS = Object.keys(LANGUAGES).filter((language) => language !== "en");

/** The names of values in a text, each once, in order. */
function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

function forms(text: Text): readonly string[] {
  return typeof text === "string" ? [text] : text;
}

test("there is a catalogue for each language to choose, and no other", () => {
  const files = readdirSync(LOCALES).filter((name) => name.endsWith(".po")).map((name) => name.slice(0, -3));
  assert.deepEqual(files.sort(), [...TRANSLATIONS].sort());
});

for (const language of TRANSLATIONS) {
  test(`every text is translated in ${language}.po, from the English it has now, and none is left over`, async () => {
    const { entries } = await readCatalogue(language);
    assert.deepEqual(Object.keys(entries).filter((key) => !(key in TRANSLATED)), [], "unknown keys: npm run texts");
    for (const [key, english] of Object.entries(TRANSLATED)) {
      const entry = entries[key];
      assert.ok(entry !== undefined, `${key} is missing: npm run texts, then translate it`);
      assert.deepEqual(entry.english, english, `${key}: the English has changed: npm run texts, then look at the translation`);
      assert.ok(!entry.fuzzy, `${key} is marked fuzzy: look at it, then take the mark away`);
      assert.ok(forms(entry.text).every((form) => form.trim() !== ""), `${key} is not translated`);
    }
  });

  test(`the texts of ${language}.po hold the same values as the English ones`, async () => {
    const { entries, forms: count } = await readCatalogue(language);
    for (const [key, { english, text }] of Object.entries(entries)) {
      const wanted = placeholders(forms(english).join());
      for (const form of forms(text)) assert.deepEqual(placeholders(form), wanted, `${key}: ${form}`);
      if (typeof english !== "string") assert.equal(forms(text).length, count, `${key}: one form for each of the plural rule`);
    }
  });

  test(`the catalogue of ${language} is shown, with its own plural and its own decimal sign`, async () => {
    const loaded = await LOADED[language as keyof typeof LOADED]();
    catalogue.value = { ...loaded.default, locale: language };
    try {
      assert.notEqual(t("nav.penalties"), "Penalties");
      assert.notEqual(words("RETIRED"), "Retired");
      assert.notEqual(t("retirements.count", { n: 1 }), t("retirements.count", { n: 2 }).replace("2", "1"));
      assert.equal(number(12.5, 1), "12,5");
    } finally {
      catalogue.value = ENGLISH;
    }
  });
}

const LOADED = {
  it: () => import("catalogue:it"), fr: () => import("catalogue:fr"), de: () => import("catalogue:de"), es: () => import("catalogue:es"),
};

test("zero takes the singular in French and the plural in Italian", async () => {
  for (const [language, said] of [["fr", "0 pénalité"], ["it", "0 penalità"], ["de", "0 Strafen"]] as const) {
    catalogue.value = { ...(await LOADED[language]()).default, locale: language };
    assert.equal(t("penalties.count", { n: 0 }), said);
  }
  catalogue.value = ENGLISH;
  assert.equal(t("penalties.count", { n: 1 }), "1 penalty");
});

test("a code or a rule that nobody knows is left as it is, made readable", () => {
  assert.equal(words("SOMETHING_NEW"), "something new");
  assert.equal(words("Baulking of car 12"), "Baulking of car 12");
});

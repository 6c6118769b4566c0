/**
 * Brings locales/*.po up to the English of the pages: `npm run texts`.
 *
 * New texts are added empty, texts that are gone are taken out, and a translation whose English has changed is
 * marked fuzzy, for a translator to look at. Translate with any editor for gettext, such as Poedit.
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { po } from "gettext-parser";
import { LOCALES, readCatalogue } from "./catalogue.mjs";

const bundle = join("node_modules", ".texts.mjs");
await esbuild.build({ entryPoints: ["src/ui/translated.ts"], outfile: bundle, bundle: true, platform: "node", format: "esm" });
const { TRANSLATED } = await import(pathToFileURL(bundle).href);

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

for (const file of (await readdir(LOCALES)).filter((name) => name.endsWith(".po"))) {
  const { path, parsed, entries, forms } = await readCatalogue(file.slice(0, -".po".length));
  const header = parsed.translations[""]?.[""];
  const translations = { "": { "": header } };
  for (const [key, english] of Object.entries(TRANSLATED)) {
    const [one, other] = [english].flat();
    const held = entries[key];
    const empty = other === undefined ? [""] : Array(forms).fill("");
    const kept = held !== undefined && Array.isArray(held.text) === (other !== undefined) ? [held.text].flat() : empty;
    const fuzzy = held !== undefined && kept.some(Boolean) && (held.fuzzy || !same(held.english, english));
    translations[key] = {
      [one]: {
        msgctxt: key, msgid: one, ...(other === undefined ? {} : { msgid_plural: other }), msgstr: kept,
        ...(fuzzy ? { comments: { flag: "fuzzy" } } : {}),
      },
    };
  }
  const text = po.compile({ charset: "utf-8", headers: parsed.headers, translations }, { foldLength: 0 });
  await writeFile(path, Buffer.concat([text, Buffer.from("\n")]));
  const open = Object.values(translations).flatMap((context) => Object.values(context))
    .filter((entry) => entry.msgctxt !== undefined && (entry.comments?.flag === "fuzzy" || !entry.msgstr.every(Boolean)));
  console.log(`${file}: ${Object.keys(TRANSLATED).length} texts, ${open.length} to translate`);
}

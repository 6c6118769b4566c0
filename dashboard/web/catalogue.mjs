/**
 * Gettext catalogues (locales/*.po) as modules: `catalogue:it` gives the plural rule and the texts by key.
 *
 * In a catalogue the context (msgctxt) is the key of a text in the pages, msgid its English and msgstr the
 * translation. So every tool for translators shows both; a text whose English has changed no longer fits and
 * is left out here, which a test tells.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { po } from "gettext-parser";

/** From where npm runs every task: the folder of package.json. */
export const LOCALES = "locales";

/** A plural rule of gettext, which is an expression of C and of JavaScript alike. */
const PLURAL_RULE = /^\s*nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([n\d\s!<>=&|?:()%]+?)\s*;?\s*$/;

/** Read a catalogue: its plural rule, and each entry by its key. Throws where the file is no such catalogue. */
export async function readCatalogue(language, folder = LOCALES) {
  const path = join(folder, `${language}.po`);
  const parsed = po.parse(await readFile(path));
  const rule = PLURAL_RULE.exec(parsed.headers["Plural-Forms"] ?? "");
  if (rule === null) throw new Error(`${path}: a header Plural-Forms such as "nplurals=2; plural=(n != 1);" is missing`);
  const entries = Object.values(parsed.translations).flatMap((context) => Object.values(context))
    .filter((entry) => entry.msgctxt !== undefined)
    .map((entry) => [entry.msgctxt, {
      english: entry.msgid_plural === undefined ? entry.msgid : [entry.msgid, entry.msgid_plural],
      text: entry.msgid_plural === undefined ? entry.msgstr[0] : entry.msgstr,
      fuzzy: (entry.comments?.flag ?? "").includes("fuzzy"),
    }]);
  return { path, parsed, forms: Number(rule[1]), rule: rule[2], entries: Object.fromEntries(entries) };
}

/** The module of a catalogue as text; what is not translated for sure is left out and so said in English. */
async function moduleOf(language) {
  const { rule, entries } = await readCatalogue(language);
  const sure = Object.entries(entries).filter(([, { text, fuzzy }]) => !fuzzy && [text].flat().every(Boolean));
  const texts = Object.fromEntries(sure.map(([key, { text }]) => [key, text]));
  return `export default { form: (n) => Number(${rule}), texts: ${JSON.stringify(texts)} };`;
}

/** For esbuild: imports of `catalogue:LANGUAGE`. */
export const catalogues = {
  name: "catalogues",
  setup(build) {
    build.onResolve({ filter: /^catalogue:/ }, ({ path }) => ({ path: path.slice("catalogue:".length), namespace: "catalogue" }));
    build.onLoad({ filter: /.*/, namespace: "catalogue" }, async ({ path }) => ({
      contents: await moduleOf(path), loader: "js", watchFiles: [resolve(LOCALES, `${path}.po`)],
    }));
  },
};

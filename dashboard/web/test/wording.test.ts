import assert from "node:assert/strict";
import { relative, resolve } from "node:path";
import { after, test } from "node:test";
import { API } from "typescript/unstable/sync";
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import { c } from "../src/control/words";
import { h } from "../src/control/handover-words";
import { EN } from "../src/ui/english";
import { w } from "../src/why/words";

/** Attributes that are read out or shown. */
const SPOKEN = new Set(["aria-label", "aria-description", "aria-roledescription", "title", "placeholder", "alt", "label"]);
/** The same in every language: units, names and signs. */
const INTERNATIONAL = new Set(["km", "s", "F", "SOS", "OK", "Rallykeeper"]);
/** The desk is in English only. */
const ENGLISH_ONLY = ["src/desk/"];
/** Where the texts themselves are. */
const TABLES = ["src/ui/english.ts", "src/control/words.ts", "src/control/handover-words.ts", "src/why/words.ts"];

const api = new API({ cwd: process.cwd() });
after(() => api.close());
const project = api.updateSnapshot({ openProjects: [resolve("tsconfig.json")] }).getProjects()[0];
assert.ok(project !== undefined);
const sources = project.rootFiles.map((name) => [relative(process.cwd(), name).replaceAll("\\", "/"), name] as const)
  .filter(([path]) => path.startsWith("src/"))
  .map(([path, name]) => [path, project.program.getSourceFile(name)] as const)
  .filter((each): each is [string, SourceFile] => each[1] !== undefined);

interface Texted extends Node { readonly text: string }

const LITERALS = new Set([SyntaxKind.StringLiteral, SyntaxKind.NoSubstitutionTemplateLiteral]);
const TEMPLATE_PARTS = new Set([SyntaxKind.TemplateHead, SyntaxKind.TemplateMiddle, SyntaxKind.TemplateTail]);

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child: Node) => { walk(child, visit); return undefined; });
}

/** Whether a text has a word of some language in it. */
function wordy(text: string): boolean {
  return (text.match(/\p{L}{2,}/gu) ?? []).some((word) => !INTERNATIONAL.has(word));
}

/** The literals that an expression may come to where it is shown: not the arguments of calls, nor what is compared. */
function* shown(node: Node): Generator<Texted> {
  if (LITERALS.has(node.kind) || TEMPLATE_PARTS.has(node.kind)) {
    yield node as Texted;
    return;
  }
  const through = new Set([
    SyntaxKind.JsxExpression, SyntaxKind.ParenthesizedExpression, SyntaxKind.ConditionalExpression, SyntaxKind.TemplateExpression,
    SyntaxKind.TemplateSpan, SyntaxKind.ArrayLiteralExpression,
  ]);
  const { operatorToken } = node as Node & { operatorToken?: Node };
  const joins = new Set([
    SyntaxKind.PlusToken, SyntaxKind.QuestionQuestionToken, SyntaxKind.BarBarToken, SyntaxKind.AmpersandAmpersandToken,
  ]);
  const joined = node.kind === SyntaxKind.BinaryExpression && operatorToken !== undefined && joins.has(operatorToken.kind);
  if (!through.has(node.kind) && !joined) return;
  const children: Node[] = [];
  node.forEachChild((child: Node) => { children.push(child); return undefined; });
  // Of a condition only its two outcomes are shown.
  const parts = node.kind === SyntaxKind.ConditionalExpression ? children.slice(1) : children;
  for (const part of parts) yield* shown(part);
}

function unkept(path: string, source: SourceFile): string[] {
  const found: string[] = [];
  const note = (text: string) => { if (wordy(text)) found.push(`${path}: ${text.trim().slice(0, 60)}`); };
  walk(source, (node) => {
    if (node.kind === SyntaxKind.JsxText) note((node as Texted).text);
    if (node.kind === SyntaxKind.JsxAttribute) {
      const { name, initializer } = node as Node & { name: Texted; initializer?: Node };
      if (SPOKEN.has(name.text) && initializer !== undefined) for (const text of shown(initializer)) note(text.text);
    }
    if (node.kind === SyntaxKind.JsxElement || node.kind === SyntaxKind.JsxFragment) {
      const { children } = node as Node & { children: readonly Node[] };
      for (const child of children) if (child.kind === SyntaxKind.JsxExpression) for (const text of shown(child)) note(text.text);
    }
  });
  return found;
}

test("no page but the desk says a word that is not in a catalogue", () => {
  const pages = sources.filter(([path]) => path.endsWith(".tsx") && !ENGLISH_ONLY.some((part) => path.startsWith(part)));
  assert.ok(pages.length > 30, "the sources were found");
  assert.deepEqual(pages.flatMap(([path, source]) => unkept(path, source)), []);
});

test("no text is kept that no page says", () => {
  const literals = new Set<string>();
  const heads: string[] = [];
  for (const [path, source] of sources) {
    if (TABLES.includes(path)) continue;
    walk(source, (node) => {
      if (LITERALS.has(node.kind)) literals.add((node as Texted).text);
      if (node.kind === SyntaxKind.TemplateHead && (node as Texted).text !== "") heads.push((node as Texted).text);
    });
  }
  const keys = [EN, c.english, w.english, h.english].flatMap((table) => Object.keys(table)).map((key) => key.split("/").at(-1) ?? key);
  const unsaid = keys.filter((key) => !literals.has(key) && !heads.some((head) => key.startsWith(head)));
  assert.deepEqual(unsaid, []);
});

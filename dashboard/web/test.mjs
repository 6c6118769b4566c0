/** Bundles the tests of the pure parts and runs them with Node's own runner. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { catalogues } from "./catalogue.mjs";

// Beside the packages, so that those left out of the bundles are found; a test reads the sources with the compiler.
const out = await mkdtemp(join("node_modules", ".test-"));
const entryPoints = (await readdir("test")).filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
await esbuild.build({
  entryPoints, outdir: out, bundle: true, platform: "node", format: "esm", outExtension: { ".js": ".mjs" },
  external: ["typescript", "typescript/*", "gettext-parser"], plugins: [catalogues],
});
// Files, not their folder: from version 22 on, Node takes a folder's name for a module's.
const files = (await readdir(out)).map((name) => join(out, name));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
await rm(out, { recursive: true });
process.exit(status ?? 1);

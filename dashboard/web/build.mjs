/**
 * Bundles the pages into ../static, which the service serves and git ignores.
 *
 * MapLibre is copied, not bundled: it finds its worker beside itself at run time, which a bundler breaks.
 * The marshals' worker is built last, because it names all other files.
 * Names carry a hash of the content, so that a browser may keep them for ever. The page is written after what
 * it names and old files go last, so that a running service never lacks one.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";
import { catalogues } from "./catalogue.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const vendor = join(here, "node_modules", "maplibre-gl");
const COPIED = ["icon.svg", "marshal-icon.svg", "marshal.webmanifest"];
const VENDOR = ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"];
const SMALLER = /\.(m?js|css|svg)$/;
const [brotli, gzip] = [promisify(zlib.brotliCompress), promisify(zlib.gzip)];
const watch = process.argv.includes("--watch");

const { version } = JSON.parse(await readFile(join(vendor, "package.json"), "utf8"));

/** Write index.html with the hashed names of this build, then take away the files of earlier ones. */
const page = {
  name: "page",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length > 0) return;
      const files = Object.keys(result.metafile.outputs).map((path) => basename(path));
      const named = (ending) => files.find((name) => name.startsWith("app-") && name.endsWith(ending));
      const html = await readFile(join(here, "index.html"), "utf8");
      await writeFile(
        join(out, "index.html"),
        html.replace("app.js", named(".js")).replace("app.css", named(".css"))
          .replace("    <!-- modules -->\n", needed(result.metafile, named(".js")).map((name) => `    <link rel="modulepreload" href="/static/${name}">\n`).join("")),
      );
      await writeWorker(files);
      const small = watch ? [] : await compressed([...files, ...COPIED, ...VENDOR.map((name) => `vendor/${name}`)]);
      const kept = new Set([...files, ...COPIED, ...small, "index.html", "sw.js", "vendor"]);
      const old = (await readdir(out)).filter((name) => !kept.has(name));
      await Promise.all(old.map((name) => rm(join(out, name), { recursive: true })));
    });
  },
};

/** Write each file once more as browsers take it from the wire; give the names. The service has no time for that. */
async function compressed(names) {
  const made = await Promise.all(names.filter((name) => SMALLER.test(name)).map(async (name) => {
    const plain = await readFile(join(out, name));
    await writeFile(join(out, `${name}.br`), await brotli(plain));
    await writeFile(join(out, `${name}.gz`), await gzip(plain, { level: 9 }));
    return [`${name}.br`, `${name}.gz`];
  }));
  return made.flat();
}

/** What a script imports before it runs, and what that imports: asked for at once, not one after the other. */
function needed({ outputs }, name) {
  const found = new Set();
  const follow = (path) => {
    for (const { path: other, kind } of outputs[path].imports) {
      if (kind !== "import-statement" || found.has(other)) continue;
      found.add(other);
      follow(other);
    }
  };
  follow(Object.keys(outputs).find((path) => basename(path) === name));
  return [...found].map((path) => basename(path));
}

/**
 * Write the worker of the marshals' pages, which has to know every file of this build by name; its version is
 * a hash over them all, so that a browser sees a new version exactly when something in it is new.
 */
async function writeWorker(built) {
  const names = ["index.html", ...COPIED.filter((name) => name !== "marshal.webmanifest"), ...built].sort();
  const digest = createHash("sha256");
  for (const name of names) digest.update(name).update(await readFile(join(out, name)));
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: { sw: "src/worker/sw.ts" },
    outdir: out,
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: !watch,
    define: {
      FILES: JSON.stringify(names.map((name) => `/static/${name}`)),
      VERSION_OF_FILES: JSON.stringify(digest.digest("hex").slice(0, 16)),
    },
    logLevel: "warning",
  });
}

const options = {
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  metafile: true,
  define: { MAPLIBRE_VERSION: JSON.stringify(version) },
  logLevel: "info",
  plugins: [catalogues, page],
};

await mkdir(join(out, "vendor"), { recursive: true });
for (const name of VENDOR) {
  await cp(join(vendor, "dist", name), join(out, "vendor", name));
}
await cp(join(vendor, "LICENSE.txt"), join(out, "vendor", "maplibre-gl.LICENSE.txt"));
for (const name of COPIED) await cp(join(here, name), join(out, name));

if (watch) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}

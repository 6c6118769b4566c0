/**
 * Bundles the pages into ../static, which the service serves and git ignores.
 *
 * MapLibre is copied, not bundled: it finds its worker beside itself at run time, which a bundler breaks.
 * Names carry a hash of the content, so that a browser may keep them for ever. The page is written after what
 * it names and old files go last, so that a running service never lacks one.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const vendor = join(here, "node_modules", "maplibre-gl");
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
        html.replace("app.js", named(".js")).replace("app.css", named(".css")),
      );
      const kept = new Set([...files, "index.html", "icon.svg", "vendor"]);
      const old = (await readdir(out)).filter((name) => !kept.has(name));
      await Promise.all(old.map((name) => rm(join(out, name), { recursive: true })));
    });
  },
};

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
  plugins: [page],
};

await mkdir(join(out, "vendor"), { recursive: true });
for (const name of ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"]) {
  await cp(join(vendor, "dist", name), join(out, "vendor", name));
}
await cp(join(vendor, "LICENSE.txt"), join(out, "vendor", "maplibre-gl.LICENSE.txt"));
await cp(join(here, "icon.svg"), join(out, "icon.svg"));

if (watch) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}

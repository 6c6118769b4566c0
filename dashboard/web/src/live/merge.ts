/** JSON Merge Patch (RFC 7396) that leaves untouched branches the same objects, so that rows can compare. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return `target` with `patch` applied. Neither is changed; where nothing differs, `target` itself returns. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const base: JsonObject = isObject(target) ? target : {};
  let merged: Record<string, Json> | null = base === target ? null : {};
  for (const [key, change] of Object.entries(patch)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    if (change === null) {
      if (before === undefined) continue;
      merged ??= { ...base };
      delete merged[key];
      continue;
    }
    const after = mergePatch(before, change);
    if (after === before) continue;
    merged ??= { ...base };
    merged[key] = after;
  }
  return merged ?? base;
}

/** What lists are called. */
import { t, words } from "../ui/text";

/** The name of a classification by its scope: `overall`, `leg-2`, `class-A`, `category-G`, `teams`. */
export function scopeTitle(scope: string): string {
  if (scope === "overall" || scope === "teams") return t(`board.${scope}`);
  const [, kind, name = ""] = /^(leg|class|category)-(.+)$/.exec(scope) ?? [];
  if (kind === undefined) return words(scope.replaceAll("-", "_"));
  return kind === "leg" ? t("board.leg", { leg: name }) : `${t(kind === "class" ? "board.class" : "board.category")} ${name}`;
}

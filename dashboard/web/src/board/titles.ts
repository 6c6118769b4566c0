/** What lists are called. */
import { t } from "../ui/text";

/** The name of a classification by its scope: `overall`, `leg-2`, `class-A`, `category-G`, `teams`. */
export function scopeTitle(scope: string): string {
  const [kind = "", name = ""] = [/^[a-z]+/.exec(scope)?.[0], scope.replace(/^[a-z]+-?/, "")];
  if (kind === "leg") return t("board.leg", { leg: name });
  if (kind === "class") return `${t("board.class")} ${name}`;
  if (kind === "category") return `${t("board.category")} ${name}`;
  return kind === "teams" ? t("board.teams") : t("board.overall");
}

/** The address of the page as a signal; links within the site change it without a reload. */
import { computed, signal } from "@preact/signals";

export const address = signal(read());

function read(): { readonly path: string; readonly query: URLSearchParams } {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** The parts of the path, decoded: `/cars/17` gives `["cars", "17"]`. */
export const pathParts = computed(() => address.value.path.split("/").filter(Boolean).map(decode));

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Go to an address of this site. */
export function go(to: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  const before = address.peek().path;
  address.value = read();
  if (address.value.path !== before) scrollTo(0, 0);
}

/** The present address with one query value set, or taken out when `value` is empty. */
export function withQuery(name: string, value: string): string {
  const query = new URLSearchParams(address.value.query);
  if (value === "") query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  return address.value.path + (text === "" ? "" : `?${text}`);
}

const PAGES = /^\/(map|cars|stages|starts|penalties|retirements|itinerary|wall|control|desk|devices|why)?(\/|$)/;

/** A link with the moment that is shown (`as_of`): whoever looks at an earlier moment stays in it. */
function inMoment(to: string): string {
  const asked = address.peek().query.get("as_of");
  if (asked === null || asked === "" || new URLSearchParams(to.split("?")[1] ?? "").has("as_of")) return to;
  return `${to}${to.includes("?") ? "&" : "?"}as_of=${encodeURIComponent(asked)}`;
}

/** Follow this site's links in place; everything else is the browser's. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    address.value = read();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.hash !== "" || link.target !== "" || link.origin !== location.origin || !PAGES.test(link.pathname)) return;
    event.preventDefault();
    go(link.dataset["live"] === undefined ? inMoment(link.pathname + link.search) : link.pathname + link.search);
  });
}

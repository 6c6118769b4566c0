/**
 * The worker of the marshals' pages: keeps one whole version of the page on the phone and serves it, network or
 * not. What marshals press never passes through here: that is the outbox's, which no version touches.
 *
 * A version is a cache of its own; page and files always come from the same one. A new version waits until the
 * last page of the old one is closed, or until a marshal asks for it.
 */

declare const FILES: readonly string[];
declare const VERSION_OF_FILES: string;

// The types of a worker's global scope contradict those of a page, which the other files need.
interface Extendable extends Event { waitUntil(work: Promise<unknown>): void }
interface FetchEvent extends Extendable { readonly request: Request; respondWith(answer: Promise<Response>): void }
interface Scope {
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
}
const worker = globalThis as unknown as Scope;

const PREFIX = "rallykeeper-";
const CACHE = PREFIX + VERSION_OF_FILES;
const PAGE = "/static/index.html";

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache: a version is what the service has now.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  // The page that installed the first version is served by it from now on, without being loaded again.
  await worker.clients.claim();
}

async function kept(name: string | Request): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(name, { ignoreSearch: true });
}

async function page(request: Request): Promise<Response> {
  return (await kept(PAGE)) ?? fetch(request);
}

async function file(request: Request): Promise<Response> {
  return (await kept(request)) ?? fetch(request);
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("message", (event) => {
  if (event.data === "change over") void worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === "/control" || url.pathname.startsWith("/control/")) event.respondWith(page(request));
  } else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

export {};

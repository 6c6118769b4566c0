/** Makes the marshals' pages live without network: registers their worker, and lets a new version in when asked. */
import { signal } from "@preact/signals";

const SCRIPT = "/sw.js";
const SCOPE = "/control";
const MANIFEST = "/static/marshal.webmanifest";

/** `insecure`: over plain HTTP a browser allows no worker. */
export const workerState = signal<"none" | "insecure" | "preparing" | "ready">("none");
/** A new version is here and waits: it comes when asked for, or when the page is next opened afresh. */
export const updateReady = signal(false);

let begun = false;
let asked = false;

/** Called by a page that has to work without network; once is enough. */
export function prepare(): void {
  if (begun) return;
  begun = true;
  linkManifest();
  if (!("serviceWorker" in navigator)) {
    workerState.value = window.isSecureContext ? "none" : "insecure";
    return;
  }
  workerState.value = "preparing";
  void register();
}

function linkManifest(): void {
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = MANIFEST;
  document.head.append(link);
}

async function register(): Promise<void> {
  const container = navigator.serviceWorker;
  // Never under the marshal's hands: only who pressed the button gets another page.
  container.addEventListener("controllerchange", () => {
    if (asked) location.reload();
  });
  try {
    const registration = await container.register(SCRIPT, { scope: SCOPE, updateViaCache: "none" });
    follow(registration);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
    });
  } catch {
    const known = await container.getRegistration(SCOPE).catch(() => undefined); // no network: an earlier one serves
    workerState.value = known?.active ? "ready" : "none";
    if (known !== undefined) follow(known);
  }
}

function follow(registration: ServiceWorkerRegistration): void {
  const look = () => {
    if (registration.active !== null) workerState.value = "ready";
    updateReady.value = registration.waiting !== null && registration.active !== null;
  };
  const watch = (worker: ServiceWorker | null) => worker?.addEventListener("statechange", look);
  watch(registration.installing);
  watch(registration.waiting);
  registration.addEventListener("updatefound", () => {
    watch(registration.installing);
    look();
  });
  look();
}

/** Change over to the waiting version: everything pressed is on the disk, and the page opens anew. */
export async function changeOver(): Promise<void> {
  asked = true;
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  registration?.waiting?.postMessage("change over");
}

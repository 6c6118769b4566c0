/**
 * What this browser keeps on the phone's own disk: a small IndexedDB with two stores.
 *
 * `acts` are kept in the order in which they were pressed; `things` are single values by name. Where the browser
 * keeps nothing (private windows, a full disk), reading gives nothing and writing throws, and the page says so.
 */

const NAME = "rallykeeper";
const VERSION = 1;
export type StoreName = "acts" | "things";

let opening: Promise<IDBDatabase> | null = null;

function opened(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const store of ["acts", "things"]) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
      }
    };
    request.onsuccess = () => {
      // A newer version of the page may want to change the stores: never stand in its way.
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      request.result.onclose = () => { opening = null; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
  opening.catch(() => { opening = null; });
  return opening;
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Write values under their keys; resolves when the disk has them, so that a crash right after loses nothing. */
export async function put(store: StoreName, rows: readonly (readonly [string, unknown])[]): Promise<void> {
  const transaction = (await opened()).transaction(store, "readwrite", { durability: "strict" });
  for (const [key, value] of rows) transaction.objectStore(store).put(value, key);
  await done(transaction);
}

/** Take values away. */
export async function remove(store: StoreName, keys: readonly string[]): Promise<void> {
  const transaction = (await opened()).transaction(store, "readwrite");
  for (const key of keys) transaction.objectStore(store).delete(key);
  await done(transaction);
}

/** One value, or undefined. */
export async function get<T>(store: StoreName, key: string): Promise<T | undefined> {
  const request = (await opened()).transaction(store).objectStore(store).get(key);
  return answered<T | undefined>(request);
}

/** All values of a store. */
export async function all<T>(store: StoreName): Promise<T[]> {
  return answered<T[]>((await opened()).transaction(store).objectStore(store).getAll());
}

function answered<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}

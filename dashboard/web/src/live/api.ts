/** Requests to the service; a refusal carries the problem details' own words. */

export class Refused extends Error {
  /** `problem` holds what the service said besides its words. */
  constructor(readonly status: number, message: string, readonly problem: Problem) {
    super(message);
  }
}

interface Problem { readonly title?: string; readonly detail?: string; readonly [more: string]: unknown }

async function answer<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  const problem = (body ?? {}) as Problem;
  throw new Refused(response.status, problem.detail ?? problem.title ?? `HTTP ${response.status}`, problem);
}

/** GET a JSON document. Throws `Refused` on an error status, TypeError when the service is not reached. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const headers = { Accept: "application/json, application/geo+json" };
  return answer<T>(await fetch(path, { headers, ...(signal === undefined ? {} : { signal }) }));
}

const POST_TIMEOUT_MS = 10_000;

/** POST a JSON document; the same failures as `getJson`. */
export async function postJson<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(POST_TIMEOUT_MS),
  });
  return answer<T>(response);
}

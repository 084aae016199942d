import type { components } from "./schema.gen";

export type ProblemBody = components["schemas"]["Problem"];

/** An answer of the admin API that is not what was asked for, or none at all (`status` 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What is wrong with which field, by the field's path. */
  readonly fields: ReadonlyMap<string, string>;
  /** Seconds after which it may be tried again, where the gateway says so. */
  readonly retryAfter: number | null;

  constructor(status: number, body: Partial<ProblemBody>, retryAfter: number | null = null) {
    super(body.detail || body.title || "");
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "";
    this.fields = new Map((body.errors ?? []).map(({ field, message }) => [field, message]));
    this.retryAfter = retryAfter;
  }

  /** The gateway could not be reached. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** Somebody else changed it meanwhile. */
  get stale(): boolean {
    return this.status === 409;
  }
}

/** Whether an error says that there is no such thing. */
export const isMissing = (error: unknown): boolean => error instanceof Problem && error.status === 404;

/** Makes a problem of an answer. */
export async function problemOf(response: Response): Promise<Problem> {
  const after = Number(response.headers.get("retry-after"));
  const body: Partial<ProblemBody> = await response
    .clone()
    .json()
    .catch(() => ({ detail: `${response.status} ${response.statusText}` }));
  return new Problem(response.status, body, Number.isFinite(after) && after > 0 ? after : null);
}

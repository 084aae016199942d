import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { under } from "@/lib/url";
import { api, take } from "./client";
import { isMissing } from "./problem";
import { again, later } from "./queries";
import type { components } from "./schema.gen";

export type RequestRow = components["schemas"]["RequestRow"];
export type Trace = components["schemas"]["Trace"];
export type Attempt = components["schemas"]["TraceAttempt"];
export type Decision = components["schemas"]["Decision"];
export type Candidate = components["schemas"]["DecisionCandidate"];

/** What requests are wanted: every value a text, as the URL has it; empty: whatever. */
export const ASK = {
  since: "24h",
  key: "",
  route: "",
  provider: "",
  model: "",
  team: "",
  user: "",
  tag: "",
  tried: "",
  passed: "",
  strategy: "",
  refusal: "",
  category: "",
  kind: "",
  code: "",
  status: "",
  failed: "",
  stream: "",
  text: "",
};
export type Ask = typeof ASK;

export const SINCE = {
  "15m": 900_000,
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
} as const;
export type Since = keyof typeof SINCE | "all";

/** The query of an ask, as the API wants it. A span ends now, so it is counted from a whole minute, for the cache. */
export function queryOf(ask: Ask, now: number) {
  const { since, status, failed, stream, ...texts } = ask;
  const span = SINCE[since as keyof typeof SINCE];
  const words = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ""));
  return {
    ...words,
    ...(span ? { from_ms: Math.floor(now / 60_000) * 60_000 - span } : {}),
    ...(status ? { status: Number(status) } : {}),
    ...(failed ? { failed: failed === "true" } : {}),
    ...(stream ? { stream: stream === "true" } : {}),
  };
}

/** Requests, newest first, page by page. */
export const requestsQuery = (ask: Ask) =>
  infiniteQueryOptions({
    queryKey: ["requests", ask],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/api/v1/requests", {
          signal,
          params: { query: { ...queryOf(ask, Date.now()), cursor: pageParam, limit: 100 } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });

/**
 * How often a request is asked for that is not there yet, half a second apart: it is recorded a moment after its answer, and
 * whoever follows its link at once is sooner.
 */
const SOONER = 4;

/** One request, with what it said where that is kept. */
export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ["request", id],
    queryFn: () => take(api.GET("/api/v1/requests/{id}", { params: { path: { id } } })),
    retry: (count, error) => (isMissing(error) ? count < SOONER : again(count, error)),
    retryDelay: (count, error) => (isMissing(error) ? 500 : later(count)),
  });

/** Why it went where it went; `null` where nothing is kept of that. To be asked for when the request is there. */
export const traceQuery = (id: string) =>
  queryOptions({
    queryKey: ["trace", id],
    queryFn: async (): Promise<Trace | null> => {
      try {
        return await take(api.GET("/api/v1/decisions/{id}", { params: { path: { id } } }));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  });

/** Where all of them come from as a file. */
export function exportUrl(ask: Ask, format: "csv" | "jsonl"): string {
  const query = Object.entries({ ...queryOf(ask, Date.now()), format }).map(([name, value]) => [
    name,
    String(value),
  ]);
  return `${under("api/v1/requests-export")}?${new URLSearchParams(query)}`;
}

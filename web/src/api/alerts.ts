import { infiniteQueryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";

export type Alert = {
  id: string;
  at_ms: number;
  kind: string;
  severity: string;
  subject: string;
  state: string;
  outcome: string;
  status?: number | null;
  attempts: number;
  message: string;
  why?: string | null;
};
export type Alerts = {
  enabled: boolean;
  to?: string | null;
  style: string;
  least: string;
  items: Alert[];
  next?: string | null;
};
export type Tested = { ok: boolean; status?: number | null; ms: number; message: string };

type Call = (path: string, init?: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
const get = api.GET as unknown as Call;
const post = api.POST as unknown as Call;

/** Where alerts go, and what was sent, newest first. */
export const alertsQuery = infiniteQueryOptions({
  queryKey: ["alerts"],
  // What waits to be sent again changes by itself.
  refetchInterval: 15_000,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) =>
    take(get("/api/v1/alerts", { params: { query: { cursor: pageParam, limit: 100 } } })) as Promise<Alerts>,
  getNextPageParam: (page) => page.next ?? undefined,
});

/** Sends a test, now. That it did not arrive is an answer, not an error. */
export const useTestAlert = () =>
  useMutation({
    mutationFn: () => take(post("/api/v1/alerts/test")) as Promise<Tested>,
    onSettled: () => queries.invalidateQueries({ queryKey: ["alerts"] }),
  });

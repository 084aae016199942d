import { infiniteQueryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type Alerts = components["schemas"]["AlertList"];
export type Alert = components["schemas"]["AlertView"];
export type Tested = components["schemas"]["AlertTest"];

/** Where alerts go, and what was sent, newest first. */
export const alertsQuery = infiniteQueryOptions({
  queryKey: ["alerts"],
  // What waits to be sent again changes by itself.
  refetchInterval: 15_000,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) =>
    take(api.GET("/api/v1/alerts", { params: { query: { cursor: pageParam, limit: 100 } } })),
  getNextPageParam: (page) => page.next ?? undefined,
});

/** Sends a test, now. That it did not arrive is an answer, not an error. */
export const useTestAlert = () =>
  useMutation({
    mutationFn: () => take(api.POST("/api/v1/alerts/test")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["alerts"] }),
  });

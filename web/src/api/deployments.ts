import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type Deployment = components["schemas"]["DeploymentView"];

/** How deployments are: speed, success, rests. */
export const deploymentsQuery = queryOptions({
  queryKey: ["deployments"],
  refetchInterval: 10_000,
  queryFn: async () => {
    const list: Deployment[] = [];
    let cursor: string | undefined;
    do {
      const page = await take(api.GET("/api/v1/deployments", { params: { query: { cursor, limit: 500 } } }));
      list.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return list;
  },
});

/** Their names, for choosing. */
export const deploymentNamesQuery = queryOptions({
  ...deploymentsQuery,
  refetchInterval: false as const,
  select: (list: Deployment[]) => list.map(({ deployment }) => deployment),
});

/** Forgets that a deployment failed: it may be called at once. */
export const useReset = () =>
  useMutation({
    mutationFn: (id: string) =>
      take(api.POST("/api/v1/deployments/{id}/reset", { params: { path: { id } } })),
    onSuccess: () =>
      Promise.all(
        ["deployments", "models", "advice"].map((key) => queries.invalidateQueries({ queryKey: [key] })),
      ),
  });

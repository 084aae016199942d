import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { configChanged } from "./config";
import type { components } from "./schema.gen";

export type Version = components["schemas"]["ConfigVersion"];
export type ItemChange = components["schemas"]["ItemChange"];

/** Versions of the configuration, newest first. */
export const versionsQuery = infiniteQueryOptions({
  queryKey: ["config", "versions"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) =>
    take(api.GET("/api/v1/config/versions", { params: { query: { cursor: pageParam, limit: 50 } } })),
  getNextPageParam: (page) => page.next ?? undefined,
});

/** What changed with a version. */
export const versionQuery = (version: number) =>
  queryOptions({
    queryKey: ["config", "version", version],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      take(api.GET("/api/v1/config/versions/{version}", { params: { path: { version: String(version) } } })),
  });

/** What differs between two versions. */
export const diffQuery = (from: number, to: number) =>
  queryOptions({
    queryKey: ["config", "diff", from, to],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => take(api.GET("/api/v1/config/diff", { params: { query: { from, to } } })),
  });

/** Makes a new version that is like an old one. */
export const useRollback = () =>
  useMutation({
    mutationFn: (body: components["schemas"]["Rollback"]) =>
      take(api.POST("/api/v1/config/rollback", { body })),
    onSuccess: configChanged,
  });

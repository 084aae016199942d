import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { configChanged } from "./config";
import type { components } from "./schema.gen";

export type Key = components["schemas"]["KeyView"];
export type KeyShown = components["schemas"]["KeyShown"];
export type Limit = components["schemas"]["LimitView"];
export type Settings = Record<string, unknown>;

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: async () => {
    const keys: Key[] = [];
    let cursor: string | undefined;
    do {
      const page = await take(api.GET("/api/v1/keys", { params: { query: { cursor, limit: 200 } } }));
      keys.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return keys;
  },
});

/** What is left of every limit and budget, by owner (`key ci`, `team search`, `provider groq`). */
export const limitsQuery = queryOptions({
  queryKey: ["limits"],
  refetchInterval: 10_000,
  queryFn: async () => {
    const owners = new Map<string, Limit[]>();
    let cursor: string | undefined;
    do {
      const page = await take(api.GET("/api/v1/limits", { params: { query: { cursor, limit: 500 } } }));
      for (const limit of page.items) owners.set(limit.owner, [...(owners.get(limit.owner) ?? []), limit]);
      cursor = page.next ?? undefined;
    } while (cursor);
    return owners;
  },
});

export const useMakeKey = () =>
  useMutation({
    mutationFn: (body: { name: string; settings: Settings }) => take(api.POST("/api/v1/keys", { body })),
    onSuccess: configChanged,
  });

export const useChangeKey = () =>
  useMutation({
    mutationFn: ({ name, settings }: { name: string; settings: Settings }) =>
      take(api.PATCH("/api/v1/keys/{name}", { params: { path: { name } }, body: { settings } })),
    onSuccess: configChanged,
  });

export const useRotateKey = () =>
  useMutation({
    mutationFn: (name: string) =>
      take(api.POST("/api/v1/keys/{name}/rotate", { params: { path: { name } } })),
    onSuccess: configChanged,
  });

export const useDeleteKey = () =>
  useMutation({
    mutationFn: (name: string) => take(api.DELETE("/api/v1/keys/{name}", { params: { path: { name } } })),
    onSuccess: configChanged,
  });

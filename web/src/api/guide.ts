import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import type { components } from "./schema.gen";

export type Guide = components["schemas"]["Guide"];
export type Model = components["schemas"]["ModelView"];

/** Where the gateway is as seen from here, and which names there are. */
export const guideQuery = queryOptions({
  queryKey: ["guide"],
  staleTime: 60_000,
  queryFn: () => take(api.GET("/api/v1/guide")),
});

/** All names that can be chatted with and are called: routes first, then the gateway's own, then deployments. */
export const chatModelsQuery = queryOptions({
  queryKey: ["models", "chat"],
  staleTime: 60_000,
  queryFn: async () => {
    const list: Model[] = [];
    let cursor: string | undefined;
    do {
      const page = await take(api.GET("/api/v1/models", { params: { query: { cursor, limit: 500 } } }));
      list.push(...page.items.filter(({ kind, enabled }) => kind === "chat" && enabled));
      cursor = page.next ?? undefined;
    } while (cursor);
    const order = ["route", "alias", "built_in", "deployment"];
    return list.sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what) || a.name.localeCompare(b.name));
  },
});

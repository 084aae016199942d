import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";

/** Whether anything was ever asked. */
export const askedQuery = queryOptions({
  queryKey: ["asked"],
  refetchOnMount: "always",
  queryFn: async () => {
    const page = await take(api.GET("/api/v1/requests", { params: { query: { limit: 1 } } }));
    return page.items.length > 0;
  },
});

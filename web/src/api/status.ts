import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";

/** How the gateway is. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: () => take(api.GET("/api/v1/status")),
});

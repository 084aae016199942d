import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import type { components } from "./schema.gen";

export type Setting = components["schemas"]["SettingView"];
export type Variable = components["schemas"]["EnvironmentVariable"];

/** Every setting with what holds and who says so, and the variables of the environment that the program reads. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => take(api.GET("/api/v1/settings")),
});

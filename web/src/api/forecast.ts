import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import type { components, operations } from "./schema.gen";

/** What is spent and will be in the calendar month; of one name, or of all. */
export type Expected = components["schemas"]["ForecastItem"];
/** How long a budget lasts. */
export type BudgetAhead = components["schemas"]["BudgetForecast"];
export type Forecast = components["schemas"]["Forecast"];
/** What a forecast is told apart by. */
export type ForecastWay = NonNullable<NonNullable<operations["show_forecast"]["parameters"]["query"]>["by"]>;

export const FORECAST_WAYS = [
  "all",
  "key",
  "team",
  "provider",
  "deployment",
] as const satisfies ForecastWay[];

/** What this month will cost, by what the days before it did. */
export const forecastQuery = (by: ForecastWay) =>
  queryOptions({
    queryKey: ["forecast", by],
    refetchInterval: 60_000,
    queryFn: () => take(api.GET("/api/v1/forecast", { params: { query: { by } } })),
  });

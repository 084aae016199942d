import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";

/** What is spent and will be in the calendar month, in nano-dollars; of one name, or (`null`) of all. */
export type Expected = {
  of: string | null;
  spent_nano: number;
  expected_nano: number | null;
  low_nano: number | null;
  high_nano: number | null;
  daily_nano: number | null;
};

/** How long a budget lasts. `used_up_ms` is `null` where it begins anew before. */
export type BudgetAhead = {
  owner: string;
  name: string;
  period: string;
  limit_nano: number;
  spent_nano: number;
  resets_ms: number | null;
  used_up_ms: number | null;
};

export type Forecast = {
  from_ms: number;
  to_ms: number;
  now_ms: number;
  days: number;
  items: Expected[];
  budgets: BudgetAhead[];
};

export const FORECAST_WAYS = ["all", "key", "team", "provider", "deployment"] as const;
export type ForecastWay = (typeof FORECAST_WAYS)[number];

type Get = (
  path: string,
  init: { params: { query: { by: ForecastWay } } },
) => Promise<{ data?: Forecast; error?: unknown; response: Response }>;

/** What this month will cost, by what the days before it did. */
export const forecastQuery = (by: ForecastWay) =>
  queryOptions({
    queryKey: ["forecast", by],
    refetchInterval: 60_000,
    queryFn: () => take((api.GET as unknown as Get)("/api/v1/forecast", { params: { query: { by } } })),
  });

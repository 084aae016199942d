import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import type { components, operations } from "./schema.gen";

export type Statistic = components["schemas"]["Statistic"];
export type Savings = components["schemas"]["Savings"];
type Query = NonNullable<operations["show_statistics"]["parameters"]["query"]>;
export type By = NonNullable<Query["by"]>;
export type Span = NonNullable<Query["span"]>;

/** A piece of time that is looked at: from, to (Unix seconds), and the step of its charts. */
export type Period = { from: number; to: number; span: Span; step: number };

const STEPS: Record<Span, number> = { minute: 60, hour: 3600, day: 86_400 };

/** Periods that people ask for, by their length in seconds, with the step that gives a readable chart. */
export const PERIODS = {
  "1h": [3600, "minute"],
  "24h": [86_400, "hour"],
  "7d": [604_800, "hour"],
  "30d": [2_592_000, "day"],
  "90d": [7_776_000, "day"],
} as const;
export type PeriodName = keyof typeof PERIODS;

/** The period that ends now. It ends with the step under way, so that what is asked for stays the same within a step. */
export function period(name: PeriodName, nowMs: number): Period {
  const [length, span] = PERIODS[name];
  const step = STEPS[span];
  const to = (Math.floor(nowMs / 1000 / step) + 1) * step;
  return { from: to - length, to, span, step };
}

/** The one before it, as long as it: what changes are told against. */
export const before = ({ from, to, span, step }: Period): Period => ({
  from: 2 * from - to,
  to: from,
  span,
  step,
});

/** The last whole minute: how it goes now. */
export const lastMinute = (nowMs: number): Period => {
  const to = Math.floor(nowMs / 60_000) * 60;
  return { from: to - 60, to, span: "minute", step: 60 };
};

/** Whole days of a period, in UTC. */
export const inDays = ({ from, to }: Period): Period => {
  const step = STEPS.day;
  return { from: Math.floor(from / step) * step, to: Math.ceil(to / step) * step, span: "day", step };
};

/** Sums of requests by what they have in common. */
export const statisticsQuery = (by: By, { from, to, span }: Period) =>
  queryOptions({
    queryKey: ["statistics", by, span, from, to],
    refetchInterval: 15_000,
    // What stays on the page until the new ones come must be told apart by the same.
    placeholderData: (old: Statistic[] | undefined, asked) => (asked?.queryKey[1] === by ? old : undefined),
    queryFn: async () =>
      (await take(api.GET("/api/v1/statistics", { params: { query: { by, span, from, to } } }))).sums,
  });

/** What requests cost beside the list prices of well-known paid models. */
export const savingsQuery = ({ from, to }: Period) =>
  queryOptions({
    queryKey: ["savings", from, to],
    placeholderData: keepPreviousData,
    queryFn: () => take(api.GET("/api/v1/savings", { params: { query: { from, to } } })),
  });

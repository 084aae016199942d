import { queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import type { components, operations } from "./schema.gen";
import type { Period } from "./statistics";

export type SeriesOne = components["schemas"]["SeriesOne"];
export type SeriesPoint = components["schemas"]["SeriesPoint"];
type Query = NonNullable<operations["show_series"]["parameters"]["query"]>;
/** What series are told apart by. */
export type Group = NonNullable<Query["group"]>;
/** By what names are larger than others: the eight largest are told by themselves. */
export type Largest = NonNullable<Query["largest"]>;

/** Sums over time, told apart by something; by nothing, with percentiles. */
export const seriesQuery = (group: Group | null, largest: Largest, { from, to, span }: Period) =>
  queryOptions({
    queryKey: ["series", group, largest, span, from, to],
    refetchInterval: 15_000,
    // What stays on the page until the new ones come must be told apart by the same.
    placeholderData: (old: SeriesOne[] | undefined, asked) =>
      asked?.queryKey[1] === group && asked.queryKey[2] === largest ? old : undefined,
    queryFn: async () =>
      (
        await take(
          api.GET("/api/v1/series", {
            params: { query: { span, from, to, largest, ...(group ? { group } : {}) } },
          }),
        )
      ).series,
  });

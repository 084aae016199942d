import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** Whether it is asked again: a gateway that cannot be reached is, one that refuses is not. */
export const again = (count: number, error: Error): boolean =>
  error instanceof Problem && error.unreachable ? true : count < 1 && !(error instanceof Problem);

/** After how many milliseconds. */
export const later = (count: number): number => Math.min(1000 * 2 ** count, 15_000);

/** What was asked for and is kept. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: again,
      retryDelay: later,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

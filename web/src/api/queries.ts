import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** What was asked for and is kept. A gateway that cannot be reached is asked again; one that refuses is not. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) =>
        error instanceof Problem && error.unreachable ? true : count < 1 && !(error instanceof Problem),
      retryDelay: (count) => Math.min(1000 * 2 ** count, 15_000),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import { Problem } from "./problem";
import type { components } from "./schema.gen";
import type { Period } from "./statistics";

export type Advice = components["schemas"]["AdviceItem"];
export type FlowLink = components["schemas"]["FlowLink"];
export type Conversation = components["schemas"]["Conversation"];
export type Turn = components["schemas"]["Turn"];
export type Part = components["schemas"]["Part"];
export type Ledger = components["schemas"]["LedgerView"];

/** What needs a person, the worst first. */
export const adviceQuery = queryOptions({
  queryKey: ["advice"],
  refetchInterval: 30_000,
  queryFn: async () => (await take(api.GET("/api/v1/advice"))).items,
});

/** Who asks for what, and where it goes. */
export const flowQuery = ({ from, to, span }: Period) =>
  queryOptions({
    queryKey: ["flow", span, from, to],
    placeholderData: keepPreviousData,
    queryFn: async () =>
      (await take(api.GET("/api/v1/flow", { params: { query: { span, from, to } } }))).links,
  });

/** What was said in a request, turn by turn. */
export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ["conversation", id],
    queryFn: () => take(api.GET("/api/v1/requests/{id}/conversation", { params: { path: { id } } })),
    retry: (count: number, error: Error) => !(error instanceof Problem) && count < 1,
  });

/** What a request used and what each part of it cost. */
export const ledgerQuery = (id: string) =>
  queryOptions({
    queryKey: ["ledger", id],
    queryFn: () => take(api.GET("/api/v1/requests/{id}/ledger", { params: { path: { id } } })),
  });

import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type OwnSession = components["schemas"]["OwnSession"];
export type OwnToken = components["schemas"]["OwnToken"];
export type TotpSecret = components["schemas"]["TotpSecret"];

const again = (...keys: string[]) =>
  Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));

export const mySessionsQuery = queryOptions({
  queryKey: ["my-sessions"],
  queryFn: async () =>
    (await take(api.GET("/api/v1/me/sessions", { params: { query: { limit: 100 } } }))).items,
});

export const myTokensQuery = queryOptions({
  queryKey: ["my-tokens"],
  queryFn: async () =>
    (await take(api.GET("/api/v1/me/tokens", { params: { query: { limit: 100 } } }))).items,
});

export const useRename = () =>
  useMutation({
    mutationFn: (name: string) => take(api.PATCH("/api/v1/me", { body: { name } })),
    onSuccess: () => again("me"),
  });

export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: components["schemas"]["PasswordChange"]) =>
      take(api.PUT("/api/v1/me/password", { body })),
    onSuccess: () => again("my-sessions"),
  });

export const useBeginTotp = () =>
  useMutation({
    mutationFn: (password: string) => take(api.POST("/api/v1/me/totp", { body: { password } })),
  });

export const useConfirmTotp = () =>
  useMutation({
    mutationFn: (code: string) => take(api.POST("/api/v1/me/totp/confirm", { body: { code } })),
    onSuccess: () => again("me"),
  });

type PasswordAndCode = components["schemas"]["PasswordAndCode"];

export const useDisableTotp = () =>
  useMutation({
    mutationFn: (body: PasswordAndCode) => take(api.POST("/api/v1/me/totp/disable", { body })),
    onSuccess: () => again("me"),
  });

export const useRenewCodes = () =>
  useMutation({
    mutationFn: (body: PasswordAndCode) => take(api.POST("/api/v1/me/recovery-codes", { body })),
    onSuccess: () => again("me"),
  });

export const useEndSession = () =>
  useMutation({
    mutationFn: (id: string) => take(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => again("my-sessions"),
  });

export const useMakeToken = () =>
  useMutation({
    mutationFn: (body: components["schemas"]["TokenWanted"]) => take(api.POST("/api/v1/me/tokens", { body })),
    onSuccess: () => again("my-tokens"),
  });

export const useRevokeToken = () =>
  useMutation({
    mutationFn: (id: string) => take(api.DELETE("/api/v1/me/tokens/{id}", { params: { path: { id } } })),
    onSuccess: () => again("my-tokens"),
  });

export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditAsk = { actor?: string; action?: string; object?: string; outcome?: string };

/** The audit log, newest first, page by page. */
export const auditQuery = (ask: AuditAsk) =>
  infiniteQueryOptions({
    queryKey: ["audit", ask],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      take(api.GET("/api/v1/audit", { params: { query: { ...ask, cursor: pageParam, limit: 100 } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });

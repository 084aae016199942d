import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type User = components["schemas"]["UserBody"];

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async () => {
    const users: User[] = [];
    let cursor: string | undefined;
    do {
      const page = await take(api.GET("/api/v1/users", { params: { query: { cursor, limit: 200 } } }));
      users.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return users;
  },
});

const changed = () => queries.invalidateQueries({ queryKey: ["users"] });
const at = (id: string) => ({ params: { path: { id } } });

export const useMakeUser = () =>
  useMutation({
    mutationFn: (body: components["schemas"]["UserWanted"]) => take(api.POST("/api/v1/users", { body })),
    onSuccess: changed,
  });

export const useChangeUser = () =>
  useMutation({
    mutationFn: ({ id, ...body }: components["schemas"]["UserPatch"] & { id: string }) =>
      take(api.PATCH("/api/v1/users/{id}", { ...at(id), body })),
    onSuccess: changed,
  });

export const useResetPassword = () =>
  useMutation({
    mutationFn: ({ id, password }: { id: string; password: string }) =>
      take(api.PUT("/api/v1/users/{id}/password", { ...at(id), body: { password } })),
    onSuccess: changed,
  });

/** What can be done to a user without a further word. */
export type Deed = "totp" | "sessions" | "delete";

export const useDeed = () =>
  useMutation({
    mutationFn: ({ id, deed }: { id: string; deed: Deed }) =>
      take(
        deed === "totp"
          ? api.DELETE("/api/v1/users/{id}/totp", at(id))
          : deed === "sessions"
            ? api.DELETE("/api/v1/users/{id}/sessions", at(id))
            : api.DELETE("/api/v1/users/{id}", at(id)),
      ),
    onSuccess: changed,
  });

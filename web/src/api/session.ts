import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { api, take } from "./client";
import { Problem } from "./problem";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type Me = components["schemas"]["Me"];
export type Role = components["schemas"]["RoleName"];
export type LoginState = components["schemas"]["LoginState"];

/** Who looks at the page; `null`: nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await take(api.GET("/api/v1/me"));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Whether the first administrator is still to be made. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: () => take(api.GET("/api/v1/setup")),
  staleTime: Number.POSITIVE_INFINITY,
});

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Whether the reader may do what takes at least this role. The server decides; this decides what is shown. */
export function useMay(least: Role): boolean {
  const { data } = useQuery(meQuery);
  return data ? RANK[data.role] >= RANK[least] : false;
}

type Body<P extends "/api/v1/session" | "/api/v1/session/second-factor" | "/api/v1/setup"> =
  P extends "/api/v1/session"
    ? components["schemas"]["Credentials"]
    : P extends "/api/v1/setup"
      ? components["schemas"]["Setup"]
      : components["schemas"]["SecondFactor"];

const signedIn = async (state: LoginState) => {
  if (state.session) await queries.invalidateQueries({ queryKey: ["me"] });
};

export const useLogin = () =>
  useMutation({
    mutationFn: (body: Body<"/api/v1/session">) => take(api.POST("/api/v1/session", { body })),
    onSuccess: signedIn,
  });

export const useSecondFactor = () =>
  useMutation({
    mutationFn: (body: Body<"/api/v1/session/second-factor">) =>
      take(api.POST("/api/v1/session/second-factor", { body })),
    onSuccess: signedIn,
  });

export const useSetup = () =>
  useMutation({
    mutationFn: (body: Body<"/api/v1/setup">) => take(api.POST("/api/v1/setup", { body })),
    onSuccess: async (state) => {
      queries.setQueryData(["setup"], { open: false });
      await signedIn(state);
    },
  });

/** Ends the session here and forgets everything that was loaded for it. */
export async function signOut(everywhere = false): Promise<void> {
  await take(everywhere ? api.POST("/api/v1/session/logout-everywhere") : api.POST("/api/v1/session/logout"));
  queries.clear();
  // What was tried in the playground is kept for a reload, not for whoever sits down next.
  sessionStorage.clear();
  queries.setQueryData(["me"], null);
}

import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { configChanged, readItem } from "./config";
import { Problem } from "./problem";
import { queries } from "./queries";
import type { components } from "./schema.gen";
import { keepSecret } from "./secrets";

export type Provider = components["schemas"]["ProviderView"];
export type Need = components["schemas"]["NeedView"];
export type Trial = components["schemas"]["ProviderTrial"];
export type Tried = components["schemas"]["ProviderTried"];
export type Body = Record<string, unknown>;

/** Every provider that is known or configured, with how it is. */
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  refetchInterval: 10_000,
  queryFn: async () => (await take(api.GET("/api/v1/providers"))).items,
});

/** Tries a provider and its key before they are saved. */
export const useTryNew = () =>
  useMutation({
    mutationFn: (body: Trial) => take(api.POST("/api/v1/providers/try", { body })),
  });

/** Tries every account of a configured provider. */
export const useTry = () =>
  useMutation({
    mutationFn: async (id: string) =>
      (await take(api.POST("/api/v1/providers/{id}/try", { params: { path: { id } } }))).items,
  });

type New = { id: string; body: Body; key: string; taken: string };

/**
 * Adds a provider: its key goes into the vault, then the item that names it is written. If the item is refused, the key
 * waits in the vault, where the next try finds it by its name.
 */
export const useAddProvider = () =>
  useMutation({
    mutationFn: async ({ id, body, key, taken }: New) => {
      const { item, version } = await readItem("provider", id);
      if (item) throw new Problem(422, { detail: taken, errors: [{ field: "id", message: taken }] });
      const whole = key ? { ...body, api_key: await keepSecret(id, key) } : body;
      return take(
        api.PUT("/api/v1/config/items/{kind}/{name}", {
          params: { path: { kind: "provider", name: id } },
          body: { body: whole, base: version },
        }),
      );
    },
    onSuccess: configChanged,
  });

type Change = {
  id: string;
  /** Makes the new body of the one there is. */
  change: (body: Body) => Body;
};

/** How often a change is made anew on top of what somebody else wrote meanwhile. */
const TRIES = 3;

/**
 * Changes one thing of a provider, on top of whatever it is now: adding an account does not undo what somebody else has
 * just done to another. What is edited as a whole goes through `components/config/ItemDialog`.
 */
async function changeProvider({ id, change }: Change): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    const { item, version } = await readItem("provider", id);
    const before = (item?.owner === "database" ? item.body : {}) as Body;
    try {
      await take(
        api.PUT("/api/v1/config/items/{kind}/{name}", {
          params: { path: { kind: "provider", name: id } },
          body: { body: change(before), base: version },
        }),
      );
      return;
    } catch (error) {
      if (turn >= TRIES || !(error instanceof Problem) || !error.stale) throw error;
    }
  }
}

const changed = async (id: string) => {
  queries.removeQueries({ queryKey: ["config", "item", "provider", id] });
  await configChanged();
};

export const useChangeProvider = () =>
  useMutation({
    mutationFn: changeProvider,
    onSuccess: (_, { id }) => changed(id),
  });

/** Puts a key into the vault and has a provider use it; `change` is told how configuration writes it. */
export const useAddKey = () =>
  useMutation({
    mutationFn: async ({
      id,
      name,
      key,
      change,
    }: {
      id: string;
      name: string;
      key: string;
      change: (body: Body, reference: string) => Body;
    }) => {
      const reference = await keepSecret(`${id}-${name}`, key);
      await changeProvider({ id, change: (body) => change(body, reference) });
    },
    onSuccess: (_, { id }) => changed(id),
  });

import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { isMissing, Problem } from "./problem";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type ConfigItem = components["schemas"]["ConfigItem"];
export type ConfigState = components["schemas"]["ConfigState"];
export type Kind = "provider" | "route" | "key" | "team" | "budget" | "setting";

/** The configuration in short: its version is what an edit is based on. */
export const configQuery = queryOptions({
  queryKey: ["config", "state"],
  queryFn: () => take(api.GET("/api/v1/config")),
});

/** All items of a kind. */
export const itemsQuery = (kind: Kind) =>
  queryOptions({
    queryKey: ["config", "items", kind],
    queryFn: async () => {
      const items: ConfigItem[] = [];
      let cursor: string | undefined;
      do {
        const query = { kind, cursor, limit: 200 };
        const page = await take(api.GET("/api/v1/config/items", { params: { query } }));
        items.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor);
      return items;
    },
  });

/** What the configuration's own table says of the settings of a kind of item: what they may be, and what they are for. */
export const schemaQuery = (kind: Kind) =>
  queryOptions({
    queryKey: ["schema", kind],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => take(api.GET("/api/v1/config/schema", { params: { query: { kind } } })),
  });

/** An item, with the version of the configuration in which it was read. */
export type Read = { item: ConfigItem | null; version: number };

export const itemQuery = (kind: Kind, name: string) =>
  queryOptions({
    queryKey: ["config", "item", kind, name],
    // An edit is based on what its author has seen; it must not change below their hands.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => readItem(kind, name),
  });

/** Reads an item; `item` is null where there is none by that name. */
export async function readItem(kind: Kind, name: string): Promise<Read> {
  // The version first: what is read after it is at least as new, and a base that is too old is refused, never the reverse.
  const { version } = await take(api.GET("/api/v1/config"));
  try {
    const item = await take(
      api.GET("/api/v1/config/items/{kind}/{name}", { params: { path: { kind, name } } }),
    );
    return { item, version };
  } catch (error) {
    if (isMissing(error)) return { item: null, version };
    throw error;
  }
}

/** Everything that depends on the configuration is asked for again. */
export async function configChanged(): Promise<void> {
  await Promise.all(
    [
      "config",
      "providers",
      "models",
      "deployments",
      "keys",
      "limits",
      "settings",
      "routes",
      "advice",
      "alerts",
    ].map((key) => queries.invalidateQueries({ queryKey: [key] })),
  );
}

type Save = {
  kind: Kind;
  name: string;
  body: unknown;
  /** The version that its author saw. Absent: it is new, and must not write over what there is. */
  base?: number;
  note?: string;
  /** What is said where something new has a name that is taken. */
  taken?: string;
};

/** The version on which something new is written; a name that is taken is refused. */
async function free({ kind, name, taken }: Save): Promise<number> {
  const { item, version } = await readItem(kind, name);
  if (item) throw new Problem(422, { detail: taken });
  return version;
}

/** Writes an item. 409: somebody changed the configuration since `base`; see `components/config/Conflict`. */
export const useSaveItem = () =>
  useMutation({
    mutationFn: async (save: Save) => {
      const { kind, name, body, note } = save;
      const base = save.base ?? (await free(save));
      return take(
        api.PUT("/api/v1/config/items/{kind}/{name}", {
          params: { path: { kind, name } },
          body: { body, base, note },
        }),
      );
    },
    // Not waited for: whoever saved is told first, and the page that they saved from is not made anew before it knows.
    onSuccess: () => void configChanged(),
  });

/** Removes an item. */
export const useDeleteItem = () =>
  useMutation({
    mutationFn: ({ kind, name, base }: { kind: Kind; name: string; base?: number }) =>
      take(
        api.DELETE("/api/v1/config/items/{kind}/{name}", {
          params: { path: { kind, name }, query: { base } },
        }),
      ),
    onSuccess: configChanged,
  });

import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { queries } from "./queries";
import type { components } from "./schema.gen";

export type Model = components["schemas"]["ModelView"];
export type Tested = components["schemas"]["DeploymentTest"];

/** Beyond so many they are asked for less often: each time all of them come. */
const MANY = 500;

/** All that a client can name as model. They are searched on the page, so that it answers with every letter. */
export const modelsQuery = queryOptions<Model[]>({
  queryKey: ["models"],
  refetchInterval: (query) => ((query.state.data?.length ?? 0) > MANY ? 60_000 : 10_000),
  queryFn: async ({ signal }) => {
    const list: Model[] = [];
    let cursor: string | undefined;
    do {
      const page = await take(
        api.GET("/api/v1/models", { signal, params: { query: { cursor, limit: 500 } } }),
      );
      list.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return list;
  },
});

/** Asks a deployment something small. It is a real call and may cost something. */
export const testModel = (id: string, signal?: AbortSignal): Promise<Tested> =>
  take(api.POST("/api/v1/deployments/{id}/test", { signal, params: { path: { id } } }));

export const useTest = () =>
  useMutation({
    mutationFn: (id: string) => testModel(id),
    onSettled: () => queries.invalidateQueries({ queryKey: ["models"] }),
  });

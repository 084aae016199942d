import type { Body } from "@/api/providers";
import { isTree, type Tree } from "@/lib/path";

/** The body of a provider, changed piece by piece. Configuration writes some of its parts in more ways than one. */

export function without(body: Body, name: string): Body {
  const { [name]: _gone, ...rest } = body;
  return rest;
}

/** A model that configuration names, with what it says of it. */
export type Entry = { id: string; said: Tree };

const entry = (one: unknown): Entry[] => {
  if (typeof one === "string") return [{ id: one, said: {} }];
  if (!isTree(one) || typeof one.id !== "string") return [];
  const { id, ...said } = one;
  return [{ id, said }];
};

/** The models of a body: a list of names and tables, or a table by name. */
export function modelsOf(body: Body): Entry[] {
  if (Array.isArray(body.models)) return body.models.flatMap(entry);
  if (!isTree(body.models)) return [];
  return Object.entries(body.models).map(([id, said]) => ({ id, said: isTree(said) ? said : {} }));
}

/** Writes them back, in the way in which they were written. */
export function withModels(body: Body, models: readonly Entry[]): Body {
  if (models.length === 0) return without(body, "models");
  if (isTree(body.models))
    return { ...body, models: Object.fromEntries(models.map(({ id, said }) => [id, said])) };
  const one = ({ id, said }: Entry) => (Object.keys(said).length === 0 ? id : { id, ...said });
  return { ...body, models: models.map(one) };
}

/** Whether only those that are named are listed. Who merely switches some off has chosen none. */
export const chosen = (models: readonly Entry[]): boolean =>
  models.some(({ said }) => said.enabled !== false);

export const hasModel = (models: readonly Entry[], id: string): boolean =>
  models.some((one) => one.id === id);

/** Adds models that are not there yet. */
export function addModels(body: Body, ids: readonly string[]): Body {
  const models = modelsOf(body);
  const fresh = ids.filter((id) => !hasModel(models, id)).map((id) => ({ id, said: {} }));
  return withModels(body, [...models, ...fresh]);
}

export const removeModel = (body: Body, id: string): Body =>
  withModels(
    body,
    modelsOf(body).filter((one) => one.id !== id),
  );

/** Says something else of a model. */
export function sayOfModel(body: Body, id: string, said: Tree): Body {
  const models = modelsOf(body);
  if (!hasModel(models, id)) return withModels(body, [...models, { id, said }]);
  return withModels(
    body,
    models.map((one) => (one.id === id ? { id, said } : one)),
  );
}

/**
 * Switches a model on or off. One that was only ever named to be off is forgotten when it is on again: named, it would be
 * the one model that is listed.
 */
export function switchModel(body: Body, id: string, on: boolean): Body {
  const models = modelsOf(body);
  const said = models.find((one) => one.id === id)?.said ?? {};
  if (!on) return sayOfModel(body, id, { ...said, enabled: false });
  const rest = without(said, "enabled");
  const others = models.filter((one) => one.id !== id);
  if (Object.keys(rest).length === 0 && !chosen(others)) return withModels(body, others);
  return sayOfModel(body, id, rest);
}

/** An account, as a list of accounts has it. */
type Account = Tree;

/** All accounts as a list of tables, whichever way they are written. */
function accountsOf(body: Body): Account[] {
  if (Array.isArray(body.accounts)) return body.accounts.filter(isTree);
  const keys = Array.isArray(body.api_keys)
    ? body.api_keys
    : body.api_key === undefined
      ? []
      : [body.api_key];
  return keys.map((api_key) => ({ api_key }));
}

/** Writes them back in the shortest way: limits are remembered by name, so those without one keep their places. */
function withAccounts(body: Body, accounts: readonly Account[]): Body {
  const rest = without(without(without(body, "api_key"), "api_keys"), "accounts");
  const plain = accounts.every((one) => Object.keys(one).length === 1 && "api_key" in one);
  if (accounts.length === 0) return rest;
  if (plain && accounts.length === 1) return { ...rest, api_key: accounts[0]?.api_key };
  if (plain) return { ...rest, api_keys: accounts.map(({ api_key }) => api_key) };
  return { ...rest, accounts };
}

/** Adds an account with a key, under a name where one is given. */
export const addAccount = (body: Body, name: string, reference: string): Body =>
  withAccounts(body, [...accountsOf(body), name ? { name, api_key: reference } : { api_key: reference }]);

/** Removes the account that stood at a place of the body that the reader saw, wherever it stands now. */
export function removeAccount(body: Body, seen: Body, at: number): Body {
  const gone = JSON.stringify(accountsOf(seen)[at]);
  const all = accountsOf(body);
  const place = all.findIndex((one) => JSON.stringify(one) === gone);
  return place < 0
    ? body
    : withAccounts(
        body,
        all.filter((_, index) => index !== place),
      );
}

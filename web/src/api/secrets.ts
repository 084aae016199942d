import { api, take } from "./client";
import type { components } from "./schema.gen";

async function secrets() {
  const all: components["schemas"]["SecretHint"][] = [];
  let cursor: string | undefined;
  do {
    const page = await take(api.GET("/api/v1/secrets", { params: { query: { cursor, limit: 500 } } }));
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}

/** A name for a new secret: one that is free, or whose secret nothing uses, as when saving broke off before. */
export function freeName(
  wanted: string,
  taken: readonly { name: string; used_by: readonly string[] }[],
): string {
  const plain = wanted.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100) || "provider";
  const used = new Set(taken.filter(({ used_by }) => used_by.length > 0).map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? plain : `${plain}-${number}`;
    if (!used.has(name)) return name;
  }
}

/** Puts a secret into the vault under a free name, and returns how configuration refers to it. */
export async function keepSecret(wanted: string, value: string): Promise<string> {
  const name = freeName(wanted, await secrets());
  await take(api.PUT("/api/v1/secrets/{name}", { params: { path: { name } }, body: { value } }));
  return `vault:${name}`;
}

import type { Settings } from "@/api/keys";
import { get, isTree } from "@/lib/path";

/** What a form holds of what a key or team may call: texts, as they were typed. */
export type Scope = { models: string; apis: string[]; freeOnly: boolean };

const PARTED = /[\n,]/;

export const lines = (value: unknown): string => (Array.isArray(value) ? value.join("\n") : "");

/** The words of a text, one a line or parted by commas. `null`: there is none, so that the setting is removed. */
export function words(text: string): string[] | null {
  const found = text
    .split(PARTED)
    .map((word) => word.trim())
    .filter(Boolean);
  return found.length > 0 ? found : null;
}

/** Reads what may be called from settings. */
export const scope = (settings: Settings): Scope => ({
  models: lines(settings.models),
  apis: Array.isArray(settings.apis) ? settings.apis.map(String) : [],
  freeOnly: settings.free_only === true,
});

/** Writes it back. `null` removes a setting: what is empty is not limited. */
export const scoped = ({ models, apis, freeOnly }: Scope): Settings => ({
  models: words(models),
  apis: apis.length > 0 ? apis : null,
  free_only: freeOnly || null,
});

/** The APIs that there are, from the schema of a key or team. */
export function apisOf(schema: unknown): string[] {
  const items = isTree(schema) ? get(schema, "properties.apis.items") : undefined;
  const ways = isTree(items) && Array.isArray(items.anyOf) ? items.anyOf : [];
  const list = ways.map((way) => (isTree(way) ? way.enum : undefined)).find(Array.isArray);
  return list?.map(String) ?? [];
}

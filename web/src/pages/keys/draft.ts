import type { Key, Settings } from "@/api/keys";
import { type Allowance, allowance, settled } from "@/components/limits/allowance";

/** What the form of a key or team holds: texts, as they were typed. */
export type Draft = {
  name: string;
  owner: string;
  team: string;
  expires: string;
  models: string;
  tags: string;
  apis: string[];
  freeOnly: boolean;
  priority: string;
  allowance: Allowance;
};

const words = (value: unknown): string => (Array.isArray(value) ? value.join("\n") : "");
const list = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((word) => word.trim())
    .filter(Boolean);

/** A draft of a key that there is, or of a new one. */
export function draftOf(key: Key | null): Draft {
  const settings = key?.settings ?? {};
  return {
    name: key?.name ?? "",
    owner: key?.owner ?? "",
    team: key?.team ?? "",
    expires: key?.expires_ms != null ? new Date(key.expires_ms).toISOString().slice(0, 10) : "",
    models: words(settings.models),
    tags: words(settings.tags),
    apis: Array.isArray(settings.apis) ? settings.apis.map(String) : [],
    freeOnly: settings.free_only === true,
    priority: settings.priority === undefined ? "" : String(settings.priority),
    allowance: allowance(settings),
  };
}

/** The settings a draft means. `null` removes one, so that what was emptied in the form is unlimited again. */
export function settingsOf(draft: Draft, before: Settings): Settings {
  const some = (items: string[]) => (items.length > 0 ? items : null);
  return {
    owner: draft.owner.trim() || null,
    team: draft.team || null,
    expires: draft.expires ? `${draft.expires}T00:00:00Z` : null,
    models: some(list(draft.models)),
    tags: some(list(draft.tags)),
    apis: some(draft.apis),
    free_only: draft.freeOnly || null,
    priority: draft.priority === "" ? null : Number(draft.priority),
    ...settled(draft.allowance, before),
  };
}

/** The same without what would remove: a new thing has nothing to be removed. */
export const fresh = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

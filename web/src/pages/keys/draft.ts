import type { Key, Settings } from "@/api/keys";
import { type Allowance, allowance, settled } from "@/components/limits/allowance";
import { lines, type Scope, scope, scoped, words } from "./scope";

/** What the form of a key holds: texts, as they were typed. */
export type Draft = {
  name: string;
  owner: string;
  team: string;
  expires: string;
  tags: string;
  priority: string;
  allowance: Allowance;
  scope: Scope;
};

/** A draft of a key that there is, or of a new one. */
export function draftOf(key: Key | null): Draft {
  const settings = key?.settings ?? {};
  return {
    name: key?.name ?? "",
    owner: key?.owner ?? "",
    team: key?.team ?? "",
    expires: key?.expires_ms != null ? new Date(key.expires_ms).toISOString().slice(0, 10) : "",
    tags: lines(settings.tags),
    priority: settings.priority === undefined ? "" : String(settings.priority),
    allowance: allowance(settings),
    scope: scope(settings),
  };
}

/** The settings a draft means. `null` removes one, so that what was emptied in the form is unlimited again. */
export function settingsOf(draft: Draft): Settings {
  return {
    owner: draft.owner.trim() || null,
    team: draft.team || null,
    expires: draft.expires ? `${draft.expires}T00:00:00Z` : null,
    tags: words(draft.tags),
    priority: draft.priority === "" ? null : Number(draft.priority),
    ...settled(draft.allowance),
    ...scoped(draft.scope),
  };
}

/** The same without what would remove: a new thing has nothing to be removed. */
export const fresh = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

import type { Settings } from "@/api/keys";

/** The limits of a key, team, provider or model, in the configuration's words. */
export const LIMITS = ["rpm", "tpm", "rpd", "tpd", "tpr", "concurrent"] as const;
export type LimitName = (typeof LIMITS)[number];
export const PERS = ["day", "week", "month", "total"] as const;
export type Per = (typeof PERS)[number];
export type BudgetDraft = { usd: string; per: Per; rest: Settings };

/** What a form holds of limits and budgets: texts, so that half-typed numbers stay as they are. */
export type Allowance = { limits: Record<LimitName, string>; budgets: BudgetDraft[] };

const tree = (value: unknown): Settings =>
  typeof value === "object" && value !== null ? (value as Settings) : {};
const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** Reads limits and budgets from settings. */
export function allowance(settings: Settings): Allowance {
  const limits = tree(settings.limits);
  const budgets = Array.isArray(settings.budgets) ? settings.budgets.map(tree) : [];
  return {
    limits: Object.fromEntries(LIMITS.map((name) => [name, text(limits[name])])) as Record<LimitName, string>,
    budgets: budgets.map(({ usd, per, ...rest }) => ({ usd: text(usd), per: (per as Per) ?? "month", rest })),
  };
}

/** Writes them back. What a form does not show (time zones, soft limits) stays; what is empty is left out: unlimited. */
export function settled(
  draft: Allowance,
  before: Settings,
): { limits: Settings | null; budgets: Settings[] | null } {
  const limits: Settings = { ...tree(before.limits) };
  for (const name of LIMITS) {
    const value = draft.limits[name].trim();
    if (value === "") delete limits[name];
    else limits[name] = Number(value);
  }
  const budgets = draft.budgets
    .filter(({ usd }) => usd.trim() !== "")
    .map(({ usd, per, rest }) => ({ ...rest, usd: Number(usd), per }));
  return {
    limits: Object.keys(limits).length > 0 ? limits : null,
    budgets: budgets.length > 0 ? budgets : null,
  };
}

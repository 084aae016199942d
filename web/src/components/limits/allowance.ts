import type { Settings } from "@/api/keys";
import { isTree } from "@/lib/path";

/** The limits of a key, team, provider or model, in the configuration's words. */
export const LIMITS = ["rpm", "tpm", "rpd", "tpd", "tpr", "concurrent"] as const;
export type LimitName = (typeof LIMITS)[number];
export const PERS = ["day", "week", "month", "total"] as const;
export type Per = (typeof PERS)[number];
/** `id` tells budgets apart while they are edited; it is not written. */
export type BudgetDraft = { id: number; usd: string; per: Per; rest: Settings };

/** What a form holds of limits and budgets: texts, so that half-typed numbers stay as they are. `rest`: all else that is said. */
export type Allowance = { limits: Record<LimitName, string>; rest: Settings; budgets: BudgetDraft[] };

const tree = (value: unknown): Settings => (isTree(value) ? value : {});
const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

let next = 1;

export const newBudget = (usd = "", per: Per = "month", rest: Settings = {}): BudgetDraft => ({
  id: next++,
  usd,
  per,
  rest,
});

/** Reads limits and budgets from settings. */
export function allowance(settings: Settings): Allowance {
  const limits = tree(settings.limits);
  const budgets = Array.isArray(settings.budgets) ? settings.budgets.map(tree) : [];
  return {
    limits: Object.fromEntries(LIMITS.map((name) => [name, text(limits[name])])) as Record<LimitName, string>,
    rest: Object.fromEntries(Object.entries(limits).filter(([name]) => !LIMITS.some((one) => one === name))),
    budgets: budgets.map(({ usd, per, ...rest }) => newBudget(text(usd), per as Per | undefined, rest)),
  };
}

/** Writes them back. What is empty is left out: unlimited. */
export function settled(draft: Allowance): { limits: Settings | null; budgets: Settings[] | null } {
  const limits: Settings = { ...draft.rest };
  for (const name of LIMITS) {
    const value = draft.limits[name].trim();
    if (value !== "") limits[name] = Number(value);
  }
  const budgets = draft.budgets
    .filter(({ usd }) => usd.trim() !== "")
    .map(({ usd, per, rest }) => ({ ...rest, usd: Number(usd), per }));
  return {
    limits: Object.keys(limits).length > 0 ? limits : null,
    budgets: budgets.length > 0 ? budgets : null,
  };
}

/** Whether settings limit anything: numbers of their own, or money. */
export const isLimited = (settings: Settings): boolean => {
  const { limits, budgets } = allowance(settings);
  return budgets.length > 0 || Object.values(limits).some((limit) => limit !== "");
};

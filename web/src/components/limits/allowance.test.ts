import { describe, expect, it } from "vitest";
import { allowance, isLimited, newBudget, settled } from "./allowance";

describe("limits and budgets in a form", () => {
  const settings = {
    limits: { rpm: 60, soft: 0.8, time_zone: "Asia/Bangkok" },
    budgets: [{ usd: 25.5, per: "month", allow_unpriced: true }],
  };

  it("comes out as it went in, with what is folded away", () => {
    expect(settled(allowance(settings))).toEqual(settings);
  });

  it("takes empty for unlimited and nought for nothing", () => {
    const draft = allowance(settings);
    draft.limits.rpm = "";
    draft.limits.tpm = "0";
    expect(settled(draft).limits).toEqual({ tpm: 0, soft: 0.8, time_zone: "Asia/Bangkok" });
  });

  it("has nothing to say where nothing is limited", () => {
    expect(settled(allowance({}))).toEqual({ limits: null, budgets: null });
  });

  it("tells what is limited from what only says how it would be", () => {
    expect(isLimited(settings)).toBe(true);
    expect(isLimited({ limits: { rpm: 0 } })).toBe(true);
    expect(isLimited({ limits: { time_zone: "Asia/Bangkok" }, budgets: [] })).toBe(false);
  });

  it("leaves out a budget without an amount", () => {
    const draft = allowance(settings);
    draft.budgets.push(newBudget());
    expect(settled(draft).budgets).toEqual(settings.budgets);
  });
});

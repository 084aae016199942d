import { describe, expect, it } from "vitest";
import type { Model } from "@/api/models";
import { ASK, abilities, stateOf, wanted } from "./state";

const speed = {};
const account = (rests: { why: string; for_ms: number }[]) => ({ rests });
const model = (change: Record<string, unknown>): Model =>
  ({
    name: "p/m",
    provider: "p",
    what: "deployment",
    kind: "chat",
    enabled: true,
    takes: ["text"],
    gives: ["text"],
    prices: [],
    state: { health: 90, accounts: [account([])], streams: speed, whole_answers: speed },
    ...change,
  }) as unknown as Model;
const state = (change: Record<string, unknown>) => ({
  state: { health: 90, accounts: [account([])], streams: speed, whole_answers: speed, ...change },
});

describe("how a model is", () => {
  it("is told by the first thing that keeps it from being called", () => {
    expect(stateOf(model({}), 0)).toEqual({ is: "ok" });
    expect(stateOf(model({ enabled: false }), 0)).toEqual({ is: "off" });
    expect(stateOf(model({ state: null }), 0)).toEqual({ is: "unasked" });
    expect(stateOf(model(state({ shut: "breaker_open", shut_for_ms: 5000 })), 0)).toEqual({
      is: "shut",
      why: "breaker_open",
      ms: 5000,
    });
    expect(stateOf(model(state({ health: 20 })), 0)).toMatchObject({ is: "failing" });
    expect(stateOf(model({ ends: "2026-01-01" }), Date.parse("2026-02-01"))).toEqual({ is: "gone" });
  });

  it("rests only when every account does, until the first of them is back", () => {
    const told = { why: "told", for_ms: 9000 };
    const guessed = { why: "guessed", for_ms: 3000 };
    expect(stateOf(model(state({ accounts: [account([told]), account([])] })), 0)).toEqual({ is: "ok" });
    expect(stateOf(model(state({ accounts: [account([told]), account([guessed])] })), 0)).toEqual({
      is: "rests",
      why: "guessed",
      ms: 3000,
    });
  });
});

describe("looking for models", () => {
  const list = [
    model({ name: "p/seer", takes: ["text", "image"], tools: true, free: "local" }),
    model({ name: "q/plain", provider: "q", label: "Plain One" }),
    model({ name: "auto", provider: null, what: "route", state: null }),
  ];
  const find = (change: Partial<typeof ASK>) =>
    wanted(list, { ...ASK, ...change }, 0).map(({ name }) => name);

  it("goes by name and label, provider, ability, price and kind of name", () => {
    expect(abilities(list[0] as Model)).toEqual(["tools", "vision"]);
    expect(find({ text: "plain one" })).toEqual(["q/plain"]);
    expect(find({ provider: "p" })).toEqual(["p/seer"]);
    expect(find({ capability: "vision" })).toEqual(["p/seer"]);
    expect(find({ free: "yes" })).toEqual(["p/seer"]);
    expect(find({ what: "route" })).toEqual(["auto"]);
    expect(find({ health: "trouble" })).toEqual([]);
  });
});

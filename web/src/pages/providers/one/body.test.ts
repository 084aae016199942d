import { describe, expect, it } from "vitest";
import { addAccount, addModels, modelsOf, removeAccount, removeModel, sayOfModel, switchModel } from "./body";

describe("models of a provider's body", () => {
  it("keep the way in which they are written", () => {
    const list = { models: ["a", { id: "b", context: 10 }] };
    expect(modelsOf(list)).toEqual([
      { id: "a", said: {} },
      { id: "b", said: { context: 10 } },
    ]);
    expect(addModels(list, ["c", "a"])).toEqual({ models: ["a", { id: "b", context: 10 }, "c"] });
    const table = { models: { a: {} } };
    expect(addModels(table, ["b"])).toEqual({ models: { a: {}, b: {} } });
    expect(removeModel(table, "a")).toEqual({});
    expect(sayOfModel(list, "a", { limits: { rpm: 1 } })).toEqual({
      models: [
        { id: "a", limits: { rpm: 1 } },
        { id: "b", context: 10 },
      ],
    });
  });

  it("are switched off and on without a trace where none is chosen", () => {
    const off = switchModel({ api_key: "vault:x" }, "a", false);
    expect(off).toEqual({ api_key: "vault:x", models: [{ id: "a", enabled: false }] });
    expect(switchModel(off, "a", true)).toEqual({ api_key: "vault:x" });
  });

  it("stay named where others are chosen, or more is said of them", () => {
    const some = { models: ["a", { id: "b", enabled: false }] };
    expect(switchModel(some, "b", true)).toEqual({ models: ["a", "b"] });
    const priced = { models: [{ id: "b", enabled: false, context: 5 }] };
    expect(switchModel(priced, "b", true)).toEqual({ models: [{ id: "b", context: 5 }] });
  });
});

describe("accounts of a provider's body", () => {
  it("are written in the shortest way that says everything", () => {
    const one = addAccount({}, "", "vault:a");
    expect(one).toEqual({ api_key: "vault:a" });
    const two = addAccount(one, "", "vault:b");
    expect(two).toEqual({ api_keys: ["vault:a", "vault:b"] });
    const named = addAccount(two, "three", "vault:c");
    expect(named).toEqual({
      accounts: [{ api_key: "vault:a" }, { api_key: "vault:b" }, { name: "three", api_key: "vault:c" }],
    });
    expect(removeAccount(named, named, 2)).toEqual(two);
    expect(removeAccount(one, one, 0)).toEqual({});
  });

  it("keep their limits", () => {
    const body = {
      accounts: [{ name: "a", api_key: "vault:a", limits: { rpd: 5 } }, { api_key: "vault:b" }],
    };
    expect(removeAccount(body, body, 1)).toEqual({ accounts: [body.accounts[0]] });
  });

  it("are removed as they were seen, though others were added or removed meanwhile", () => {
    const seen = { api_keys: ["vault:a", "vault:b"] };
    expect(removeAccount({ api_keys: ["vault:z", "vault:a", "vault:b"] }, seen, 1)).toEqual({
      api_keys: ["vault:z", "vault:a"],
    });
    expect(removeAccount({ api_key: "vault:a" }, seen, 1)).toEqual({ api_key: "vault:a" });
  });
});

import { describe, expect, it } from "vitest";
import { differences, line } from "./diff";
import { get, set } from "./path";

describe("paths", () => {
  it("changes one part and shares the rest", () => {
    const before = { retry: { rounds: 2, empty: true }, wait: "5s" };
    const after = set(before, "retry.rounds", 3);
    expect(after).toEqual({ retry: { rounds: 3, empty: true }, wait: "5s" });
    expect(before.retry.rounds).toBe(2);
  });

  it("takes out what becomes empty, so that a default holds again", () => {
    expect(set({ filter: { max_price: { input: 5 } } }, "filter.max_price.input", undefined)).toEqual({});
    expect(set({}, "a.b.c", undefined)).toEqual({});
  });

  it("keeps nought and false, which mean something", () => {
    expect(set({}, "limits.rpm", 0)).toEqual({ limits: { rpm: 0 } });
    expect(get({ retry: { empty: false } }, "retry.empty")).toBe(false);
    expect(get({ retry: 3 }, "retry.empty")).toBeUndefined();
  });
});

describe("differences", () => {
  it("names each leaf that differs", () => {
    expect(differences({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3, 4] }, d: null })).toEqual([
      { path: "b.c[1]", before: 2, after: 3 },
      { path: "b.c[2]", before: undefined, after: 4 },
      { path: "d", before: undefined, after: null },
    ]);
  });

  it("finds nothing in what is alike", () => {
    expect(differences({ a: [1], b: {} }, { a: [1], b: {} })).toEqual([]);
  });

  it("names each leaf of what is new or gone, and a list of plain values as one", () => {
    const route = {
      strategy: "rules",
      targets: ["a/b", "c/d"],
      rules: { patterns: [{ target: 0 }] },
      retry: {},
    };
    const leaves = [
      ["strategy", "rules"],
      ["targets", ["a/b", "c/d"]],
      ["rules.patterns[0].target", 0],
      ["retry", {}],
    ];
    expect(differences(undefined, route).map(({ path, after }) => [path, after])).toEqual(leaves);
    expect(differences(route, undefined).map(({ path, before }) => [path, before])).toEqual(leaves);
    expect(differences({ a: 1 }, { a: 1, b: { c: [{ d: 2 }] } })).toEqual([
      { path: "b.c[0].d", before: undefined, after: 2 },
    ]);
    expect(differences(undefined, 3)).toEqual([{ path: "", before: undefined, after: 3 }]);
    expect(line({ a: 1 })).toBe('{"a":1}');
  });
});

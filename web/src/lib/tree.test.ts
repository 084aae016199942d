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

  it("finds nothing in what is alike, and the whole in what is new", () => {
    expect(differences({ a: [1] }, { a: [1] })).toEqual([]);
    expect(differences(undefined, { a: 1 })).toEqual([{ path: "", before: undefined, after: { a: 1 } }]);
    expect(line({ a: 1 })).toBe('{"a":1}');
  });
});

import { describe, expect, it } from "vitest";
import { bodyWith, place, textOf, valueIn } from "./draft";

describe("settings as forms", () => {
  it("knows the item that a setting stands in", () => {
    expect(place("log.keep")).toEqual({ item: "log", rest: "keep" });
    expect(place("defaults.retry.rounds")).toEqual({ item: "defaults", rest: "retry.rounds" });
    expect(place("listen")).toEqual({ item: "listen", rest: null });
  });

  it("gives back what it showed", () => {
    const list = { kind: "list", default: [] };
    const pattern = ["\\d{3,4}", "a, b"];
    expect(valueIn(list, textOf(pattern))).toEqual(pattern);
    expect(valueIn({ kind: "list", default: [408] }, "408\n 503\n")).toEqual([408, 503]);
    expect(valueIn({ kind: "either", default: "off" }, textOf({ sampled: 0.1 }))).toEqual({ sampled: 0.1 });
    expect(valueIn({ kind: "either", default: "off" }, "errors")).toBe("errors");
    expect(valueIn({ kind: "flag", default: true }, "false")).toBe(false);
    expect(valueIn({ kind: "wait", default: "5s" }, " 7s ")).toBe("7s");
  });

  it("leaves the default where nothing is written, and says what it cannot read", () => {
    expect(valueIn({ kind: "whole", default: null }, " ")).toBeUndefined();
    expect(valueIn({ kind: "whole", default: 1 }, "0")).toBe(0);
    expect(() => valueIn({ kind: "whole", default: 1 }, "many")).toThrow();
    expect(() => valueIn({ kind: "either", default: "off" }, "{ sampled")).toThrow();
  });

  it("changes one setting of an item, and leaves nothing where nothing is left", () => {
    expect(bodyWith({ keep: "9d", stdout: true }, "keep", "8d")).toEqual({ keep: "8d", stdout: true });
    expect(bodyWith({ keep: "9d" }, "keep", undefined)).toBeUndefined();
    expect(bodyWith(undefined, "retry.rounds", 2)).toEqual({ retry: { rounds: 2 } });
    expect(bodyWith(true, null, false)).toBe(false);
  });
});

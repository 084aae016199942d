import { describe, expect, it } from "vitest";
import { readTarget, writeTarget } from "./targets";

const ROUTES = new Set(["small"]);
const again = (value: unknown) => writeTarget(readTarget(value, ROUTES));

describe("targets of a route", () => {
  it("reads every way in which the configuration writes one", () => {
    expect(readTarget("groq/llama-3.3-70b", ROUTES)).toMatchObject({
      kind: "deployment",
      text: "groq/llama-3.3-70b",
    });
    expect(readTarget("small", ROUTES)).toMatchObject({ kind: "route" });
    expect(readTarget("wye/auto", ROUTES)).toMatchObject({ kind: "route" });
    expect(readTarget("*", ROUTES)).toMatchObject({ kind: "select" });
    expect(readTarget("free:true context>=32k", ROUTES)).toMatchObject({ kind: "select" });
    expect(readTarget("sim-bedrock/us.claude-v1:0", ROUTES)).toMatchObject({ kind: "deployment" });
    expect(readTarget({ deployment: "corp/big", weight: 5 }, ROUTES)).toMatchObject({
      kind: "deployment",
      weight: 5,
    });
  });

  it("loses nothing that it does not show", () => {
    const whole = { deployment: "corp/big", weight: 95, params: { top_p: 0.95 }, context: 131_072 };
    expect(again(whole)).toEqual(whole);
  });

  it("writes shortly what says no more than a name", () => {
    expect(again("corp/big")).toBe("corp/big");
    expect(again({ deployment: "corp/big" })).toBe("corp/big");
    expect(again("small")).toEqual({ route: "small" });
    expect(again("*")).toEqual({ select: "*" });
  });
});

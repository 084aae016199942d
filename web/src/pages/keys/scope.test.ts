import { describe, expect, it } from "vitest";
import { apisOf, scope, scoped } from "./scope";

describe("what may be called, in a form", () => {
  const settings = { models: ["chat", "groq/*"], apis: ["gemini"], free_only: true };

  it("comes out as it went in", () => {
    expect(scoped(scope(settings))).toEqual(settings);
  });

  it("says what was emptied, so that it is removed", () => {
    expect(scoped({ models: " \n,", apis: [], freeOnly: false })).toEqual({
      models: null,
      apis: null,
      free_only: null,
    });
  });
});

describe("the APIs that there are", () => {
  it("are those of the configuration's own table", () => {
    const items = { anyOf: [{ enum: ["openai_chat", "pass"] }, { type: "string", pattern: "\\$\\{" }] };
    expect(apisOf({ properties: { apis: { type: "array", items } } })).toEqual(["openai_chat", "pass"]);
  });

  it("are none while the table is not there yet", () => {
    expect(apisOf(undefined)).toEqual([]);
    expect(apisOf({ properties: {} })).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { Key } from "@/api/keys";
import { draftOf, fresh, settingsOf } from "./draft";

const key: Key = {
  name: "ci",
  disabled: false,
  expires_ms: Date.UTC(2030, 0, 31),
  hint: "cret",
  in_file: false,
  owner: "Alice",
  team: "research",
  settings: {
    models: ["chat", "groq/*"],
    tags: ["nightly"],
    limits: { rpm: 60 },
    free_only: true,
    priority: 0,
  },
};

describe("a key in its form", () => {
  it("comes out as it went in", () => {
    expect(fresh(settingsOf(draftOf(key)))).toEqual({
      ...key.settings,
      owner: "Alice",
      team: "research",
      expires: "2030-01-31T00:00:00Z",
    });
  });

  it("says what was emptied, so that it is removed", () => {
    const scope = { models: " \n", apis: [], freeOnly: false };
    const draft = { ...draftOf(key), scope, team: "", priority: "" };
    expect(settingsOf(draft)).toMatchObject({
      models: null,
      team: null,
      free_only: null,
      priority: null,
    });
  });

  it("takes names by lines and commas", () => {
    expect(settingsOf({ ...draftOf(null), tags: "a, b\nc" }).tags).toEqual(["a", "b", "c"]);
  });
});

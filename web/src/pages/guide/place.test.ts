import { describe, expect, it } from "vitest";
import type { Guide } from "@/api/guide";
import { addressOf, isLocal } from "./place";
import { snippets } from "./snippets.mjs";

const guide = (more: Partial<Guide>): Guide => ({
  base_url: "https://gw.example/wye",
  serves_clients: true,
  listen: "0.0.0.0:8080",
  needs_key: true,
  default_model: null,
  routes: [],
  built_in: [],
  ...more,
});

describe("where clients call", () => {
  it.each([
    [{}, "https://gw.example/wye"],
    [{ serves_clients: false }, "http://gw.example:8080"],
    [{ serves_clients: false, listen: "[::]:80" }, "http://gw.example:80"],
    [{ serves_clients: false, listen: "10.0.0.7:8080" }, "http://10.0.0.7:8080"],
    [{ serves_clients: false, listen: "unix:/run/wye" }, "https://gw.example/wye"],
  ])("%j", (more, address) => {
    expect(addressOf(guide(more), { hostname: "gw.example" })).toBe(address);
  });

  it("is known to be this machine's own", () => {
    expect(["http://localhost:1", "http://127.0.0.1", "http://[::1]:2"].map(isLocal)).toEqual([
      true,
      true,
      true,
    ]);
    expect(["https://gw.example", "http://10.0.0.7", "no address"].map(isLocal)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("snippets", () => {
  const place = { url: "http://h:1", key: "k'\"$x\\", model: "p/m" };
  const all = snippets(place);

  it("have ids of their own", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it.each(all.map((snippet) => [snippet.id, snippet] as const))(
    "%s says where and with what",
    (_, snippet) => {
      const text = JSON.stringify(snippet.steps);
      expect(text).toContain("http://h:1");
      expect(text).not.toMatch(/undefined|\[object/);
      // The model is chosen in the program's own window there.
      if (snippet.id !== "open-webui") expect(text).toContain("p/m");
    },
  );

  it("quote what shells would read", () => {
    const curl = all.find(({ id }) => id === "curl")?.steps[0];
    expect(curl && "code" in curl && curl.code).toContain(`'Authorization: Bearer k'\\''"$x\\'`);
  });
});

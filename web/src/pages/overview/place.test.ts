import { expect, it } from "vitest";
import { place } from "./place";

it("leads to what can be changed", () => {
  const to = (kind: string, subject: string) => place({ kind: "", action: { kind, subject } });
  expect(to("raise_budget", "key ci")).toEqual(["/keys", { find: "ci" }]);
  expect(to("raise_budget", "team search")).toEqual(["/keys", { tab: "teams" }]);
  expect(to("raise_budget", "budget demo, user u")).toEqual(["/keys", { tab: "budgets" }]);
  expect(to("open_status", "log")[0]).toBe("/settings");
  expect(place({ kind: "no_client_keys", action: { kind: "open_settings", subject: "" } })[0]).toBe("/keys");
});

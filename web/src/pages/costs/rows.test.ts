import { describe, expect, it } from "vitest";
import type { Statistic } from "@/api/statistics";
import { ask, csv, ordered } from "./rows";

const sum = (of: string, cost_nano: number, requests = 1): Statistic => ({
  of,
  requests,
  failed: 0,
  input: 10,
  cache_read: 0,
  output: 5,
  reasoning: 0,
  cost_nano,
  unpriced: 0,
  first_us: {},
  total_us: {},
});

describe("costs, told apart", () => {
  it("have the dearest first, and of equals those that were asked more; days stay days", () => {
    const list = [sum("a", 1), sum("b", 3), sum("c", 1, 2), sum("gone", 0, 0)];
    expect(ordered("key", list).map(({ of }) => of)).toEqual(["b", "c", "a"]);
    expect(ordered("day", [sum("86400", 9), sum("172800", 1)]).map(({ of }) => of)).toEqual([
      "172800",
      "86400",
    ]);
  });

  it("lead to their requests, and nowhere where no filter finds them", () => {
    expect(ask("team", "search")).toEqual({ team: "search" });
    expect(ask("deployment", "sim/a/b")).toEqual({ provider: "sim", model: "a/b" });
    // An empty filter would find all requests.
    expect(ask("key", "")).toBeNull();
    expect(ask("day", "86400")).toBeNull();
  });

  it("are read by other programs as they are", () => {
    expect(csv("tag", [sum('say "hi", all', 1_234_567_890), sum("=cmd()", 1)])).toBe(
      [
        "tag,requests,failed,input_tokens,output_tokens,cost_usd",
        '"say ""hi"", all",1,0,10,5,1.234567890',
        "'=cmd(),1,0,10,5,0.000000001",
        "",
      ].join("\r\n"),
    );
    expect(csv("day", [sum("1795305600", 0)])).toContain("\r\n2026-11-22,1,0,10,5,0.000000000\r\n");
  });
});

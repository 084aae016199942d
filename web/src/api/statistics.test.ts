import { describe, expect, it } from "vitest";
import { before, inDays, lastMinute, period } from "./statistics";

const NOW = Date.UTC(2026, 10, 22, 9, 30, 20);
const told = ({ from, to }: { from: number; to: number }) =>
  [from, to].map((at) => new Date(at * 1000).toISOString().slice(0, 16));

describe("a period", () => {
  it("ends with the step under way, and is as long as it is called", () => {
    expect(told(period("24h", NOW))).toEqual(["2026-11-21T10:00", "2026-11-22T10:00"]);
    expect(told(period("30d", NOW))).toEqual(["2026-10-24T00:00", "2026-11-23T00:00"]);
  });

  it("has one before it that ends where it begins", () => {
    expect(told(before(period("1h", NOW)))).toEqual(["2026-11-22T07:31", "2026-11-22T08:31"]);
  });

  it("of the last minute is whole: one that has just begun would look quiet", () => {
    expect(told(lastMinute(NOW))).toEqual(["2026-11-22T09:29", "2026-11-22T09:30"]);
  });

  it("in days takes in every day that it touches", () => {
    const days = inDays(period("24h", NOW));
    expect(told(days)).toEqual(["2026-11-21T00:00", "2026-11-23T00:00"]);
    expect([days.span, days.step]).toEqual(["day", 86_400]);
  });
});

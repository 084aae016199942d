import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import type { SeriesOne, SeriesPoint } from "@/api/series";
import type { Period } from "@/api/statistics";
import { drawn } from "./overTime";

const HOUR: Period = { from: 3600, to: 3 * 3600, span: "hour", step: 3600 };
const t = ((key: string) => key) as unknown as TFunction<"charts">;

const point = (at_s: number, change: Partial<SeriesPoint> = {}): SeriesPoint => ({
  at_s,
  requests: 4,
  failed: 1,
  input: 30,
  output: 10,
  cost_nano: 500,
  ...change,
});
const one = (of: string, points: SeriesPoint[], rest = false): SeriesOne => ({ of, rest, points });

describe("what a chart shows over time", () => {
  it("has a point for each step: a bar of nothing is nought, a line of nothing is not known", () => {
    const bars = drawn("requests", null, HOUR, [one("", [point(7200)])], t);
    expect(bars.points).toEqual([
      { at: 3600, well: 0, failed: 0 },
      { at: 7200, well: 3, failed: 1 },
    ]);
    const rate = drawn("errors", null, HOUR, [one("", [point(7200)])], t);
    expect(rate.points).toEqual([
      { at: 3600, rate: null },
      { at: 7200, rate: 0.25 },
    ]);
    expect(rate.format(0.25)).toBe("25%");
  });

  it("shows percentiles that are not known as such, and never as nought", () => {
    const { points } = drawn("latency", null, HOUR, [one("", [point(3600, { total_p50_us: 9 })])], t);
    expect(points[0]).toEqual({ at: 3600, first50: null, first95: null, total50: 9, total95: null });
  });

  it("keeps names with dots out of the keys, and the rest apart from what has no name", () => {
    const found = [one("gpt-4.1", [point(3600)]), one("", [point(3600)]), one("", [point(7200)], true)];
    const { points, series } = drawn("tokens", "deployment", HOUR, found, t);
    expect(series.map(({ id, name }) => [id, name])).toEqual([
      ["s0", "gpt-4.1"],
      ["s1", "none.deployment"],
      ["s2", "rest"],
    ]);
    expect(new Set(series.map(({ color }) => color)).size).toBe(3);
    expect(points).toEqual([
      { at: 3600, s0: 40, s1: 40, s2: 0 },
      { at: 7200, s0: 0, s1: 0, s2: 40 },
    ]);
  });

  it("counts errors by how they ended, without the requests that ended well", () => {
    const found = [
      one("", [point(3600, { failed: 0 })]),
      one("upstream_error", [point(3600, { failed: 4 })]),
    ];
    const { points, series, format } = drawn("errors", "code", HOUR, found, t);
    expect(series.map(({ name, line }) => [name, line])).toEqual([["upstream_error", undefined]]);
    expect(points[0]).toEqual({ at: 3600, s0: 4 });
    expect(format(4)).toBe("4");
    expect(drawn("requests", "code", HOUR, found, t).series[0]?.name).toBe("none.code");
  });

  it("draws nothing where nothing was asked", () => {
    expect(drawn("cost", null, HOUR, [one("", [])], t).points).toEqual([]);
    expect(drawn("cost", "key", HOUR, [], t).points).toEqual([]);
  });
});

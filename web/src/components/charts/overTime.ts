import type { TFunction } from "i18next";
import type { Group, Largest, SeriesOne, SeriesPoint } from "@/api/series";
import type { Period } from "@/api/statistics";
import { micros, money, percent, short } from "@/lib/format";
import { colour, type Point, REST, type Series } from "./series";

/** What can be looked at over time. */
export const MEASURES = ["requests", "errors", "latency", "tokens", "cost"] as const;
export type Measure = (typeof MEASURES)[number];

/** What it can be told apart by. */
export const GROUPS = ["deployment", "key", "provider", "route", "category", "code"] as const;

/** By what the names that are told by themselves are the largest. */
export const LARGEST: Record<Measure, Largest> = {
  requests: "requests",
  errors: "requests",
  latency: "requests",
  tokens: "tokens",
  cost: "cost",
};

/** A picture, ready to be drawn. It has no points where nothing was asked. */
export type Drawn = { points: Point[]; series: Series[]; format: (value: number) => string };

type Column = Series & { points: SeriesPoint[]; value: (point: SeriesPoint) => number | null | undefined };

/** What a chart of this measure shows: its series, and a value of each at each step. */
export function drawn(
  measure: Measure,
  group: Group | null,
  period: Period,
  found: readonly SeriesOne[],
  t: TFunction<"charts">,
): Drawn {
  // Of how requests ended, only the bad ends can be errors.
  const codes = measure === "errors" && group === "code";
  const told = codes ? found.filter(({ of, rest }) => rest || of !== "") : found;
  const columns = group === null ? whole(measure, told[0]?.points ?? [], t) : apart(measure, group, told, t);
  const format =
    measure === "cost"
      ? money
      : measure === "latency"
        ? micros
        : measure === "errors" && !codes
          ? percent
          : short;
  const something = columns.some(({ points }) => points.length > 0);
  return { points: something ? steps(period, columns) : [], series: columns.map(bare), format };
}

/** Series of all of it in one, by their words. */
type Whole =
  | "well"
  | "failed"
  | "rate"
  | "first50"
  | "first95"
  | "total50"
  | "total95"
  | "input"
  | "output"
  | "cost";

const bare = ({ id, name, color, line }: Column): Series => ({ id, name, color, ...(line ? { line } : {}) });

const failedShare = ({ failed, requests }: SeriesPoint) => (requests > 0 ? failed / requests : null);

/** All of it in one. */
function whole(measure: Measure, points: SeriesPoint[], t: TFunction<"charts">): Column[] {
  const one = (id: Whole, color: string, value: Column["value"], line?: Series["line"]): Column => ({
    id,
    name: t(`of.${id}`),
    color,
    value,
    points,
    ...(line ? { line } : {}),
  });
  switch (measure) {
    case "requests":
      return [
        one("well", colour(0), ({ requests, failed }) => requests - failed),
        one("failed", "var(--bad)", ({ failed }) => failed),
      ];
    case "errors":
      return [one("rate", "var(--bad)", failedShare, "solid")];
    case "latency":
      return [
        one("first50", colour(0), (point) => point.first_p50_us, "solid"),
        one("first95", colour(0), (point) => point.first_p95_us, "dashed"),
        one("total50", colour(2), (point) => point.total_p50_us, "solid"),
        one("total95", colour(2), (point) => point.total_p95_us, "dashed"),
      ];
    case "tokens":
      return [
        one("input", colour(0), ({ input }) => input),
        one("output", colour(1), ({ output }) => output),
      ];
    case "cost":
      return [one("cost", colour(0), ({ cost_nano }) => cost_nano)];
  }
}

/** Told apart by something. Keys of points are numbers: a name may hold a dot, which would be read as a path. */
function apart(
  measure: Measure,
  group: Group,
  found: readonly SeriesOne[],
  t: TFunction<"charts">,
): Column[] {
  const rate = measure === "errors" && group !== "code";
  const value = (point: SeriesPoint) => {
    switch (measure) {
      case "errors":
        return rate ? failedShare(point) : point.failed;
      case "tokens":
        return point.input + point.output;
      case "cost":
        return point.cost_nano;
      default:
        return point.requests;
    }
  };
  return found.map(({ of, rest, points }, index) => ({
    id: `s${index}`,
    name: rest ? t("rest") : of || t(`none.${group}`),
    color: rest ? REST : colour(index),
    value,
    points,
    ...(rate ? { line: "solid" as const } : {}),
  }));
}

/** A point for each step of the period. Where nothing was, a bar is nought and a line is not known. */
function steps({ from, to, step }: Period, columns: Column[]): Point[] {
  const found = columns.map(({ points }) => new Map(points.map((point) => [point.at_s, point])));
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * step;
    const values = columns.map(({ id, line, value }, place) => {
      const point = found[place]?.get(at);
      return [id, point ? (value(point) ?? null) : line ? null : 0];
    });
    return { at, ...Object.fromEntries(values) } as Point;
  });
}

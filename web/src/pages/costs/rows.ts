import type { Statistic } from "@/api/statistics";

/** What costs can be told apart by. */
export const WAYS = ["key", "team", "deployment", "provider", "route", "user", "tag", "day"] as const;
export type Way = (typeof WAYS)[number];

/** Ways of which only what has a name is summed: the sums do not make up all that was spent. */
export const isPartial = (way: Way): way is "team" | "user" | "tag" =>
  way === "team" || way === "user" || way === "tag";

/** The sums as they are shown: days in their order, the newest first; everything else the dearest first. */
export function ordered(way: Way, list: readonly Statistic[]): Statistic[] {
  const rows = list.filter((one) => one.requests > 0);
  return way === "day"
    ? rows.sort((a, b) => Number(b.of) - Number(a.of))
    : rows.sort((a, b) => b.cost_nano - a.cost_nano || b.requests - a.requests);
}

/** The filter by which the requests of a sum are found; `null` where there is none. */
export function ask(way: Way, of: string): Record<string, string> | null {
  if (of === "" || way === "day") return null;
  if (way !== "deployment") return { [way]: of };
  const cut = of.indexOf("/");
  return { provider: of.slice(0, cut), model: of.slice(cut + 1) };
}

/** A day in the form in which every program reads it: 2026-11-22. */
export const isoDay = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** The sums as a table for other programs. Money is in dollars with all its digits. */
export function csv(way: Way, rows: readonly Statistic[]): string {
  const head = [way, "requests", "failed", "input_tokens", "output_tokens", "cost_usd"];
  const lines = rows.map(({ of, requests, failed, input, output, cost_nano }) => [
    way === "day" ? isoDay(Number(of)) : of,
    String(requests),
    String(failed),
    String(input),
    String(output),
    dollars(cost_nano),
  ]);
  return [head, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/** Whole nano-dollars as dollars, without the error that a division would bring. */
function dollars(nano: number): string {
  const digits = String(nano).padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** A cell. What a client sent must not be taken for a formula by a spreadsheet. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

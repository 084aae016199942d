import { expect, type Locator, type Page } from "@playwright/test";
import type { Session } from "./session";

export type Sum = {
  of: string;
  requests: number;
  failed: number;
  input: number;
  output: number;
  cost_nano: number;
  total_us: { p50?: number; p95?: number };
};

/** What the gateway says of the last day, which is in every period that a page asks for. */
export async function sumsOf(session: Session, by: string, span = "hour"): Promise<Sum[]> {
  const to = (Math.floor(Date.now() / 3_600_000) + 1) * 3600;
  const path = `statistics?by=${by}&span=${span}&from=${to - 86_400}&to=${to}`;
  return (await session.must<{ sums: Sum[] }>("GET", path)).sums;
}

/** Makes so many requests, and gives the sum of all when they are in it: records are written a moment after the answer. */
export async function known(session: Session, requests: number, make: () => Promise<void>): Promise<Sum> {
  const all = async () => (await sumsOf(session, "all"))[0];
  const before = (await all())?.requests ?? 0;
  await make();
  await expect.poll(async () => (await all())?.requests).toBeGreaterThanOrEqual(before + requests);
  return (await all()) as Sum;
}

/** The value of a figure by its name. */
export const figure = (page: Page, name: string): Locator =>
  page
    .locator("dl > div")
    .filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
    .locator("dd");

import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

/** More rows than this are never drawn at once, however many there are. */
const DRAWN = 80;

const drawn = (page: Page) => page.locator("main [data-row]").count();

const json = (body: unknown) => ({ contentType: "application/json", body: JSON.stringify(body) });

const model = (number: number) => ({
  name: `vendor-${number % 40}/model-${number}`,
  what: "deployment",
  provider: `vendor-${number % 40}`,
  model: `model-${number}`,
  enabled: true,
  kind: "chat",
  takes: ["text"],
  gives: ["text"],
  prices: [],
  limits: [],
  grades: {},
  targets: [],
  targets_count: 0,
  used_by: [],
});

test("five thousand models are listed, searched and walked with few rows drawn", async ({ page }) => {
  const all = Array.from({ length: 5_000 }, (_, number) => model(number));
  await page.route("**/api/v1/models?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit"));
    return route.fulfill(json({ items: all.slice(from, to), next: to < all.length ? String(to) : null }));
  });
  await page.goto("models");
  await expect(page.getByText("5,000 of 5,000")).toBeVisible();
  expect(await drawn(page)).toBeLessThan(DRAWN);
  const table = page.getByRole("table", { name: "Models" });
  await expect(table).toHaveAttribute("aria-rowcount", "5001");
  await table.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  await expect(table.getByRole("row", { name: /model-4999/ })).toBeFocused();
  expect(await drawn(page)).toBeLessThan(DRAWN);
  await page.getByRole("searchbox", { name: "Search names" }).fill("model-4321");
  await expect(page.getByText("1 of 5,000")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search names" }).fill("");
  await page.getByLabel("Every provider").selectOption("vendor-7");
  await expect(page.getByText("125 of 5,000")).toBeVisible();
  expect(await drawn(page)).toBeLessThan(DRAWN);
});

const ROWS = 50_000;
const AT_ONCE = 5_000;

const asked = (number: number) => ({
  id: `req_${String(number).padStart(8, "0")}`,
  at_ms: 1_760_000_000_000 - number * 1000,
  ended_ms: 1_760_000_000_900 - number * 1000,
  kind: "chat",
  dialect: "openai_chat",
  asked: "of-the-file",
  route: "of-the-file",
  provider: "quick",
  model: number % 3 ? "one" : "two",
  key: "tester",
  status: 200,
  stream: false,
  estimated: false,
  input: 10,
  output: 20,
  total_us: 900_000,
  overhead_us: 90,
  tags: [],
  detail: {},
});

/** Answers for the list of requests, `AT_ONCE` a page. `refuse` says which pages fail. */
async function long(page: Page, refuse: (from: number) => boolean = () => false): Promise<number[]> {
  const calls: number[] = [];
  await page.route("**/api/v1/requests?*", (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    calls.push(from);
    if (refuse(from)) return route.fulfill({ status: 500, ...json({ detail: "Too many rows." }) });
    const items = Array.from({ length: AT_ONCE }, (_, at) => asked(from + at));
    const next = from + AT_ONCE;
    return route.fulfill(json({ items, next: next < ROWS ? String(next) : null }));
  });
  return calls;
}

test("fifty thousand requests are walked to their end with few rows drawn, each page asked for once", async ({
  page,
}) => {
  const calls = await long(page);
  await page.goto("requests?since=all");
  const table = page.getByRole("table", { name: "Requests" });
  await table.getByRole("row").nth(1).focus();
  for (let rows = AT_ONCE; rows <= ROWS; rows += AT_ONCE) {
    await expect(table).toHaveAttribute("aria-rowcount", String(rows + 1));
    await page.keyboard.press("End");
    await expect(page.locator(`[data-row="${rows - 1}"]`)).toBeFocused();
    expect(await drawn(page)).toBeLessThan(DRAWN);
  }
  expect(calls).toEqual(Array.from({ length: ROWS / AT_ONCE }, (_, at) => at * AT_ONCE));
  await page.keyboard.press("Home");
  await expect(page.locator('[data-row="0"]')).toBeFocused();
  expect(calls).toHaveLength(ROWS / AT_ONCE);
});

test("a page of a list that cannot be had is told, not asked for without end", async ({
  page,
  complaints,
}) => {
  complaints.expect(/status of 500/);
  let broken = true;
  const calls = await long(page, (from) => broken && from > 0);
  await page.goto("requests?since=all");
  const table = page.getByRole("table", { name: "Requests" });
  await table.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  const alert = page.locator("main").getByRole("alert");
  await expect(alert).toContainText("Too many rows.");
  // Sixty frames in which it could be asked again.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 60; frame++) await new Promise(requestAnimationFrame);
  });
  expect(calls).toEqual([0, AT_ONCE]);
  await expect(table).toHaveAttribute("aria-rowcount", String(AT_ONCE + 1));
  broken = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(alert).toHaveCount(0);
  await page.locator(`[data-row="${AT_ONCE - 1}"]`).focus();
  await expect(table).toHaveAttribute("aria-rowcount", String(2 * AT_ONCE + 1));
});

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { Forecast } from "../../src/api/forecast";
import { money, percent, whole } from "../../src/lib/format";
import { expect, test } from "./fixtures";
import { Gateway, KEY } from "./gateway";
import { Session } from "./session";
import { figure, known, sumsOf } from "./sums";

/** Asks in the name of an end user. */
async function askFor(gateway: Gateway, user: string): Promise<void> {
  const response = await fetch(`${gateway.url}v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "quick/dear", user, messages: [{ role: "user", content: "how dear?" }] }),
  });
  expect(response.status).toBe(200);
}

const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true });
const row = (page: Page, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

test("costs are told apart by whatever is asked for, as the gateway says them", async ({
  page,
  gateway,
  sessions,
}) => {
  const sum = await known(sessions.admin, 3, async () => {
    await askFor(gateway, "=somebody, dear");
    await askFor(gateway, "=somebody, dear");
    await gateway.ask("of-the-file", "cheap");
  });
  await page.goto("costs");
  await expect(figure(page, "Spent")).toContainText(money(sum.cost_nano));
  await expect(figure(page, "Tokens in")).toContainText(whole(sum.input));

  const keys = await sumsOf(sessions.admin, "key");
  const tester = keys.find(({ of }) => of === "tester");
  await expect(row(page, "tester")).toContainText(money(tester?.cost_nano));
  // What can be told apart over time is so in the chart, too.
  await expect(page.getByRole("figure")).toContainText(`tester ${money(tester?.cost_nano)}`);

  await tab(page, "By model").click();
  await expect(page).toHaveURL(/by=deployment/);
  const dear = (await sumsOf(sessions.admin, "deployment")).find(({ of }) => of === "quick/dear");
  await expect(row(page, "quick/dear")).toContainText(money(dear?.cost_nano));
  await expect(row(page, "quick/dear")).toContainText(percent((dear?.cost_nano ?? 0) / sum.cost_nano));

  await tab(page, "By end user").click();
  const user = (await sumsOf(sessions.admin, "user")).find(({ of }) => of === "=somebody, dear");
  await expect(row(page, "=somebody, dear")).toContainText(money(user?.cost_nano));
  await expect(page.getByText("Requests that name no end user are not listed.")).toBeVisible();
  await page.reload();
  await expect(tab(page, "By end user")).toHaveAttribute("aria-selected", "true");

  // The file has all digits, and no spreadsheet takes a name in it for a formula.
  const loading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  const download = await loading;
  expect(download.suggestedFilename()).toBe("costs-by-user.csv");
  const file = readFileSync(await download.path(), "utf8");
  expect(file).toMatch(/^user,requests,failed,input_tokens,output_tokens,cost_usd\r\n/);
  const line = `"'=somebody, dear",${user?.requests},0,${user?.input},${user?.output},`;
  expect(file).toContain(line);
  const dollars = Number(file.slice(file.indexOf(line) + line.length).split("\r\n")[0]);
  expect(Math.round(dollars * 1e9)).toBe(user?.cost_nano);

  await tab(page, "By day").click();
  const days = await sumsOf(sessions.admin, "time", "day");
  await expect(page.getByRole("rowheader")).toHaveCount(days.filter(({ requests }) => requests > 0).length);
  await expect(page.getByText("Days begin at midnight UTC.", { exact: true })).toBeVisible();

  await tab(page, "By end user").click();
  await page.getByRole("link", { name: "=somebody, dear" }).click();
  await expect(page).toHaveURL(/requests\?.*user=/);
  await expect(page.getByRole("button", { name: /End user: =somebody, dear/ })).toBeVisible();
});

test("who spent nothing is told so, and why somebody may be missing", async ({ page }) => {
  await page.goto("costs?by=tag");
  await expect(page.getByText("Nothing was spent in this time")).toBeVisible();
  await expect(page.getByText("Requests without a tag are not listed")).toBeVisible();
});

const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 10, 1);
const FORECAST: Forecast = {
  from_ms: FIRST,
  to_ms: Date.UTC(2026, 11, 1),
  now_ms: FIRST + 21.5 * DAY,
  days: 21,
  items: [
    {
      of: null,
      spent_nano: 42_000_000_000,
      expected_nano: 60_000_000_000,
      low_nano: 55_000_000_000,
      high_nano: 66_000_000_000,
      daily_nano: 2_000_000_000,
    },
  ],
  budgets: [],
};

/** Lets the gateway expect something else than it does. */
async function expecting(page: Page, all: Partial<Forecast>, parts?: Forecast["items"]): Promise<void> {
  await page.route("**/api/v1/forecast?*", (route) => {
    const by = new URL(route.request().url()).searchParams.get("by");
    return route.fulfill({
      json: { ...FORECAST, ...all, ...(by !== "all" && parts ? { items: parts } : {}) },
    });
  });
}

const month = (page: Page) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: "This month" }) });

test("the month's end is expected within bounds, and told apart", async ({ page }) => {
  const [all] = FORECAST.items;
  await expecting(page, {}, [{ ...all, of: "ci", expected_nano: 7_000_000_000 } as Forecast["items"][0]]);
  await page.goto("costs");
  await expect(figure(page, "Spent since Nov 1")).toHaveText("$42.00");
  await expect(figure(page, "Expected by Nov 30")).toHaveText("$60.00");
  await expect(figure(page, "Likely between")).toHaveText("$55.00 – $66.00");
  await expect(month(page)).toContainText("Worked out from 21 days of requests");
  await expect(month(page)).toContainText("In eight of ten cases the month ends within the bounds.");
  await expect(month(page).getByRole("heading", { level: 3 })).toHaveCount(0);
  await month(page).getByLabel("Expected, told apart by").selectOption({ label: "By key" });
  await expect(page).toHaveURL(/ahead=key/);
  await expect(month(page).getByRole("row").filter({ hasText: "ci" })).toContainText("$7.00");
});

test("budgets that will not last are named with the day, the soonest first", async ({ page }) => {
  const budget = (owner: string, used_up_ms: number | null) => ({
    owner,
    name: owner.replace(/^\w+ /, ""),
    period: "month UTC",
    limit_nano: 50_000_000_000,
    spent_nano: 40_000_000_000,
    resets_ms: Date.UTC(2026, 11, 1, 12),
    used_up_ms,
  });
  await expecting(page, {
    budgets: [
      budget("team late", FIRST + 27.5 * DAY),
      budget("key lasting", null),
      budget("key soon", FIRST + 23.5 * DAY),
      budget("key gone", FIRST + 20.5 * DAY),
    ],
  });
  await page.goto("costs");
  const items = month(page).getByRole("listitem");
  await expect(items).toHaveCount(3);
  await expect(items.nth(0)).toContainText("Key gone");
  await expect(items.nth(0)).toContainText("used up · begins anew Dec 1");
  await expect(items.nth(1)).toContainText("Key soon");
  await expect(items.nth(1)).toContainText("used up about Nov 24");
  await expect(items.nth(1)).toContainText("Money a month$40.00 of $50.00");
  await expect(items.nth(2)).toContainText("Team late");

  await page.unroute("**/api/v1/forecast?*");
  await expecting(page, { budgets: [budget("key lasting", null)] });
  await page.reload();
  await expect(month(page)).toContainText("The budget lasts until it begins anew.");
});

test("where there is little to go by, that is said instead of a guess", async ({ page }) => {
  const [all] = FORECAST.items;
  await expecting(page, {
    days: 1,
    items: [{ ...all, low_nano: null, high_nano: null } as Forecast["items"][0]],
  });
  await page.goto("costs");
  await expect(figure(page, "Likely between")).toHaveText("–");
  await expect(month(page)).toContainText("Too few days to say how sure it is.");
});

test("a gateway that nobody has asked yet says that there is too little data", async ({
  browser,
  complaints,
}) => {
  const gateway = await Gateway.start();
  try {
    const { cookies } = await Session.of(gateway.url, "viewer");
    const context = await browser.newContext({
      baseURL: gateway.url,
      storageState: { cookies, origins: [] },
    });
    const page = await context.newPage();
    complaints.watch(page);
    await page.goto("costs");
    await expect(month(page)).toContainText("Too little data for a forecast");
    await expect(month(page).locator("dl > div")).toHaveCount(1);
    await expect(month(page).getByRole("combobox")).toHaveCount(0);
    await expect(page.getByText("Nothing was spent in this time")).toBeVisible();
    await expect(figure(page, "Spent")).toHaveText("$0.00");
    await page.goto("./");
    await expect(figure(page, "Requests")).toHaveText("0");
    await expect(figure(page, "Ended well")).toHaveText("–");
    await expect(page.getByText("Nothing in this time").first()).toBeVisible();
    await context.close();
  } finally {
    await gateway.end();
  }
});

test.describe("a viewer", () => {
  test.use({ as: "viewer" });
  test("sees costs and the forecast", async ({ page, gateway, sessions }) => {
    const sum = await known(sessions.admin, 1, async () => {
      await gateway.ask("quick/dear", "for the viewer");
    });
    await expecting(page, {});
    await page.goto("costs");
    await expect(figure(page, "Spent")).toContainText(money(sum.cost_nano));
    await expect(figure(page, "Expected by Nov 30")).toHaveText("$60.00");
  });
});

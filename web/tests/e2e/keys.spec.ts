import { expect, test } from "./fixtures";

test("a key is made, shown once, and its small budget ends it with 402", async ({ page, gateway }) => {
  await page.goto("keys");
  await page.getByRole("button", { name: "Make a key" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").first().fill("small-budget");
  await sheet.getByRole("button", { name: "Add a budget" }).click();
  await sheet.getByLabel("Dollars").fill("1.5");
  await sheet.getByRole("button", { name: "Make a key" }).click();
  const shown = page.getByRole("dialog", { name: "The key small-budget" });
  const key = (await shown.locator("code").textContent()) ?? "";
  expect(key.length).toBeGreaterThan(20);
  await shown.getByRole("button", { name: "I have it" }).click();
  await expect(page.getByText(key)).toHaveCount(0);

  // An answer costs about a dollar: the first fits, the second does not.
  expect((await gateway.ask("quick/dear", "first", key)).status).toBe(200);
  expect((await gateway.ask("quick/dear", "second", key)).status).toBe(402);
  await page.reload();
  const row = page.getByRole("listitem").filter({ hasText: "small-budget" });
  const meter = row.getByRole("meter").first();
  await expect(meter).toBeVisible();
  expect(Number(await meter.getAttribute("aria-valuenow"))).toBeGreaterThan(40);
  await expect(row).toContainText("$1.50");

  // Switched off, it opens nothing.
  await row.getByRole("button", { name: "More about small-budget" }).click();
  await page.getByRole("menuitem", { name: "Switch off" }).click();
  await expect(row.getByText("switched off")).toBeVisible();
  expect((await gateway.ask("quick/one", "closed", key)).status).toBe(401);
  // What it was refused is among the requests.
  await row.getByRole("link", { name: "Its requests" }).click();
  await expect(page.getByRole("row").filter({ hasText: "402" }).first()).toBeVisible();
});

test("a team is made in the console, and its name cannot be taken twice", async ({ page, complaints }) => {
  complaints.expect(/status of 404/);
  await page.goto("keys?tab=teams");
  const make = async () => {
    await page.getByRole("button", { name: "Make a team" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").fill("writers");
    await page.getByRole("dialog").getByLabel("Requests a minute").fill("7");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  };
  await make();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("listitem").filter({ hasText: "writers" })).toBeVisible();
  await make();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("writers");
});

const NAMES = ['<img src=x onerror="document.title=1">', "مستخدم", "🚀🧪", "a".repeat(60)];

test("names with markup, from right to left, of pictures and without end harm no page", async ({
  page,
  sessions,
}) => {
  for (const owner of NAMES) {
    const name = `named-${NAMES.indexOf(owner)}`;
    await sessions.admin.must("POST", "keys", { name, settings: { owner } });
  }
  await page.goto("keys?find=named-");
  for (const owner of NAMES) {
    const shown = page.locator("bdi").filter({ hasText: owner });
    await expect(shown.first()).toBeVisible();
  }
  await expect(page.locator("main img")).toHaveCount(0);
  await expect(page).toHaveTitle("Keys and budgets · Wye");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

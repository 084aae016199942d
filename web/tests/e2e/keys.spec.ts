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
    await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("writers");
    await page.getByRole("dialog").getByLabel("Requests a minute").fill("7");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  };
  await make();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("listitem").filter({ hasText: "writers" })).toBeVisible();
  await make();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("writers");
});

test("what a team may call holds for its keys, and stays when the team is changed", async ({
  page,
  gateway,
  sessions,
  complaints,
}) => {
  // It is looked for before it is made.
  complaints.expect(/status of 404 .*team\/callers/);
  await page.goto("keys?tab=teams");
  await page.getByRole("button", { name: "Make a team" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("callers");
  await sheet.getByLabel("Names it may ask for").fill("quick/one\nof-the-*");
  await sheet.getByLabel("openai_chat").check();
  await sheet.getByText("More about these limits").click();
  await sheet.getByLabel("Time zone").fill("Asia/Bangkok");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);
  const { key } = await sessions.admin.must<{ key: string }>("POST", "keys", {
    name: "caller",
    settings: { team: "callers" },
  });
  expect((await gateway.ask("quick/one", "allowed", key)).status).toBe(200);
  expect((await gateway.ask("of-the-file", "allowed", key)).status).toBe(200);
  expect((await gateway.ask("quick/two", "not allowed", key)).status).toBeGreaterThanOrEqual(400);

  // What is open stands in the address, and what is not changed stays.
  await page.getByRole("button", { name: "Edit callers" }).click();
  await expect(page).toHaveURL(/edit=callers/);
  await expect(sheet.getByLabel("Names it may ask for")).toHaveValue("quick/one\nof-the-*");
  await sheet.getByLabel("openai_chat").uncheck();
  await sheet.getByLabel("gemini").check();
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);
  expect((await gateway.ask("quick/one", "another API", key)).status).toBeGreaterThanOrEqual(400);
  const { body } = await sessions.admin.must<{ body: unknown }>("GET", "config/items/team/callers");
  expect(body).toEqual({
    models: ["quick/one", "of-the-*"],
    apis: ["gemini"],
    limits: { time_zone: "Asia/Bangkok" },
  });
  // Other tests ask with the first key that there is.
  await sessions.admin.must("DELETE", "keys/caller");
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

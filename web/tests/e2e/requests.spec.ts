import { expect, test } from "./fixtures";

test("a request that failed is found, and its page says what happened when and why", async ({
  page,
  gateway,
}) => {
  const failed = await gateway.ask("of-the-file", "please-fail for the log");
  expect(failed.status).toBe(400);
  const mended = await gateway.ask("of-the-file", "please-go-on for the log");
  expect([mended.status, mended.servedBy]).toEqual([200, "quick/two"]);

  await page.goto("requests");
  const table = page.getByRole("table", { name: "Requests" });
  await expect(async () => {
    // Records are written a moment after the answer.
    await page.getByRole("button", { name: "Look again" }).click();
    await expect(table.getByRole("row").filter({ hasText: "of-the-file" }).nth(1)).toBeVisible({
      timeout: 500,
    });
  }).toPass();
  await page.getByLabel("How they ended").selectOption({ label: "Failed" });
  await expect(page).toHaveURL(/failed=true/);
  const row = table.getByRole("row").filter({ hasText: "of-the-file" }).first();
  await expect(row).toContainText("400");
  await row.click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByText(failed.id)).toBeVisible();
  await expect(drawer.getByRole("region", { name: "What happened when" })).toContainText("quick/one");
  await expect(drawer.getByRole("region", { name: "What happened when" })).toContainText("failed");
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();

  // A finding has an address of its own.
  await page.goto(`requests?id=${mended.id}`);
  const waterfall = drawer.getByRole("region", { name: "What happened when" });
  await expect(waterfall.getByRole("listitem").filter({ hasText: "quick/one" })).toContainText("500");
  await expect(waterfall.getByRole("listitem").filter({ hasText: "quick/two" })).toContainText("served");
  await drawer.getByRole("tab", { name: "Record" }).click();
  await expect(drawer.getByRole("tabpanel")).toContainText("tester");
  await expect(page).toHaveURL(/view=summary/);
});

test("what is looked for stands in the address and can be taken back", async ({ page, gateway }) => {
  await gateway.ask("quick/two", "for the filters");
  await page.goto("requests?model=two&since=1h");
  const rows = page.getByRole("table", { name: "Requests" }).getByRole("row");
  await expect(rows.nth(1)).toContainText("quick/two");
  await page.getByRole("button", { name: "Model: two" }).click();
  await expect(page).not.toHaveURL(/model=/);
  await page.goto("requests?key=nobody-has-this");
  await expect(page.getByText("No request is like that")).toBeVisible();
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await expect(rows.nth(1)).toBeVisible();
});

test("the overview shows a request that was made meanwhile", async ({ page, gateway }) => {
  await page.goto("./");
  await expect(page.getByText("listening", { exact: true })).toBeVisible();
  const made = await gateway.ask("quick/two", "seen at once");
  const entry = page.locator(`a[href*="${made.id}"]`);
  await expect(entry).toContainText("quick/two");
  await entry.click();
  await expect(page.getByRole("dialog").getByText(made.id)).toBeVisible();
});

test("a decision is told with its candidates, and the cost as the client was told it", async ({
  page,
  gateway,
  sessions,
}) => {
  // It failed in a test before this one, and whoever failed lately is asked last.
  await sessions.admin.must("POST", "deployments/quick%2Fone/reset");
  const asked = await gateway.ask("by-price", "who is cheapest?");
  expect([asked.status, asked.servedBy]).toEqual([200, "quick/one"]);
  const dear = await gateway.ask("quick/dear", "how much is this?");
  expect(dear.dollars).toBeGreaterThan(0.1);

  await page.goto("./requests");
  const row = (text: string) => page.getByRole("row").filter({ hasText: text }).first();
  await expect(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    await expect(row("quick/dear")).toBeVisible({ timeout: 500 });
  }).toPass();
  await row("by-price").click();
  const panel = page.getByRole("dialog").getByRole("tabpanel");
  await expect(panel).toContainText("cheapest");
  for (const candidate of ["quick/one", "quick/two", "quick/dear"])
    await expect(panel).toContainText(candidate);
  await page.keyboard.press("Escape");
  await row("quick/dear").click();
  await page.getByRole("tab", { name: "Decision" }).click();
  await expect(panel).toContainText("means one model");
  await page.getByRole("tab", { name: "Record" }).click();
  await expect(panel).toContainText(`$${dear.dollars.toFixed(2)}`);
});

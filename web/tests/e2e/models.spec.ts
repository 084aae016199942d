import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

const table = (page: Page) => page.getByRole("table", { name: "Models" });
const row = (page: Page, name: string) => table(page).getByRole("row").filter({ hasText: name });
const drawer = (page: Page) => page.getByRole("dialog");

test("models are found by what is typed and chosen, and the address says what is looked for", async ({
  page,
}) => {
  await page.goto("models");
  await expect(row(page, "quick/dear")).toBeVisible();
  const all = await page.getByRole("status").filter({ hasText: / of / }).textContent();
  await page.getByRole("searchbox", { name: "Search names" }).fill("quick/t");
  await expect(row(page, "quick/two")).toBeVisible();
  await expect(row(page, "quick/dear")).toHaveCount(0);
  await expect(page).toHaveURL(/text=quick%2Ft/);
  await page.reload();
  await expect(page.getByRole("searchbox", { name: "Search names" })).toHaveValue("quick/t");
  await expect(row(page, "quick/two")).toBeVisible();
  await expect(row(page, "quick/dear")).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Search names" }).fill("no model is called so");
  await expect(page.getByText("Nothing fits what you look for")).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).first().click();
  await expect(page).not.toHaveURL(/text=/);
  await expect(page.getByRole("status").filter({ hasText: / of / })).toHaveText(all ?? "");
  await page.getByLabel("Every kind").selectOption("route");
  await expect(page).toHaveURL(/what=route/);
  await expect(row(page, "of-the-file")).toBeVisible();
  await expect(row(page, "quick/one")).toHaveCount(0);
});

test("a model is opened, tested, and what came of it is recorded", async ({ page, complaints }) => {
  // Whoever opens a record at once may be sooner than its writer; it is asked for again.
  complaints.expect(/status of 404 .*requests\//);
  await page.goto("models?provider=quick");
  await row(page, "quick/two").click();
  await expect(page).toHaveURL(/name=quick%2Ftwo/);
  await expect(drawer(page)).toContainText("$2.00");
  await expect(drawer(page)).toContainText("by-price");
  await drawer(page).getByRole("button", { name: "Test", exact: true }).click();
  const found = drawer(page).getByRole("region", { name: "Result of the test" });
  await expect(found).toContainText("It answers");
  await expect(found).toContainText(/Cost\s*\$0\.0/);
  await found.getByRole("link", { name: "Its record" }).click();
  await expect(page).toHaveURL(/\/requests\?.*id=/);
  await expect(drawer(page).getByRole("tablist")).toBeVisible();
  await page.goBack();
  await expect(drawer(page).getByRole("region", { name: "What can be done" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/name=/);
});

test("all that are listed are checked one after another, and no more are asked once that is stopped", async ({
  page,
}) => {
  const asked: string[] = [];
  await page.route("**/api/v1/deployments/*/test", (route) => {
    asked.push(decodeURIComponent(/deployments\/(.*)\/test/.exec(route.request().url())?.[1] ?? ""));
    // The second is never answered.
    if (asked.length < 2) return route.continue();
  });
  await page.goto("models?provider=quick&what=deployment");
  await page.getByRole("button", { name: "Check all 3 models" }).click();
  await expect(page.getByText("1 of 3 asked")).toBeVisible();
  expect(asked).toHaveLength(2);
  const [first = "", second = ""] = asked;
  await expect(row(page, first).getByLabel("answered")).toBeVisible();
  await expect(row(page, second).getByRole("status", { name: "is being asked" })).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Check all 3 models" })).toBeVisible();
  await expect(row(page, second).getByRole("status", { name: "is being asked" })).toHaveCount(0);
  await expect(row(page, first).getByLabel("answered")).toBeVisible();
  expect(asked).toHaveLength(2);
});

test("a model that rests says why, and is asked again after it was reset", async ({
  page,
  gateway,
  sessions,
}) => {
  await sessions.admin.hide("tired", "sk-tired");
  await sessions.admin.put("provider", "tired", {
    dialect: "openai_chat",
    base_url: `${gateway.fleet}/tired/v1`,
    api_key: "vault:tired",
    models: ["slow"],
  });
  expect((await gateway.ask("tired/slow", "are you there?")).status).toBe(429);
  await page.goto("models?health=trouble&name=tired/slow");
  await expect(row(page, "tired/slow")).toContainText("quota used up");
  await drawer(page).getByRole("button", { name: "Reset" }).click();
  await expect(page.getByText("Its failures are forgotten. It may be called at once.")).toBeVisible();
  await expect(drawer(page).getByRole("button", { name: "Reset" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(row(page, "tired/slow")).toHaveCount(0);
  await sessions.admin.remove("provider", "tired");
});

test("a model is switched off and on, and one of the file says where it is changed", async ({
  page,
  gateway,
  sessions,
}) => {
  await sessions.admin.hide("switched", "sk-side");
  await sessions.admin.put("provider", "switched", {
    dialect: "openai_chat",
    base_url: `${gateway.fleet}/side/v1`,
    api_key: "vault:switched",
    models: ["small", "large"],
  });
  await page.goto("models?provider=switched&name=switched/small");
  await drawer(page).getByRole("button", { name: "Switch off" }).click();
  await expect(drawer(page).getByRole("button", { name: "Switch on" })).toBeVisible();
  await expect(drawer(page)).toContainText("switched off");
  expect((await gateway.ask("switched/small", "off")).status).toBeGreaterThanOrEqual(400);
  expect((await gateway.ask("switched/large", "on")).status).toBe(200);
  await drawer(page).getByRole("button", { name: "Switch on" }).click();
  await expect(drawer(page).getByRole("button", { name: "Switch off" })).toBeVisible();
  expect((await gateway.ask("switched/small", "on")).status).toBe(200);
  await sessions.admin.remove("provider", "switched");

  await page.goto("models?name=quick/one");
  await expect(drawer(page)).toContainText("The configuration file names it; it is changed there.");
  await expect(drawer(page).getByRole("button", { name: /^Switch o/ })).toHaveCount(0);
});

import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import type { Session } from "./session";
import { standIn } from "./vendor";

// What is to be added is looked for before it is: there is none by its name.
test.beforeEach(({ complaints }) => complaints.expect(/status of 404/));

const result = (page: Page) => page.getByRole("dialog").getByRole("region", { name: "Result of the test" });

/** A provider of the console's own, which the gateway can ask. */
async function own(session: Session, fleet: string, id: string): Promise<void> {
  await session.hide(id, "sk-side");
  await session.put("provider", id, {
    dialect: "openai_chat",
    base_url: `${fleet}/side/v1`,
    api_key: `vault:${id}`,
    models: ["small"],
  });
}

async function configured(session: Session, id: string): Promise<boolean> {
  const { items } = await session.must<{ items: { id: string; configured: boolean }[] }>("GET", "providers");
  return items.some((one) => one.id === id && one.configured);
}

async function secretsOf(session: Session, id: string): Promise<string[]> {
  const { items } = await session.must<{ items: { name: string }[] }>("GET", "secrets?limit=500");
  return items.map(({ name }) => name).filter((name) => name.startsWith(id));
}

test("a known provider is added by its card: a wrong key is told and nothing kept, the right one serves", async ({
  page,
  gateway,
  sessions,
}) => {
  await standIn(page, "groq", `${gateway.fleet}/side/v1`, ["small"]);
  await page.goto("providers?find=groq");
  await page.getByRole("button", { name: "Add Groq" }).click();
  await expect(page).toHaveURL(/add=groq/);
  const sheet = page.getByRole("dialog", { name: "Add Groq" });
  await sheet.getByLabel("API key").fill("sk-mistyped");
  await sheet.getByRole("button", { name: "Test and add" }).click();
  await expect(result(page)).toContainText("It does not work");
  await expect(result(page)).toContainText("Incorrect API key");
  await expect(sheet.getByLabel("API key")).toHaveValue("sk-mistyped");
  // Who presses Enter has it tested again; only the button that says so adds what does not work.
  await expect(sheet.getByRole("button", { name: "Add it anyway" })).toBeVisible();
  const again = page.waitForResponse("**/api/v1/providers/try");
  await sheet.getByLabel("API key").press("Enter");
  await again;
  await expect(sheet.getByRole("button", { name: "Test again" })).toBeEnabled();
  await expect(result(page)).toContainText("It does not work");
  expect(await configured(sessions.admin, "groq")).toBe(false);
  expect(await secretsOf(sessions.admin, "groq")).toEqual([]);

  // What was found of one key says nothing of another.
  await sheet.getByLabel("API key").fill("sk-side");
  await expect(result(page)).toHaveCount(0);
  await sheet.getByRole("button", { name: "Test", exact: true }).click();
  await expect(result(page)).toContainText("It works");
  await expect(result(page)).toContainText("small");
  expect(await configured(sessions.admin, "groq")).toBe(false);
  await sheet.getByRole("button", { name: "Test and add" }).click();
  await expect(page.getByText("groq is added.")).toBeVisible();
  await expect(sheet).toHaveCount(0);
  const card = page.getByRole("region", { name: "In use" }).getByRole("listitem").filter({ hasText: "Groq" });
  await expect(card.first()).toContainText("key in the vault");
  await expect(page.getByText("sk-side")).toHaveCount(0);
  const answer = await gateway.ask("groq/small", "who are you?");
  expect([answer.status, answer.servedBy]).toEqual([200, "groq/small"]);

  // Its keys are tried from the card as well.
  await card.first().getByRole("button", { name: "Try its keys" }).click();
  await expect(card.first().getByRole("region", { name: "Result of the test" })).toContainText("It works");
  await sessions.admin.remove("provider", "groq");
});

test("a server of one's own is added with its format and address, under a name that is free", async ({
  page,
  gateway,
  sessions,
}) => {
  await page.goto("providers");
  await page.getByRole("button", { name: "Add your own" }).click();
  const sheet = page.getByRole("dialog", { name: "Add your own" });
  const fill = async (id: string) => {
    await sheet.getByLabel("Short name").fill(id);
    await sheet.getByLabel("Format").selectOption("openai_chat");
    await sheet.getByLabel("Address").fill(`${gateway.fleet}/side/v1`);
    await sheet.getByLabel("API key").fill("sk-side");
  };
  await fill("quick");
  await sheet.getByRole("button", { name: "Test", exact: true }).click();
  await expect(sheet.getByLabel("List all 2 models that it has")).toBeChecked();
  await sheet.getByRole("button", { name: "Test and add" }).click();
  await expect(sheet.getByLabel("Short name")).toHaveAttribute("aria-invalid", "true");
  await sheet.getByLabel("Short name").fill("of-my-own");
  await sheet.getByRole("button", { name: "Test and add" }).click();
  await expect(page.getByText("of-my-own is added.")).toBeVisible();
  for (const model of ["small", "large"])
    expect((await gateway.ask(`of-my-own/${model}`, "hello")).servedBy).toBe(`of-my-own/${model}`);
  await sessions.admin.remove("provider", "of-my-own");
});

test("an account is added after its key was tried, and removed", async ({ page, gateway, sessions }) => {
  await own(sessions.admin, gateway.fleet, "with-accounts");
  await page.goto("providers/with-accounts");
  const accounts = page.getByRole("list", { name: "Accounts" }).getByRole("listitem");
  await expect(accounts).toHaveCount(1);
  await page.getByRole("button", { name: "Add an account" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an account" });
  await dialog.getByLabel("API key").fill("sk-mistyped");
  await dialog.getByRole("button", { name: "Test", exact: true }).click();
  await expect(result(page)).toContainText("It does not work");
  // What is loud then is not what adds it.
  await expect(dialog.getByRole("button", { name: "Add", exact: true })).toHaveCount(0);
  await expect(dialog.getByRole("button", { name: "Add it anyway" })).toBeEnabled();
  await dialog.getByRole("button", { name: "Test again" }).click();
  await expect(result(page)).toContainText("It does not work");
  await dialog.getByLabel("API key").fill("sk-side-too");
  await dialog.getByRole("button", { name: "Test", exact: true }).click();
  await expect(result(page)).toContainText("It works");
  await dialog.getByLabel("Name of the account").fill("second");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(accounts).toHaveCount(2);
  await expect(accounts.filter({ hasText: "second" })).toContainText("key in the vault");

  await page.getByRole("button", { name: "Remove the account second" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(accounts).toHaveCount(1);
  await expect(accounts.filter({ hasText: "second" })).toHaveCount(0);
  expect((await gateway.ask("with-accounts/small", "still there?")).status).toBe(200);
  await sessions.admin.remove("provider", "with-accounts");
});

test("a provider that is switched off is not asked, and is again when it is switched on", async ({
  page,
  gateway,
  sessions,
}) => {
  await own(sessions.admin, gateway.fleet, "on-and-off");
  await page.goto("providers/on-and-off");
  const control = page.getByRole("switch", { name: /on-and-off.* is switched on/ });
  await expect(control).toBeChecked();
  expect((await gateway.ask("on-and-off/small", "on")).status).toBe(200);
  await control.click();
  await expect(control).not.toBeChecked();
  await expect(control).toBeEnabled();
  const refused = await gateway.ask("on-and-off/small", "off");
  expect(refused.status).toBeGreaterThanOrEqual(400);
  await page.goto("providers?find=on-and-off");
  await expect(page.getByText("switched off").first()).toBeVisible();
  await page.getByRole("switch", { name: /on-and-off.* is switched on/ }).click();
  await expect(page.getByText("switched off")).toHaveCount(0);
  expect((await gateway.ask("on-and-off/small", "on again")).status).toBe(200);
  await sessions.admin.remove("provider", "on-and-off");
});

test("who deletes a provider is told which routes lead to it", async ({ page, gateway, sessions }) => {
  await own(sessions.admin, gateway.fleet, "leaving");
  await sessions.admin.put("route", "leads-there", {
    strategy: "ordered",
    targets: ["leaving/small", "quick/one"],
  });
  await page.goto("providers/leaving");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const asked = page.getByRole("dialog", { name: /^Delete leaving/ });
  await expect(asked).toContainText("1 model can no longer be called.");
  await expect(asked.getByRole("listitem")).toHaveText(["leads-there"]);
  await asked.getByRole("button", { name: "Cancel" }).click();
  expect(await configured(sessions.admin, "leaving")).toBe(true);
  await sessions.admin.put("route", "leads-there", { strategy: "ordered", targets: ["quick/one"] });
  await page.reload();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await asked.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/providers$/);
  expect(await configured(sessions.admin, "leaving")).toBe(false);
  expect((await gateway.ask("leaving/small", "gone?")).status).toBeGreaterThanOrEqual(400);
});

import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { PASSWORD } from "./gateway";
import { Session } from "./session";

const row = (page: Page, name: string) => page.getByRole("listitem").filter({ hasText: name });

async function doTo(page: Page, name: string, what: string): Promise<void> {
  await page.getByRole("button", { name: `More about ${name}` }).click();
  await page.getByRole("menuitem", { name: what }).click();
}

test("a user is added, given another role, kept out, let in again, and deleted", async ({
  page,
  gateway,
  complaints,
}) => {
  complaints.expect(/status of 4(00|22)/);
  await page.goto("users");
  await page.getByRole("button", { name: "Add a user" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a user" });
  await dialog.getByLabel("Name").fill("newcomer");
  await dialog.getByLabel("Password").fill("short");
  await dialog.getByRole("button", { name: "Add a user" }).click();
  // What is wrong is told at its field, and the rest stays.
  await expect(dialog.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Name")).toHaveValue("newcomer");
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Add a user" }).click();
  await expect(page.getByText("newcomer can sign in now.")).toBeVisible();
  await expect(row(page, "newcomer")).toContainText("Never signed in");
  const theirs = await Session.of(gateway.url, "newcomer");
  expect((await theirs.call("POST", "keys", { name: "by-a-newcomer", settings: {} })).status).toBe(403);

  await page.getByLabel("Role of newcomer").selectOption("operator");
  await expect(page.getByLabel("Role of newcomer")).toBeEnabled();
  await page.reload();
  await expect(page.getByLabel("Role of newcomer")).toHaveValue("operator");
  const now = await Session.of(gateway.url, "newcomer");
  expect((await now.call("POST", "keys", { name: "by-an-operator", settings: {} })).status).toBeLessThan(300);

  await doTo(page, "newcomer", "Keep out");
  await expect(row(page, "newcomer").getByText("kept out")).toBeVisible();
  expect((await now.call("GET", "me")).status).toBe(401);
  await expect(Session.of(gateway.url, "newcomer")).rejects.toThrow("signing in");
  await doTo(page, "newcomer", "Let in again");
  await expect(row(page, "newcomer").getByText("kept out")).toHaveCount(0);
  await Session.of(gateway.url, "newcomer");

  await doTo(page, "newcomer", "Delete");
  await page
    .getByRole("dialog", { name: "Delete newcomer?" })
    .getByRole("button", { name: "Delete" })
    .click();
  await expect(row(page, "newcomer")).toHaveCount(0);
  await expect(Session.of(gateway.url, "newcomer")).rejects.toThrow("signing in");
});

test("who lost a password gets another, and the old one opens nothing", async ({
  page,
  gateway,
  sessions,
}) => {
  await sessions.admin.makeUser("who-forgot");
  const before = await Session.of(gateway.url, "who-forgot");
  await page.goto("users");
  await doTo(page, "who-forgot", "Set another password");
  const dialog = page.getByRole("dialog", { name: "Another password for who-forgot" });
  await dialog.getByLabel("Password").fill("another long password");
  await dialog.getByRole("button", { name: "Set another password" }).click();
  await expect(page.getByText("The password was set.")).toBeVisible();
  expect((await before.call("GET", "me")).status).toBe(401);
  await expect(Session.of(gateway.url, "who-forgot")).rejects.toThrow("signing in");
  await Session.of(gateway.url, "who-forgot", "another long password");
});

test("nobody takes their own role away, and the last administrator stays", async ({ page, sessions }) => {
  await page.goto("users");
  await expect(row(page, "admin").first()).toContainText("you");
  await expect(page.getByLabel("Role of admin")).toBeDisabled();
  await page.getByRole("button", { name: "More about admin" }).click();
  for (const deed of ["Keep out", "Delete", "Set another password"])
    await expect(page.getByRole("menuitem", { name: deed })).toHaveAttribute("aria-disabled", "true");
  // What the page does not offer, the gateway refuses as well.
  const { items } = await sessions.admin.must<{ items: { id: string; name: string; role: string }[] }>(
    "GET",
    "users?limit=200",
  );
  const admins = items.filter(({ role }) => role === "admin");
  expect(admins.map(({ name }) => name)).toEqual(["admin"]);
  const at = `users/${admins[0]?.id}`;
  const tries: [string, unknown?][] = [
    ["PATCH", { role: "viewer" }],
    ["PATCH", { disabled: true }],
    ["DELETE"],
  ];
  for (const [method, body] of tries) {
    const { status } = await sessions.admin.call(method, at, body);
    expect(status, `${method} ${JSON.stringify(body)}`).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  }
  await page.reload();
  await expect(page.getByLabel("Role of admin")).toHaveValue("admin");
});

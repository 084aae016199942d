import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { type Gateway, PASSWORD } from "./gateway";
import { Session } from "./session";

test.use({ as: "nobody" });

/** Makes somebody, whose page this is from then on. */
async function become(page: Page, gateway: Gateway, admin: Session, name: string): Promise<void> {
  await admin.makeUser(name, "operator");
  await page.context().addCookies((await Session.of(gateway.url, name)).cookies);
}

test("a password is changed with the one before it, and other sessions end", async ({
  page,
  gateway,
  sessions,
  complaints,
}) => {
  complaints.expect(/status of 4\d\d/);
  await become(page, gateway, sessions.admin, "who-changes");
  const elsewhere = await Session.of(gateway.url, "who-changes");
  await page.goto("account");
  const change = async (current: string, next: string, again = next) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByLabel("New password again").fill(again);
    await page.getByRole("button", { name: "Change the password" }).click();
  };
  await change(PASSWORD, "another long password", "another long passwort");
  await expect(page.getByText("The two are not the same.")).toBeVisible();
  let tries = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/me/password")) tries += 1;
  });
  await change("not my password at all", "another long password");
  await expect(page.getByRole("alert")).toBeVisible();
  // A wrong password counts against whoever guesses: it is sent once.
  expect(tries).toBe(1);
  await expect(page.getByLabel("New password", { exact: true })).toHaveValue("another long password");
  expect((await elsewhere.call("GET", "me")).status).toBe(200);
  await change(PASSWORD, "another long password");
  await expect(page.getByText("The password was changed; other sessions have ended.")).toBeVisible();
  expect((await elsewhere.call("GET", "me")).status).toBe(401);
  await expect(Session.of(gateway.url, "who-changes")).rejects.toThrow("signing in");
  await Session.of(gateway.url, "who-changes", "another long password");
  // This page's own session goes on.
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Account and security");
});

test("a name is changed, and a name that is taken is refused where it stands", async ({
  page,
  gateway,
  sessions,
  complaints,
}) => {
  complaints.expect(/status of 4\d\d/);
  await become(page, gateway, sessions.admin, "who-renames");
  await page.goto("account");
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("admin");
  await page.getByRole("button", { name: "Save the name" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(name).toHaveValue("admin");
  await name.fill("who-renamed");
  await page.getByRole("button", { name: "Save the name" }).click();
  await expect(page.getByRole("button", { name: "Signed in as who-renamed" })).toBeVisible();
  await Session.of(gateway.url, "who-renamed");
});

test("a token for scripts is shown once, works as far as its role goes, and ends when it is revoked", async ({
  page,
  gateway,
  sessions,
}) => {
  await become(page, gateway, sessions.admin, "who-scripts");
  await page.goto("account?tab=tokens");
  await expect(page.getByText("No token yet")).toBeVisible();
  await page.getByLabel("What it is for").fill("nightly");
  await page.getByLabel("What it may do").selectOption("viewer");
  // Nobody gives away more than they have.
  await expect(page.getByLabel("What it may do").locator("option")).toHaveText(["Viewer", "Operator"]);
  await page.getByRole("button", { name: "Make a token" }).click();
  const shown = page.getByRole("dialog", { name: "Your new token" });
  const token = (await shown.locator("code").textContent()) ?? "";
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${gateway.url}api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  expect((await call("GET", "status")).status).toBe(200);
  expect((await call("POST", "keys", { name: "by-a-token", settings: {} })).status).toBe(403);
  await shown.getByRole("button", { name: "Close" }).click();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.reload();
  await expect(page.getByText(token)).toHaveCount(0);
  await page
    .getByRole("listitem")
    .filter({ hasText: "nightly" })
    .getByRole("button", { name: "Revoke" })
    .click();
  await expect(page.getByText("No token yet")).toBeVisible();
  expect((await call("GET", "status")).status).toBe(401);
});

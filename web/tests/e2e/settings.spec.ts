import { expect, test } from "./fixtures";

test("a setting is found, changed where it stands, and taken back to its default", async ({
  page,
  complaints,
}) => {
  complaints.expect(/status of 404/);
  await page.goto("settings");
  await page.getByRole("searchbox").fill("keep audit");
  await expect(page).toHaveURL(/find=keep/);
  const row = page.getByRole("listitem").filter({ hasText: "log.keep_audit" });
  await expect(row).toContainText("365d");
  await row.getByRole("button", { name: "Change log.keep_audit" }).click();
  await row.getByRole("textbox").fill("400d");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("from the console");
  await expect(row).toContainText("400d");
  await row.getByRole("button", { name: "Change log.keep_audit" }).click();
  await row.getByRole("button", { name: "Use the default" }).click();
  await expect(row).not.toContainText("from the console");
  await expect(row).toContainText("365d");
});

test("a value that cannot be is refused at its field, and what was typed stays", async ({
  page,
  complaints,
}) => {
  complaints.expect(/status of 4\d\d/);
  await page.goto("settings?find=sse_heartbeat");
  const row = page.getByRole("listitem").filter({ hasText: "sse_heartbeat" });
  await row.getByRole("button", { name: "Change sse_heartbeat" }).click();
  await row.getByRole("textbox").fill("soon");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByRole("alert")).toBeVisible();
  await expect(row.getByRole("textbox")).toHaveValue("soon");
});

test("what needs a restart says so when it was changed", async ({ page, complaints, sessions }) => {
  complaints.expect(/status of 404/);
  await page.goto("settings?find=shutdown_grace");
  const row = page.getByRole("listitem").filter({ hasText: "shutdown_grace" });
  await expect(row.getByText("needs a restart", { exact: true })).toBeVisible();
  await row.getByRole("button", { name: "Change shutdown_grace" }).click();
  await row.getByRole("textbox").fill("31s");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("taken at the next start of the gateway: shutdown_grace")).toBeVisible();
  const { version } = await sessions.admin.must<{ version: number }>("GET", "config");
  await sessions.admin.must("DELETE", `config/items/setting/shutdown_grace?base=${version}`);
});

test("what the file says is told with its owner and has no control", async ({ page }) => {
  await page.goto("settings?find=discover");
  const row = page.getByRole("listitem").filter({ hasText: "discover" }).first();
  await expect(row).toContainText("from the file");
  await expect(row.getByRole("button")).toHaveCount(0);
});

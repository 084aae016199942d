import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { barriers } from "./barriers";
import { test as base, expect } from "./fixtures";
import { Receiver } from "./receiver";
import type { Session } from "./session";

const test = base.extend<{ receiver: Receiver }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names that are wanted from here
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    await receiver.end();
  },
});

/** Whoever was told by a test before is told no more. */
async function nobody(admin: Session): Promise<void> {
  const { version } = await admin.must<{ version: number }>("GET", "config");
  await admin.call("DELETE", `config/items/setting/alerts?base=${version}`);
}

async function told(admin: Session, url: string): Promise<void> {
  await admin.must("PUT", "secrets/of-a-test", { value: url });
  await admin.put("setting", "alerts", { webhook: "vault:of-a-test" });
}

const host = (page: Page) => page.getByRole("definition").first();
const sent = (page: Page) => page.getByRole("table", { name: "What was sent" });

test.beforeEach(({ sessions }) => nobody(sessions.admin));
test.afterAll(({ sessions }) => nobody(sessions.admin));

test("an address is given, a signed test arrives, and neither address nor secret is shown again", async ({
  page,
  receiver,
  sessions,
  complaints,
}) => {
  // The setting is looked for before it is made.
  complaints.expect(/status of 404 .*setting\/alerts/);
  await page.goto("alerts");
  await expect(page.getByText("Nobody is told yet")).toBeVisible();
  await page.getByRole("button", { name: "Set up alerts" }).click();
  const sheet = page.getByRole("dialog", { name: "Where alerts go" });
  await sheet.getByLabel("Address").fill(receiver.url);
  await sheet.getByLabel("Tell again after").fill("6h");
  await sheet.getByRole("button", { name: "Make one" }).click();
  const secret = await sheet.getByLabel("Sign with").inputValue();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);

  await expect(host(page)).toContainText("127.0.0.1");
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByRole("region", { name: "Result of the test" })).toContainText("The test arrived");
  const { headers, text } = await receiver.message(1);
  expect(JSON.parse(text)).toMatchObject({ state: "test" });
  const [, at, hash] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-wye-signature"])) ?? [];
  expect(hash).toBe(createHmac("sha256", secret).update(`${at}.${text}`).digest("hex"));

  const row = sent(page).getByRole("row").filter({ hasText: "test" }).first();
  await expect(row).toContainText("arrived");
  await row.click();
  await expect(page).toHaveURL(/open=/);
  await expect(page.getByRole("dialog")).toContainText("204");
  await page.keyboard.press("Escape");

  // What is secret lies in the vault; the page and the configuration only refer to it.
  const { body } = await sessions.admin.must<{ body: Record<string, string> }>(
    "GET",
    "config/items/setting/alerts",
  );
  expect(body).toEqual({ webhook: "vault:alerts-webhook", secret: "vault:alerts-secret", repeat: "6h" });
  await page.getByRole("button", { name: "Change" }).click();
  await expect(sheet.getByLabel("Address")).toHaveValue("");
  await expect(sheet.getByLabel("Sign with")).toHaveValue("");
  await expect(page.getByText("secret-path")).toHaveCount(0);

  // What is left empty is kept.
  await sheet.getByLabel("Format").selectOption({ label: "Slack" });
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);
  await page.getByRole("button", { name: "Send a test" }).click();
  expect(Object.keys(JSON.parse((await receiver.message(2)).text))).toEqual(["text"]);
});

test("a receiver that refuses is told of, with its answer", async ({ page, receiver, sessions }) => {
  receiver.status = 410;
  await told(sessions.admin, receiver.url);
  await page.goto("alerts");
  await page.getByRole("button", { name: "Send a test" }).click();
  const result = page.getByRole("region", { name: "Result of the test" });
  await expect(result).toContainText("The test did not arrive");
  await expect(result).toContainText("410");
  await expect(sent(page).getByRole("row").nth(1)).toContainText("did not arrive");
});

test("what is no address is refused at its field, and what was typed stays", async ({
  page,
  sessions,
  complaints,
}) => {
  complaints.expect(/status of 4\d\d/);
  await sessions.admin.must("PUT", "secrets/of-a-test", { value: "https://hooks.example/x" });
  await page.goto("alerts?edit=yes");
  const sheet = page.getByRole("dialog", { name: "Where alerts go" });
  await sheet.getByLabel("Address").fill("ftp://files.example/x");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await expect(sheet.getByLabel("Address")).toHaveValue("ftp://files.example/x");
  await sheet.getByLabel("Address").fill("https://hooks.example/x");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);
  await expect(host(page)).toHaveText("hooks.example");
});

test("two people change where alerts go: the second sees both, but no secret", async ({
  page,
  receiver,
  sessions,
  complaints,
}) => {
  complaints.expect(/status of 409/);
  await told(sessions.admin, receiver.url);
  await page.goto("alerts?edit=yes");
  const sheet = page.getByRole("dialog", { name: "Where alerts go" });
  await sheet.getByLabel("Address").fill(`${receiver.url}/mine`);
  await sessions.admin.put("setting", "alerts", { webhook: "vault:of-a-test", least: "note" });
  await sheet.getByRole("button", { name: "Save" }).click();
  const conflict = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" });
  await expect(conflict).toContainText("least");
  await expect(conflict).not.toContainText("secret-path");
  await conflict.getByRole("button", { name: "Keep theirs" }).click();
  await expect(sheet.getByLabel("What is told")).toHaveValue("note");
  await expect(sheet.getByLabel("Address")).toHaveValue("");
});

test("the forms and what was sent are accessible", async ({ page, receiver, sessions }) => {
  await told(sessions.admin, receiver.url);
  await page.goto("alerts");
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(sent(page).getByRole("row").nth(1)).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Change" }).click();
  await expect(page.getByRole("dialog").getByLabel("Address")).toBeVisible();
  expect(await barriers(page)).toEqual([]);
});

test("what the file names is shown and tried, not changed", async ({ page, receiver, sessions }) => {
  await told(sessions.admin, receiver.url);
  // The file of these tests names no alerts, so that the other tests can change them.
  await page.route("**/api/v1/settings", async (route) => {
    const response = await route.fetch();
    const list = await response.json();
    for (const setting of list.items) {
      if (setting.path.startsWith("alerts.")) Object.assign(setting, { editable: false, owner: "file" });
    }
    await route.fulfill({ response, json: list });
  });
  await page.goto("alerts");
  await expect(page.getByText("The configuration file names it; it is changed there.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Change" })).toHaveCount(0);
  await page.getByRole("button", { name: "Send a test" }).click();
  await receiver.message(1);
});

test("what was sent is told in the reader's language", async ({ page, receiver, sessions }) => {
  await told(sessions.admin, receiver.url);
  await sessions.admin.must("POST", "alerts/test");
  await page.addInitScript(() => localStorage.setItem("wye.language", "zh"));
  await page.goto("alerts");
  const row = page.getByRole("table").getByRole("row").nth(1);
  await expect(row).toContainText("这是一条测试消息");
  await row.click();
  await expect(page.getByRole("dialog")).toContainText("这是一条测试消息");
});

test("an error is told, and asking again mends it", async ({ page, complaints }) => {
  complaints.expect(/status of 500/);
  let broken = true;
  await page.route("**/api/v1/alerts*", (route) =>
    broken
      ? route.fulfill({ status: 500, json: { title: "x", status: 500, detail: "out of order" } })
      : route.continue(),
  );
  await page.goto("alerts");
  await expect(page.getByRole("alert")).toContainText("out of order");
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Nobody is told yet")).toBeVisible();
});

test.describe("a viewer", () => {
  test.use({ as: "viewer" });

  test("sees where alerts go and what was sent, and no control", async ({ page, receiver, sessions }) => {
    await told(sessions.admin, receiver.url);
    await sessions.admin.must("POST", "alerts/test");
    await page.goto("alerts?edit=yes");
    await expect(sent(page).getByRole("row").nth(1)).toBeVisible();
    await expect(host(page)).toContainText("127.0.0.1");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page.locator("main").getByRole("button", { name: /test|Change|Set up/ })).toHaveCount(0);
    expect((await sessions.viewer.call("POST", "alerts/test")).status).toBe(403);
  });
});

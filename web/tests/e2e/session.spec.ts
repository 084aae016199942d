import { expect, test } from "./fixtures";
import { Gateway, PASSWORD } from "./gateway";
import { Session } from "./session";

test("a session that ends while a form is filled costs nothing that was typed", async ({
  page,
  complaints,
  gateway,
  sessions,
}) => {
  complaints.expect(/status of 40[14]/);
  await sessions.admin.makeUser("forgetful", "operator");
  await page.context().clearCookies();
  await page.context().addCookies((await Session.of(gateway.url, "forgetful")).cookies);
  await page.goto("keys");
  await page.getByRole("button", { name: "Make a key" }).first().click();
  const sheet = page.getByRole("dialog").first();
  await sheet.getByLabel("Name").first().fill("typed-before");
  await sheet.getByLabel("Owner").fill("Somebody patient");
  await page.context().clearCookies();
  await sheet.getByRole("button", { name: "Make a key" }).click();

  const again = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(again).toBeVisible();
  await expect(again.getByLabel("Name")).toHaveValue("forgetful");
  await again.getByLabel("Password").fill(PASSWORD);
  await again.getByRole("button", { name: "Sign in" }).click();
  // The call is made again by itself.
  await expect(page.getByRole("dialog", { name: "The key typed-before" })).toBeVisible();
  await page.getByRole("button", { name: "I have it" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "typed-before" })).toContainText(
    "Somebody patient",
  );
});

test("a gateway that is killed and started again is found again, and the form is as it was", async ({
  browser,
  complaints,
}) => {
  complaints.expect(/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|net::ERR/);
  const gateway = await Gateway.start();
  const { cookies } = await Session.of(gateway.url, "admin");
  const context = await browser.newContext({ baseURL: gateway.url, storageState: { cookies, origins: [] } });
  const page = await context.newPage();
  complaints.watch(page);
  try {
    await page.clock.install();
    await page.goto("keys");
    await page.getByRole("button", { name: "Make a key" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").first().fill("through-the-storm");
    await gateway.kill();
    await page.getByRole("dialog").getByRole("button", { name: "Make a key" }).click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("cannot be reached");
    // The page looks how the gateway is every quarter of a minute, and every second while it is away.
    await page.clock.fastForward(15_000);
    await expect(page.getByText("No connection to the gateway.")).toBeVisible();
    await gateway.again();
    await expect(page.getByText("No connection to the gateway.")).toBeHidden();
    await page.getByRole("dialog").getByRole("button", { name: "Make a key" }).click();
    await expect(page.getByRole("dialog", { name: "The key through-the-storm" })).toBeVisible();
  } finally {
    await context.close();
    await gateway.end();
  }
});

test("sessions are listed, and one of another browser is ended from here", async ({
  page,
  second,
  complaints,
}) => {
  complaints.expect(/status of 401/);
  const other = await second("admin");
  await other.goto("requests");
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Requests");
  await page.goto("account?tab=sessions");
  const others = page.getByRole("button", { name: "Sign it out" });
  await expect(others.first()).toBeVisible();
  const before = await others.count();
  await others.first().click();
  await expect(others).toHaveCount(before - 1);
});

import { expect, test } from "./fixtures";
import { Gateway, PASSWORD, Running } from "./gateway";

test.use({ as: "nobody" });
test.beforeEach(({ complaints }) => complaints.expect(/status of 40[013]/));

test("a new gateway is taken over with the code that it printed, once", async ({ browser, complaints }) => {
  const gateway = await Gateway.start({ blank: true });
  const page = await browser.newPage({ baseURL: gateway.url });
  complaints.watch(page);
  try {
    await page.goto("./");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome to Wye");
    await page.getByLabel("Set-up code").fill("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA");
    await page.getByLabel("Name").fill("first-person");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Make the administrator" }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await page.getByLabel("Set-up code").fill(await gateway.setupCode());
    await page.getByRole("button", { name: "Make the administrator" }).click();
    await expect(page).toHaveURL(/\/welcome$/);
    await expect(page.getByRole("button", { name: "Signed in as first-person" })).toBeVisible();
    // From now on there is a sign-in, and no set-up.
    await page.context().clearCookies();
    await page.goto("setup");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  } finally {
    await page.close();
    await gateway.end();
  }
});

test("the demo's console opens with the name and password that it prints", async ({
  browser,
  complaints,
}) => {
  const demo = Running.start(["demo", "--quiet", "--listen", "127.0.0.1:0"]);
  try {
    const url = await demo.says(/console\s+(http:\S+)/);
    const password = await demo.says(/the password of both is (\S+)/);
    const page = await browser.newPage({ baseURL: url });
    complaints.watch(page);
    await page.goto("./");
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await page.close();
  } finally {
    await demo.stop();
  }
});

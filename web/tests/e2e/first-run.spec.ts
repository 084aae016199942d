import type { Locator } from "@playwright/test";
import { expect, test } from "./fixtures";
import { Gateway, PASSWORD, Running } from "./gateway";
import { standIn } from "./vendor";

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

test("from a new gateway to a program's first answer: eight clicks, four fields", async ({
  browser,
  complaints,
  gateway: other,
}) => {
  // Nothing of what is to be made is there yet.
  complaints.expect(/status of 404/);
  const gateway = await Gateway.start({ blank: true });
  const page = await browser.newPage({ baseURL: gateway.url });
  complaints.watch(page);
  const effort = { clicks: 0, fields: 0 };
  const click = async (where: Locator) => {
    await where.click();
    effort.clicks += 1;
  };
  const fill = async (label: string, text: string) => {
    await page.getByLabel(label).fill(text);
    effort.fields += 1;
  };
  try {
    await standIn(page, "groq", `${other.fleet}/side/v1`, ["small"]);
    await page.goto("./");
    await fill("Set-up code", await gateway.setupCode());
    await fill("Name", "first-person");
    await fill("Password", PASSWORD);
    await click(page.getByRole("button", { name: "Make the administrator" }));
    await expect(page).toHaveURL(/\/welcome/);
    const step = page.locator('[aria-current="step"]');
    await expect(step).toContainText("Add a provider");

    await click(page.getByRole("button", { name: "Add Groq" }));
    await fill("API key", "sk-side");
    await click(page.getByRole("button", { name: "Test and add" }));
    await expect(step).toContainText("Ask something");

    await click(step.getByRole("link", { name: /^Ask / }));
    await expect(page.getByLabel("Your message")).toHaveValue("Say hello in three languages.");
    await click(page.getByRole("button", { name: "Send", exact: true }));
    await expect(page.getByRole("article")).toContainText("Answered by groq/small");

    await page.goBack();
    effort.clicks += 1;
    await click(page.getByRole("button", { name: "Go to: Give a program a key" }));
    await click(page.getByRole("button", { name: "Make the key" }));
    const key = (await page.getByRole("region", { name: "The key" }).textContent()) ?? "";
    await expect(page.getByRole("region", { name: "A first call" })).toContainText(
      `${gateway.url}v1/chat/completions`,
    );
    const answer = await gateway.ask("auto", "from a program", key.trim());
    expect([answer.status, answer.servedBy]).toEqual([200, "groq/small"]);
    expect(effort).toEqual({ clicks: 8, fields: 4 });
    // All of it is done, and the overview does not lead here any more.
    await page
      .locator("main")
      .getByRole("link", { name: /overview|later/i })
      .click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await expect(page.getByText("Start here")).toHaveCount(0);
  } finally {
    await page.close();
    await gateway.end();
  }
});

test("each of the first steps can be skipped, and the overview leads back to them", async ({
  browser,
  complaints,
}) => {
  const gateway = await Gateway.start({ blank: true });
  const page = await browser.newPage({ baseURL: gateway.url });
  complaints.watch(page);
  try {
    await page.goto("./");
    await page.getByLabel("Set-up code").fill(await gateway.setupCode());
    await page.getByLabel("Name").fill("in-a-hurry");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Make the administrator" }).click();
    const step = page.locator('[aria-current="step"]');
    for (const title of ["Add a provider", "Ask something", "Give a program a key"]) {
      await expect(step).toContainText(title);
      await step.getByRole("button", { name: "Skip" }).click();
    }
    await expect(step).toHaveCount(0);
    await page.getByRole("link", { name: "To the overview" }).click();
    await expect(page.getByText("Start here")).toBeVisible();
    await page.getByRole("link", { name: "First steps" }).click();
    await expect(step).toContainText("Add a provider");
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

import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { PAGES } from "./pages";

/** Who is signed in, and the stream of what happens: without them there is no page to look at. */
const NEEDED = /\/api\/v1\/(me|setup|session|live)(\?|$)/;
/** These show nothing but who is signed in. */
const FED = PAGES.filter((path) => !["account", "account?tab=factor"].includes(path));

/** Bars where text will be, or a list that says that it loads. */
const loading = (page: Page) =>
  page.locator('main [role="status"][aria-label="Loading"], main [role="status"]:text-is("Loading")');

const FAILED = Buffer.from(
  JSON.stringify({
    title: "Internal Server Error",
    status: 500,
    detail: "The database does not answer.",
  }),
).toString("base64");

/**
 * A gateway whose reads wait until they are let go, and fail while it is broken. Not by `page.route`, which would have the
 * browser ask for every script of each page anew.
 */
async function slow(page: Page) {
  const gateway = { broken: false, hold: () => {}, release: () => {} };
  let held = Promise.resolve();
  gateway.hold = () => {
    held = new Promise((done) => {
      gateway.release = done;
    });
  };
  const browser = await page.context().newCDPSession(page);
  browser.on("Fetch.requestPaused", async ({ requestId, request }) => {
    const isRead = request.method === "GET" && !NEEDED.test(request.url);
    if (isRead) await held;
    const done =
      isRead && gateway.broken
        ? browser.send("Fetch.fulfillRequest", {
            requestId,
            responseCode: 500,
            responseHeaders: [{ name: "content-type", value: "application/problem+json" }],
            body: FAILED,
          })
        : browser.send("Fetch.continueRequest", { requestId });
    // Whoever asked may have left the page meanwhile.
    await done.catch(() => undefined);
  });
  await browser.send("Fetch.enable", { patterns: [{ urlPattern: "*/api/v1/*" }] });
  return gateway;
}

test.beforeAll(({ sessions }) =>
  sessions.admin.put("route", "of-the-console", { strategy: "ordered", targets: ["quick/one", "quick/two"] }),
);

test("every page says that it loads, tells what failed, and shows it when it is tried again", async ({
  page,
  complaints,
}) => {
  test.setTimeout(180_000);
  complaints.expect(/status of 500/);
  const gateway = await slow(page);
  const main = page.locator("main");
  const alert = main.getByRole("alert").filter({ hasText: "The database does not answer." });
  const again = main.getByRole("button", { name: "Try again" });
  for (const path of FED) {
    await test.step(path, async () => {
      gateway.hold();
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(loading(page).first()).toBeVisible();
      await expect(alert).toHaveCount(0);
      gateway.broken = true;
      gateway.release();
      await expect(alert.first()).toBeVisible();
      await expect(loading(page)).toHaveCount(0);
      gateway.broken = false;
      await expect(async () => {
        // What is tried again goes from the page with its button.
        for (const button of await again.all()) await button.dispatchEvent("click", {}, { timeout: 200 });
        await expect(alert).toHaveCount(0, { timeout: 500 });
      }).toPass({ timeout: 15_000 });
      await expect(loading(page)).toHaveCount(0);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
  }
});

test("a page whose gateway is slow shows what comes when it comes", async ({ page }) => {
  const gateway = await slow(page);
  for (const [path, text] of [
    ["models?provider=quick", "quick/dear"],
    ["routes", "of-the-file"],
    ["keys", "tester"],
  ] as const) {
    gateway.hold();
    await page.goto(path);
    await expect(loading(page).first()).toBeVisible();
    await expect(page.locator("main").getByText(text)).toHaveCount(0);
    gateway.release();
    await expect(page.locator("main").getByText(text).first()).toBeVisible();
    await expect(page.locator("main").getByRole("alert")).toHaveCount(0);
  }
});

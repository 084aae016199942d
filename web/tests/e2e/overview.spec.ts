import type { Locator, Page } from "@playwright/test";
import { micros, money, whole } from "../../src/lib/format";
import { expect, test } from "./fixtures";
import type { Gateway } from "./gateway";
import type { Session } from "./session";
import { figure, known, sumsOf } from "./sums";

const picture = (page: Page, name: string) => page.getByRole("figure").filter({ hasText: `${name}:` });

/** Requests of which it is known what becomes of them: three that end well, and one that does not. */
async function traffic(gateway: Gateway, session: Session) {
  return known(session, 4, async () => {
    for (const prompt of ["one", "two", "three"]) await gateway.ask("quick/dear", prompt);
    await gateway.ask("quick/two", "please-fail for the overview");
  });
}

test("the figures are what the gateway says", async ({ page, gateway, sessions }) => {
  const sum = await traffic(gateway, sessions.admin);
  await page.goto("./");
  await expect(figure(page, "Requests")).toContainText(whole(sum.requests));
  await expect(figure(page, "Requests a second")).toContainText("/s in the last minute");
  await expect(figure(page, "Ended well")).toContainText(`${whole(sum.failed)} failed`);
  await expect(figure(page, "Tokens in")).toContainText(whole(sum.input));
  await expect(figure(page, "Tokens out")).toContainText(whole(sum.output));
  await expect(figure(page, "Whole answer, 95 of 100 within")).toContainText(micros(sum.total_us.p95));
  await expect(figure(page, "Cost")).toContainText(money(sum.cost_nano));

  const dear = (await sumsOf(sessions.admin, "deployment")).find(({ of }) => of === "quick/dear");
  const row = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "quick/dear" }) });
  const share = row.filter({ hasText: "%" });
  await expect(share).toContainText(`${whole(dear?.requests)} · `);
  await share.getByRole("link").click();
  await expect(page).toHaveURL(/requests\?.*model=dear/);
});

test("what is looked at over time stands in the address", async ({ page, gateway, sessions }) => {
  const sum = await traffic(gateway, sessions.admin);
  await page.goto("./");
  await expect(picture(page, "Requests")).toContainText(`ended well ${whole(sum.requests - sum.failed)}`);
  await expect(picture(page, "Requests")).toContainText(`failed ${whole(sum.failed)}`);

  await page.getByLabel("Told apart by", { exact: true }).selectOption({ label: "By model" });
  await expect(page).toHaveURL(/by=deployment/);
  const dear = (await sumsOf(sessions.admin, "deployment")).find(({ of }) => of === "quick/dear");
  await expect(picture(page, "Requests")).toContainText(`quick/dear ${whole(dear?.requests)}`);

  await page.getByRole("tab", { name: "Cost" }).click();
  await expect(page).toHaveURL(/chart=cost/);
  await expect(picture(page, "Cost")).toContainText(`quick/dear ${money(dear?.cost_nano)}`);

  // Errors are told by their share, and by how requests ended in numbers.
  await page.getByRole("tab", { name: "Errors" }).click();
  await page.getByLabel("Told apart by", { exact: true }).selectOption({ label: "By how they ended" });
  const codes = (await sumsOf(sessions.admin, "code")).filter(({ of }) => of !== "");
  expect(codes.length).toBeGreaterThan(0);
  for (const { of, failed } of codes)
    await expect(picture(page, "Errors")).toContainText(`${of} ${whole(failed)}`);
  await expect(picture(page, "Errors")).not.toContainText("ended well");

  await page.reload();
  await expect(page.getByRole("tab", { name: "Errors" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByLabel("Told apart by", { exact: true })).toHaveValue("code");

  // Percentiles of parts are not known, so nothing offers to tell speed apart.
  await page.getByRole("tab", { name: "Speed" }).click();
  await expect(picture(page, "Speed")).toContainText("first content, half within");
  await expect(page.getByLabel("Told apart by", { exact: true })).toHaveCount(0);
  const table = picture(page, "Speed").getByRole("table");
  await expect(table).toHaveCount(0);
  await picture(page, "Speed").getByText("As a table").click();
  await expect(table.getByRole("columnheader")).toHaveCount(5);
  // A day has 24 hours, and the newest is the first.
  await expect(table.getByRole("rowheader")).toHaveCount(24);
  await expect(table.getByRole("row").nth(1)).toContainText(/\d (ms|sec)/);
});

test("an address that names what there is not shows what is usual", async ({ page }) => {
  await page.goto("./?chart=nothing&by=nobody&last=1000y");
  await expect(page.getByRole("tab", { name: "Requests" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("radio", { name: "24 h" })).toBeChecked();
});

test("what cannot be had says so, and is asked for again", async ({ page, complaints }) => {
  complaints.expect(/status of 503/);
  let broken = true;
  await page.route("**/api/v1/series?*", (route) =>
    broken
      ? route.fulfill({
          status: 503,
          contentType: "application/problem+json",
          body: JSON.stringify({ detail: "the database does not answer" }),
        })
      : route.continue(),
  );
  await page.goto("./");
  const alert = page.getByRole("alert").filter({ hasText: "the database does not answer" });
  await expect(alert).toBeVisible();
  broken = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(picture(page, "Requests")).toBeVisible();
  await expect(alert).toHaveCount(0);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });
  test("what cannot wait stands above the charts, the rest below", async ({ page }) => {
    const advice = (kind: string, severity: string, subject: string) => ({
      kind,
      severity,
      subject,
      message: `${subject} needs somebody`,
      params: {},
      action: { kind: "open_route", subject },
    });
    const items = [advice("route_empty", "urgent", "a-route"), advice("new_kind", "soon", "another")];
    await page.route("**/api/v1/advice", (route) => route.fulfill({ json: { items } }));
    await page.goto("./");
    const urgent = page.getByText("No model is behind the route a-route.");
    const chart = picture(page, "Requests");
    const other = page.getByText("another needs somebody");
    for (const what of [urgent, chart, other]) await expect(what).toBeVisible();
    const top = async (what: Locator) => (await what.boundingBox())?.y ?? Number.NaN;
    expect(await top(urgent)).toBeLessThan(await top(chart));
    expect(await top(other)).toBeGreaterThan(await top(chart));
    await expect(page.getByText("a-route")).toHaveCount(1);
    // With room beside the charts, all of it stands in one card there.
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect(page.getByRole("listitem").filter({ hasText: /needs somebody|a-route/ })).toHaveCount(2);
    await expect(page.getByRole("heading", { name: /needs a person/ })).toHaveCount(1);
  });
});

test.describe("a viewer", () => {
  test.use({ as: "viewer" });
  test("sees how it goes, and nothing to change it with", async ({ page, gateway, sessions }) => {
    const sum = await traffic(gateway, sessions.admin);
    await page.goto("./");
    await expect(figure(page, "Requests")).toContainText(whole(sum.requests));
    await expect(picture(page, "Requests")).toBeVisible();
    await expect(page.locator("main").getByRole("button", { name: "Reset" })).toHaveCount(0);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { barriers, barriersOfBoth, colourBarriers } from "./barriers";
import { expect, test } from "./fixtures";
import { PAGES } from "./pages";
import { visit, whole } from "./visit";

const LOCALES = new URL("../../src/locales/en/", import.meta.url).pathname;

/** The keys of all words, as they stand on a page that lacks one: `col.at`. */
const KEYS = new Set(
  readdirSync(LOCALES).flatMap((area) => keysOf(JSON.parse(readFileSync(LOCALES + area, "utf8")))),
);

function keysOf(tree: object, above = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "object" ? keysOf(value, `${above}${key}.`) : [`${above}${key}`],
  );
}

// Each of these walks through many pages: they are shared out among the workers.
test.describe.configure({ mode: "parallel" });

test.beforeAll(async ({ gateway, sessions }) => {
  await sessions.admin.put("route", "of-the-console", {
    strategy: "ordered",
    targets: ["quick/one", "quick/two"],
  });
  await sessions.admin.put("team", "a-team", { limits: { rpm: 100 } });
  await sessions.admin.put("budget", "a-budget", { each_user: true, usd: 1, per: "month" });
  await gateway.ask("of-the-file", "for the pages");
  await gateway.ask("of-the-file", "please-fail for the pages");
});

// Each theme has a walk of its own: what is drawn in one and looked at in the other is not what anybody sees.
for (const [theme, look] of [
  ["light", barriers],
  ["dark", colourBarriers],
] as const) {
  test.describe(`in the ${theme}`, () => {
    test.use({ colorScheme: theme });
    test("every page is accessible", async ({ page }) => {
      test.setTimeout(300_000);
      for (const path of PAGES) {
        await test.step(path, async () => {
          await visit(page, path);
          expect.soft(await look(page), path).toEqual([]);
        });
      }
    });
  });
}

test("dialogs are accessible", async ({ page }) => {
  await page.goto("requests");
  await page.getByRole("row").nth(1).click();
  await expect(page.getByRole("dialog").getByRole("tablist")).toBeVisible();
  expect(await barriersOfBoth(page)).toEqual([]);
  await page.goto("keys");
  await page.getByRole("button", { name: "Make a key" }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await barriersOfBoth(page)).toEqual([]);
});

test("gates are accessible", async ({ page, complaints }) => {
  complaints.expect(/status of 401/);
  await page.context().clearCookies();
  await page.goto("login");
  await whole(page);
  expect(await barriersOfBoth(page)).toEqual([]);
});

for (const [language, word] of [
  ["th", /[\u0e00-\u0e7f]/],
  ["zh", /[\u4e00-\u9fff]/],
] as const) {
  test(`every page speaks ${language}, and lacks no word`, async ({ page }) => {
    test.setTimeout(180_000);
    await page.addInitScript((chosen) => localStorage.setItem("wye.language", chosen), language);
    for (const path of PAGES) {
      await visit(page, path);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      if (!path.startsWith("routes/")) await expect(page.getByRole("heading", { level: 1 })).toHaveText(word);
      // A word that is missing is shown as its key.
      const text = (await page.locator("main").textContent()) ?? "";
      const shown = text.match(/(?<![\w.])[a-zA-Z]\w*(?:\.\w+)+/g) ?? [];
      expect(
        shown.filter((word) => KEYS.has(word)),
        path,
      ).toEqual([]);
    }
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });
  test("no page scrolls sideways", async ({ page }) => {
    test.setTimeout(180_000);
    for (const path of PAGES) {
      await visit(page, path);
      const wide = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      expect(wide, path).toBeLessThanOrEqual(0);
    }
  });

  test("the menu opens, leads on and closes", async ({ page }) => {
    await page.goto("./");
    await page.getByRole("button", { name: "Open the menu" }).click();
    const menu = page.getByRole("dialog", { name: "Rooms" });
    await menu.getByRole("link", { name: "Requests" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Requests");
    await expect(menu).toBeHidden();
  });
});

test("language and theme are changed and remembered", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "Signed in as admin" }).click();
  await page.getByRole("menuitem", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Signed in as admin" }).click();
  await page.getByRole("menuitem", { name: "ไทย" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "th");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/[\u0e00-\u0e7f]/);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a path that is nobody's says so and leads back", async ({ page, complaints }) => {
  complaints.expect(/status of 404/);
  await page.goto("no/such/page");
  await expect(page.getByText("There is no such page")).toBeVisible();
  await page.getByRole("link", { name: "To the overview" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
});

test("the keyboard alone leads past the menu, through it, and into a request", async ({ page }) => {
  await page.goto("./");
  await whole(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await page.reload();
  await whole(page);
  const link = page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Requests" });
  for (let step = 0; step < 6 && !(await link.evaluate((node) => node === document.activeElement)); step++) {
    await page.keyboard.press("Tab");
  }
  await expect(link).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Requests");
  const rows = page.getByRole("table", { name: "Requests" }).getByRole("row");
  await rows.nth(1).focus();
  await page.keyboard.press("ArrowDown");
  await expect(rows.nth(2)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(rows.nth(2)).toBeFocused();
});

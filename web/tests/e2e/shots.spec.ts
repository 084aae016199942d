import { mkdirSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { Running } from "./gateway";
import { Session } from "./session";

const FOLDER = new URL("../../../docs/images/", import.meta.url).pathname;

// The pictures of the README, made from the demo with its own clients: SHOTS=1 npx playwright test shots.
test.skip(process.env.SHOTS !== "1", "pictures are made when SHOTS=1 asks for them");

test("pictures", async ({ browser }) => {
  test.setTimeout(240_000);
  mkdirSync(FOLDER, { recursive: true });
  const demo = Running.start(["demo", "--listen", "127.0.0.1:0"]);
  try {
    const url = await demo.says(/console\s+(http:\S+)/);
    const password = await demo.says(/the password of both is (\S+)/);
    const { cookies } = await Session.of(url, "admin", password);
    const open = (look: Parameters<Browser["newPage"]>[0]) =>
      browser.newPage({
        baseURL: url,
        storageState: { cookies, origins: [] },
        deviceScaleFactor: 1.5,
        ...look,
      });
    const shoot = async (page: Page, name: string) => {
      await expect(page.locator(".animate-pulse[style]")).toHaveCount(0);
      await page.screenshot({ path: `${FOLDER}${name}.png`, animations: "disabled" });
    };
    const desk = { viewport: { width: 1280, height: 800 } };

    const light = await open({ ...desk, colorScheme: "light" });
    await light.goto("./");
    // Enough has happened that there is something to see.
    await expect(light.locator('a[href*="requests?id="]').nth(30)).toBeAttached({ timeout: 120_000 });
    await light.reload();
    await expect(light.locator('a[href*="requests?id="]').nth(5)).toBeVisible();
    await shoot(light, "overview-light");

    const dark = await open({ ...desk, colorScheme: "dark" });
    await dark.goto("./");
    await expect(dark.locator('a[href*="requests?id="]').nth(3)).toBeVisible();
    await shoot(dark, "overview-dark");

    // A decision is kept a moment after its request: one that ended a while ago has it.
    await light.goto("requests?route=wye/auto&failed=false");
    await light.getByRole("row").nth(4).click();
    await expect(light.getByRole("region", { name: "What happened when" })).toBeVisible();
    await expect(light.getByRole("dialog").getByRole("table").first()).toBeVisible();
    await shoot(light, "request");

    await light.goto("routes/as-i-like-it");
    for (const [at, name] of ["sim-openai/swift", "sim-anthropic/sage", "sim-gemini/lens"].entries()) {
      await light.getByRole("button", { name: "Add a target" }).click();
      await light.getByLabel(`Target ${at + 1}`, { exact: true }).fill(name);
    }
    await light.getByLabel("Strategy").selectOption("weighted");
    await shoot(light, "route");

    const models = ["sim-openai/swift", "sim-anthropic/sage"];
    await light.goto(`playground?model=${models.join()}`);
    await light.getByLabel("Your message").fill("Explain what a gateway for language models is for.");
    await light.getByRole("button", { name: "Send", exact: true }).click();
    for (const model of models)
      await expect(light.getByRole("article", { name: model })).toContainText(`Answered by ${model}`);
    await light.evaluate(() => window.scrollTo(0, 0));
    await shoot(light, "playground");

    await light.goto("costs?last=24h&by=deployment");
    await expect(light.getByRole("link", { name: /sim-/ }).first()).toBeVisible();
    await shoot(light, "costs");

    const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: "light" });
    await phone.goto("./");
    await expect(phone.getByRole("heading", { level: 1 })).toBeVisible();
    await shoot(phone, "phone");
  } finally {
    await demo.stop();
  }
});

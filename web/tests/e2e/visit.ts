import type { Page } from "@playwright/test";
import { expect } from "./fixtures";

const room = (url: URL) => url.pathname.split("/")[1];

/**
 * Goes to a page as the console's own links do, without loading the console anew, which is what takes long. Pages of one
 * room share their heading, so that it could not be told when the next one stands there: those are loaded.
 */
export async function visit(page: Page, path: string): Promise<void> {
  const from = new URL(page.url());
  const to = from.protocol.startsWith("http") ? new URL(path, from.origin) : null;
  if (to === null || room(to) === room(from)) {
    await page.goto(path);
  } else {
    await page.evaluate((address) => {
      document.querySelector("main h1")?.setAttribute("data-left", "");
      history.pushState(null, "", address);
    }, to.href);
  }
  await whole(page);
}

/** Waits until a page has what it loads: its heading, and no bars where text will be. */
export async function whole(page: Page): Promise<void> {
  await expect(page.locator("h1:not([data-left])")).toBeVisible();
  await expect(page.locator(".animate-pulse[style]")).toHaveCount(0);
}

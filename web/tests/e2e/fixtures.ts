import { test as base, type ConsoleMessage, type Page } from "@playwright/test";
import { Gateway } from "./gateway";
import { Session } from "./session";

export { expect } from "@playwright/test";

type Role = "admin" | "operator" | "viewer";

/** What the browser complained about: errors of scripts, what the page's policy forbids, answers that are errors. */
class Complaints {
  private readonly said: string[] = [];
  private readonly expected: RegExp[] = [];

  watch(page: Page): void {
    page.on("pageerror", (error) => this.said.push(`thrown: ${error.message}`));
    page.on("console", (message: ConsoleMessage) => {
      const text = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" || /content security policy|missingKey/i.test(text))
        this.said.push(text);
    });
  }

  /** The test provokes this one. */
  expect(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  get unexpected(): string[] {
    return this.said.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

type Own = { as: Role | "nobody"; complaints: Complaints; second: (role: Role) => Promise<Page> };
type Shared = { gateway: Gateway; sessions: Record<Role, Session> };

/**
 * Tests with a gateway that runs as long as the worker does, and a page that is signed in as `as`. A page on which the
 * browser complained about anything that the test did not expect fails its test.
 */
export const test = base.extend<Own, Shared>({
  as: ["admin", { option: true }],
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names that are wanted from here
    async ({}, use) => {
      const gateway = await Gateway.start();
      await use(gateway);
      await gateway.end();
    },
    { scope: "worker" },
  ],
  sessions: [
    async ({ gateway }, use) => {
      const [admin, operator, viewer] = await Promise.all([
        Session.of(gateway.url, "admin"),
        Session.of(gateway.url, "operator"),
        Session.of(gateway.url, "viewer"),
      ]);
      await use({ admin, operator, viewer });
    },
    { scope: "worker" },
  ],
  baseURL: async ({ gateway }, use) => use(gateway.url),
  storageState: async ({ as, sessions }, use) =>
    use({ cookies: as === "nobody" ? [] : sessions[as].cookies, origins: [] }),
  complaints: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names that are wanted from here
    async ({}, use) => {
      const complaints = new Complaints();
      await use(complaints);
      base.expect(complaints.unexpected, "the browser complained").toEqual([]);
    },
    { auto: true },
  ],
  page: async ({ page, complaints }, use) => {
    complaints.watch(page);
    await use(page);
  },
  // Another person, in a browser of their own.
  second: async ({ browser, baseURL, complaints, gateway }, use) => {
    const opened: Page[] = [];
    await use(async (role) => {
      const { cookies } = await Session.of(gateway.url, role);
      const context = await browser.newContext({ baseURL, storageState: { cookies, origins: [] } });
      const page = await context.newPage();
      complaints.watch(page);
      opened.push(page);
      return page;
    });
    for (const page of opened) await page.context().close();
  },
});

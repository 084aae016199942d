import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

const target = (page: Page, number: number) => page.getByLabel(`Target ${number}`, { exact: true });

async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
}

test("a route is made, ordered with the keyboard, and traffic follows its order", async ({
  page,
  gateway,
  complaints,
}) => {
  // It is looked for before it is made.
  complaints.expect(/status of 404 .*route\/made-here/);
  await page.goto("routes");
  await page.getByRole("button", { name: "Make a route" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("made-here");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("made-here");
  for (const [at, name] of ["quick/one", "quick/two"].entries()) {
    await page.getByRole("button", { name: "Add a target" }).click();
    await target(page, at + 1).fill(name);
  }
  await save(page);
  expect((await gateway.ask("made-here", "first")).servedBy).toBe("quick/one");

  // Space lifts, an arrow moves, space drops; what is said aloud tells when each has happened.
  const said = page.locator("[id^=DndLiveRegion]");
  await page.getByRole("button", { name: "Move target 1", exact: true }).focus();
  await page.keyboard.press("Space");
  await expect(said).toHaveText("Now at place 1.");
  await page.keyboard.press("ArrowDown");
  await expect(said).toHaveText("Now at place 2.");
  await page.keyboard.press("Space");
  await expect(said).toHaveText("Put down at place 2.");
  await expect(target(page, 1)).toHaveValue("quick/two");
  await expect(target(page, 2)).toHaveValue("quick/one");
  // The focus has gone with the target, and saving leaves what is on the page where it is.
  await expect(page.getByRole("button", { name: "Move target 2", exact: true })).toBeFocused();
  await save(page);
  expect((await gateway.ask("made-here", "second")).servedBy).toBe("quick/two");

  await page.goto("routes");
  await expect(page.getByRole("link", { name: /made-here/ })).toBeVisible();
});

test("where a prompt would go is told without sending it", async ({ page }) => {
  await page.goto("routes/by-price");
  await page.getByLabel("Prompt").fill("What would this cost?");
  await page.getByRole("button", { name: "Where would it go?" }).click();
  await expect(page.getByText("First asked: quick/one")).toBeVisible();
});

test("a target that does not exist is refused where it stands", async ({ page, complaints }) => {
  complaints.expect(/status of 4\d\d/);
  await page.goto("routes/with-a-mistake");
  await page.getByRole("button", { name: "Add a target" }).click();
  await target(page, 1).fill("nobody/none");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(target(page, 1)).toHaveAttribute("aria-invalid", "true");
  await target(page, 1).fill("quick/one");
  await save(page);
});

test("what stands in the file is shown and cannot be changed here", async ({ page }) => {
  await page.goto("routes/of-the-file");
  await expect(page.getByText("The configuration file names it; it is changed there.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toHaveCount(0);
});

test("two people edit one route: neither is lost, and the second decides", async ({
  page,
  second,
  sessions,
  complaints,
  gateway,
}) => {
  complaints.expect(/status of 409/);
  await sessions.admin.put("route", "shared", { strategy: "ordered", targets: ["quick/one"] });
  const other = await second("operator");
  const begin = async (who: Page, name: string) => {
    await who.goto("routes/shared");
    await expect(target(who, 1)).toBeVisible();
    await target(who, 1).fill(name);
  };
  const conflict = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" });

  // Theirs is kept.
  await begin(page, "quick/dear");
  await begin(other, "quick/two");
  await save(other);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(conflict).toContainText("quick/two");
  await expect(conflict).toContainText("quick/dear");
  await conflict.getByRole("button", { name: "Back to editing" }).click();
  await expect(target(page, 1)).toHaveValue("quick/dear");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await conflict.getByRole("button", { name: "Keep theirs" }).click();
  await expect(target(page, 1)).toHaveValue("quick/two");
  expect((await gateway.ask("shared", "theirs")).servedBy).toBe("quick/two");

  // Mine is saved over it.
  await begin(page, "quick/dear");
  await begin(other, "quick/one");
  await save(other);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await conflict.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  expect((await gateway.ask("shared", "mine")).servedBy).toBe("quick/dear");
});

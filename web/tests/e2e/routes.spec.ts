import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

const target = (page: Page, number: number) => page.getByLabel(`Target ${number}`, { exact: true });

async function save(page: Page): Promise<void> {
  const written = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok());
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await written;
  // What was said of the save before may still be there.
  await expect(page.getByText("Saved", { exact: true }).last()).toBeVisible();
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
  await page.getByRole("dialog").getByRole("button", { name: "Continue" }).click();
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
  const entry = page.getByRole("link", { name: /made-here/ });
  await expect(entry).toContainText("In the order of the list");
  await expect(entry.locator("code")).toHaveText("ordered");
});

test("rules are written, ordered with the keyboard, and the first that holds decides", async ({
  page,
  gateway,
  sessions,
}) => {
  await sessions.admin.put("route", "by-rules", { strategy: "rules", targets: ["quick/one", "quick/two"] });
  await page.goto("routes/by-rules");
  for (const [at, pattern, model] of [
    [0, "apple", "two"],
    [1, "fruit", "one"],
  ] as const) {
    await page.getByRole("button", { name: "Add a pattern" }).click();
    // Letter by letter: a field that is drawn anew at each would lose the focus.
    await page.getByLabel("Text or regular expression").nth(at).click();
    await page.keyboard.type(pattern);
    await page.getByLabel("Then first").nth(at).fill(model);
  }
  await expect(page.getByLabel("Text or regular expression").first()).toHaveValue("apple");
  await save(page);
  expect((await gateway.ask("by-rules", "an apple is a fruit")).servedBy).toBe("quick/two");

  await page.getByRole("button", { name: "Move pattern 1", exact: true }).focus();
  await page.keyboard.press("Space");
  await expect(page.getByText("Now at place 1.")).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await expect(page.getByText("Now at place 2.")).toHaveCount(1);
  await page.keyboard.press("Space");
  await expect(page.getByLabel("Text or regular expression").first()).toHaveValue("fruit");
  await expect(page.getByRole("button", { name: "Move pattern 2", exact: true })).toBeFocused();
  await save(page);
  expect((await gateway.ask("by-rules", "an apple is a fruit")).servedBy).toBe("quick/one");
});

test("a rule is dragged to its place", async ({ page, sessions }) => {
  const rule = (pattern: string) => ({ pattern, target: 0 });
  await sessions.admin.put("route", "dragged", {
    strategy: "rules",
    targets: ["quick/one", "quick/two"],
    rules: { patterns: [rule("first"), rule("second"), rule("third")] },
  });
  await page.goto("routes/dragged");
  const handle = (number: number) =>
    page.getByRole("button", { name: `Move pattern ${number}`, exact: true });
  await handle(3).scrollIntoViewIfNeeded();
  const from = await handle(3).boundingBox();
  const to = await handle(1).boundingBox();
  if (!from || !to) throw new Error("the handles are not drawn");
  await page.mouse.move(from.x + 8, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, from.y - 20, { steps: 4 });
  await page.mouse.move(to.x + 8, to.y + 4, { steps: 8 });
  await page.mouse.up();
  const patterns = page.getByLabel("Text or regular expression");
  await expect(patterns.nth(0)).toHaveValue("third");
  await expect(patterns.nth(1)).toHaveValue("first");
  await expect(patterns.nth(2)).toHaveValue("second");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });
  test("targets and rules are ordered with a finger that only taps", async ({ page, gateway, sessions }) => {
    await sessions.admin.put("route", "tapped", {
      strategy: "rules",
      targets: ["quick/one", "quick/two", "quick/dear"],
      rules: { patterns: ["first", "second"].map((pattern) => ({ pattern, target: 0 })) },
    });
    await page.goto("routes/tapped");
    const move = (what: string) => page.getByRole("button", { name: `Move ${what}`, exact: true });
    await move("target 3 up").tap();
    await expect(page.getByText("Now at place 2.")).toHaveCount(1);
    // Whoever taps on finds the arrow under the finger's name again: the focus goes with the target.
    await expect(move("target 2 up")).toBeFocused();
    await expect(target(page, 2)).toHaveValue("quick/dear");
    await move("target 1 down").tap();
    await expect(move("target 2 down")).toBeFocused();
    await expect(target(page, 1)).toHaveValue("quick/dear");
    await expect(target(page, 2)).toHaveValue("quick/one");
    for (const end of ["target 1 up", "target 3 down", "pattern 1 up", "pattern 2 down"])
      await expect(move(end)).toHaveAttribute("aria-disabled", "true");
    const patterns = page.getByLabel("Text or regular expression");
    await move("pattern 2 up").tap();
    await expect(patterns.nth(0)).toHaveValue("second");
    await expect(patterns.nth(1)).toHaveValue("first");
    await save(page);
    expect((await gateway.ask("tapped", "the second, please")).servedBy).toBe("quick/dear");
  });
});

test("strategies stand in plain words, with the configuration's word and what they do", async ({
  page,
  complaints,
}) => {
  complaints.expect(/status of 404 .*route\/with-a-strategy/);
  await page.goto("routes/with-a-strategy");
  const strategy = page.getByLabel("Strategy");
  await expect(strategy).toHaveValue("ordered");
  await strategy.selectOption({ label: "Cheapest first (cheapest)" });
  await expect(strategy).toHaveValue("cheapest");
  await expect(page.getByText("What costs least for this request.")).toBeVisible();
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

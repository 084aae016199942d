import { expect, test } from "./fixtures";

test("what a version changed is told, and going back makes a new one that is like it", async ({
  page,
  gateway,
  sessions,
}) => {
  const team = (rpm: number) => sessions.operator.put("team", "with-a-past", { limits: { rpm } });
  await team(10);
  const { version } = await sessions.admin.must<{ version: number }>("GET", "config");
  await team(20);

  await page.goto("history");
  const entry = (number: number) => page.getByRole("button", { name: new RegExp(`^Version ${number}\\b`) });
  await expect(entry(version + 1)).toContainText("in force");
  await expect(page.getByRole("heading", { name: `Version ${version + 1}` })).toBeVisible();
  const main = page.locator("main");
  // The newest is shown first: what it changed, and who.
  await expect(main.getByText("before: − 10")).toBeVisible();
  await expect(main.getByText("after: + 20")).toBeVisible();
  await expect(main.getByText("limits.rpm")).toBeVisible();
  await expect(page.getByRole("button", { name: "Go back to it" })).toHaveCount(0);

  await entry(version).click();
  await expect(page).toHaveURL(new RegExp(`version=${version}$`));
  // What is new is told by its fields as well.
  await expect(main.getByText("added").first()).toBeVisible();
  await expect(main.getByText("limits.rpm")).toBeVisible();
  await expect(main.getByText("after: + 10")).toBeVisible();
  await expect(main.getByText("before:")).toHaveCount(0);
  await page.getByRole("radio", { name: "with now" }).click();
  await expect(main.getByText("before: − 10")).toBeVisible();
  await page.getByRole("button", { name: "Go back to it" }).click();
  const asked = page.getByRole("dialog", { name: `Go back to version ${version}?` });
  await asked.getByRole("button", { name: "Go back to it" }).click();
  await expect(page.getByText(`Version ${version + 2} is like version ${version}.`)).toBeVisible();
  await expect(entry(version + 2)).toContainText("in force");
  const { body } = await sessions.admin.must<{ body: unknown }>("GET", "config/items/team/with-a-past");
  expect(body).toEqual({ limits: { rpm: 10 } });
  // What was there all the while serves on.
  expect((await gateway.ask("of-the-file", "after going back")).status).toBe(200);
  await sessions.admin.remove("team", "with-a-past");
});

test("who goes back on top of somebody else's change is told, and nothing is lost", async ({
  page,
  sessions,
  complaints,
}) => {
  complaints.expect(/status of 409/);
  const team = (rpm: number) => sessions.operator.put("team", "contested", { limits: { rpm } });
  await team(1);
  const { version } = await sessions.admin.must<{ version: number }>("GET", "config");
  await team(2);
  await page.goto(`history?version=${version}`);
  await page.getByRole("button", { name: "Go back to it" }).click();
  await team(3);
  const asked = page.getByRole("dialog");
  await asked.getByRole("button", { name: "Go back to it" }).click();
  await expect(asked.getByRole("alert")).toBeVisible();
  const { body } = await sessions.admin.must<{ body: unknown }>("GET", "config/items/team/contested");
  expect(body).toEqual({ limits: { rpm: 3 } });
  await sessions.admin.remove("team", "contested");
});

test("the configuration is taken along as YAML, without any secret", async ({ page, sessions }) => {
  await sessions.admin.hide("never-exported", "sk-never-exported");
  await sessions.admin.put("team", "taken-along", { limits: { rpm: 4 } });
  await page.goto("history");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export as YAML" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^wye.*\.yaml$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  expect(text).toContain("taken-along");
  expect(text).not.toContain("sk-never-exported");
  await sessions.admin.remove("team", "taken-along");
});

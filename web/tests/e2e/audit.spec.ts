import { expect, test } from "./fixtures";

test("a change stands in the audit log with who made it, and is found by that", async ({
  page,
  sessions,
}) => {
  await sessions.operator.put("team", "audited", { limits: { rpm: 3 } });
  expect(
    (await sessions.operator.call("PUT", "config/items/team/audited", { body: { limits: 3 }, base: 0 }))
      .status,
  ).toBe(409);
  await page.goto("audit");
  await page.getByRole("textbox", { name: "Who" }).fill("operator");
  await page.getByRole("textbox", { name: "Who" }).press("Enter");
  await expect(page).toHaveURL(/actor=operator/);
  const rows = page.getByRole("table", { name: "Audit" }).getByRole("row").filter({ hasText: "audited" });
  await expect(rows.filter({ hasText: "done" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "failed" })).toHaveCount(1);
  await page.getByLabel("Outcome").selectOption("ok");
  await expect(page).toHaveURL(/outcome=ok/);
  await expect(rows).toHaveCount(1);
  await rows.first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("operator");
  await expect(dialog).toContainText("audited");
  await expect(dialog).toContainText("127.0.0.1");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Who" }).fill("nobody-of-this-name");
  await page.getByRole("textbox", { name: "Who" }).press("Enter");
  await expect(page.getByText("Nothing of that kind was done")).toBeVisible();
});

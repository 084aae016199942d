import { expect, test } from "./fixtures";

test.describe("a viewer", () => {
  test.use({ as: "viewer" });

  test("sees no control that changes anything", async ({ page }) => {
    const forbidden: [string, RegExp][] = [
      ["keys", /^Make a key|^More about/],
      ["keys?tab=teams", /^Make a team|^Edit/],
      ["keys?tab=budgets", /^Make a budget|^Edit/],
      ["routes", /^Make a route|^Templates/],
      ["routes/of-the-file", /^Save|^Delete|^Add a target/],
      ["requests", /^Export/],
      ["history", /back|restore/i],
      ["settings", /^Change|^Edit|^Save/],
    ];
    for (const [path, names] of forbidden) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator(".animate-pulse[style]")).toHaveCount(0);
      await expect(page.locator("main").getByRole("button", { name: names }), path).toHaveCount(0);
    }
    const rooms = page.getByRole("navigation", { name: "Rooms" });
    await expect(rooms.getByRole("link", { name: "Requests" })).toBeVisible();
    for (const room of ["Users", "Audit", "Playground"]) {
      await expect(rooms.getByRole("link", { name: room })).toHaveCount(0);
    }
  });

  test("is told, not shown an empty page, where the role does not reach", async ({ page, complaints }) => {
    complaints.expect(/status of 403/);
    for (const path of ["users", "audit"]) {
      await page.goto(path);
      await expect(page.getByText("Your role does not reach this")).toBeVisible();
    }
  });
});

test("what the console does not offer, the API refuses", async ({ sessions }) => {
  const { version } = await sessions.viewer.must<{ version: number }>("GET", "config");
  const body = { strategy: "ordered", targets: ["quick/one"] };
  const tries: [string, string, unknown?][] = [
    ["PUT", "config/items/route/by-a-viewer", { body, base: version }],
    ["POST", "keys", { name: "by-a-viewer", settings: {} }],
    ["DELETE", "keys/tester"],
    ["GET", "users"],
    ["GET", "audit"],
  ];
  for (const [method, path, sent] of tries) {
    expect((await sessions.viewer.call(method, path, sent)).status, `${method} ${path}`).toBe(403);
  }
  expect((await sessions.operator.call("GET", "users")).status).toBe(403);
});

test("a change without the page's own proof is refused, though the cookies are right", async ({
  gateway,
  sessions,
}) => {
  const cookie = sessions.admin.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const response = await fetch(`${gateway.url}api/v1/keys`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: JSON.stringify({ name: "forged", settings: {} }),
  });
  expect(response.status).toBe(403);
});

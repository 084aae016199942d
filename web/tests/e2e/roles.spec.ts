import { expect, test } from "./fixtures";
import { PAGES } from "./pages";
import { visit } from "./visit";

/** What is called so changes something, costs something, or takes something away, wherever it stands. */
const CHANGES =
  /^(Add|Check (all|\d)|Change|Delete|Edit|Export|Give|Go back|Keep|Let in|Make|More about|Move|Remove|Reset|Revoke|Save|Send|Set|Switch|Take|Templates|Test|Tick|Try its keys|Use the default)\b/;

test.describe("a viewer", () => {
  test.use({ as: "viewer" });

  /** Pages that are not the viewer's own, and things that are opened on them. */
  const others = [
    ...PAGES.filter((path) => !path.startsWith("account")),
    "models?name=quick/one",
    "providers/quick",
    "keys?find=tester",
    "providers/groq",
    "costs",
    "providers?add=groq",
    "./",
    "providers?add=custom",
    "alerts",
    "providers/quick?open=account",
  ];

  test("sees no control that changes anything", async ({ page, complaints }) => {
    test.setTimeout(120_000);
    complaints.expect(/status of 40[34]/);
    for (const path of others) {
      await visit(page, path);
      const main = page.locator("main");
      await expect(main.getByRole("button", { name: CHANGES }), path).toHaveCount(0);
      await expect(main.locator('[role="switch"]:not([disabled])'), path).toHaveCount(0);
      await expect(main.locator('input[type="password"], input[type="file"]'), path).toHaveCount(0);
    }
    const rooms = page.getByRole("navigation", { name: "Rooms" });
    await expect(rooms.getByRole("link", { name: "Requests" })).toBeVisible();
    for (const room of ["Users", "Audit", "Playground"]) {
      await expect(rooms.getByRole("link", { name: room })).toHaveCount(0);
    }
  });

  test("is told, not shown an empty page, where the role does not reach", async ({ page, complaints }) => {
    complaints.expect(/status of 403/);
    for (const path of ["users", "audit", "playground", "welcome"]) {
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

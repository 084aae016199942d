import { createHmac } from "node:crypto";
import { expect, test } from "./fixtures";
import { PASSWORD } from "./gateway";

test.use({ as: "nobody" });
// Who is not signed in is told so with a 401, which the browser notes.
test.beforeEach(({ complaints }) => complaints.expect(/status of 401/));

const stepNow = () => Math.floor(Date.now() / 30_000);

/** The code that an authenticator shows in a step of 30 s (RFC 6238). */
function codeOf(secret: string, at: number): string {
  const bits = [...secret.replace(/[\s=]/g, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(at));
  const mac = createHmac("sha1", key).update(step).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("a wrong password is refused, the right one leads to where one was going", async ({ page }) => {
  await page.goto("requests?key=tester");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("admin");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Requests");
  await expect(page).toHaveURL(/requests\?key=tester/);
  await page.getByRole("button", { name: "Signed in as admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.goto("requests");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
});

test("an address that leads elsewhere is not followed after the sign-in", async ({ page, gateway }) => {
  await page.goto("login?to=//example.com/");
  await page.getByLabel("Name").fill("viewer");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
  expect(page.url()).toBe(gateway.url);
});

test("a second factor is set up, asked for, and its recovery codes open once", async ({ page, sessions }) => {
  await sessions.admin.makeUser("two-factors");
  const signIn = async () => {
    await page.goto("login");
    await page.getByLabel("Name").fill("two-factors");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  const signOut = async () => {
    await page.getByRole("button", { name: "Signed in as two-factors" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  };
  const second = async (code: string) => {
    await page.getByLabel("Code of your authenticator").fill(code);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await signIn();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
  await page.goto("account?tab=factor");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  const secret = (await page.locator("form code").textContent()) ?? "";
  expect(secret).toMatch(/^[A-Z2-7]{16,}$/);
  const step = stepNow();
  await page.getByLabel("Code of the authenticator").fill(codeOf(secret, step));
  await page.getByRole("button", { name: "Switch it on" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("listitem")).toHaveCount(10);
  const [recovery = ""] = await dialog.getByRole("listitem").allTextContents();
  await dialog.getByRole("button", { name: "I have kept them" }).click();

  await signOut();
  await signIn();
  // The step that was used to switch it on is worth nothing any more; the next one is.
  await second(codeOf(secret, step));
  await expect(page.getByRole("alert")).toBeVisible();
  await second(codeOf(secret, step + 1));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");

  await signOut();
  await signIn();
  await second(recovery);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");

  await signOut();
  await signIn();
  await second(recovery);
  await expect(page.getByRole("alert")).toBeVisible();
});

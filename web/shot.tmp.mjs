import { chromium } from "@playwright/test";

const [, , base, out, ...paths] = process.argv;
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const ctx = await b.newContext({
  viewport: { width: Number(process.env.W || 1280), height: Number(process.env.H || 800) },
  colorScheme: process.env.DARK ? "dark" : "light",
  locale: process.env.LOC || "en-US",
});
const p = await ctx.newPage();
p.on("console", (m) => m.type() === "error" && console.log("console:", m.text()));
p.on("pageerror", (e) => console.log("pageerror:", e.message));
const user = process.env.WUSER || "admin",
  pass = process.env.WPASS || "a long enough password";
await p.goto(base);
await p.waitForSelector("h1");
if (p.url().includes("/setup")) {
  await p.getByRole("textbox").nth(0).fill(process.env.CODE);
  await p.getByRole("textbox").nth(1).fill(user);
  await p.locator("input[type=password]").fill(pass);
  await p.screenshot({ path: `${out}-setup.png` });
  await p.locator("button[type=submit]").click();
  await p.waitForURL("**/welcome");
} else if (p.url().includes("/login")) {
  await p.locator("input").nth(0).fill(user);
  await p.locator("input[type=password]").fill(pass);
  await p.locator("button[type=submit]").click();
  await p.waitForURL((u) => !u.pathname.includes("login"));
}
for (const path of paths) {
  await p.goto(new URL(path, base).toString());
  await p.waitForSelector("h1");
  await p.waitForTimeout(Number(process.env.WAIT || 1200));
  await p.screenshot({ path: `${out}-${path.replace(/\W+/g, "_")}.png`, fullPage: !!process.env.FULL });
}
await b.close();

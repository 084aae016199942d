import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const debian = "/usr/bin/chromium";
const executablePath = process.env.CHROMIUM ?? (existsSync(debian) ? debian : undefined);

// The console in a browser, against the gateway's own binary (WYE_BIN). Each worker has a gateway of its own, which its
// tests share, so files run side by side, but the tests of one only where it says so; no retries, because a test that is green the second
// time has told nothing.
export default defineConfig({
  testDir: "tests/e2e",
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    colorScheme: "light",
    // A trace doubles the time. What fails leaves a picture and fails again: TRACE=1 npx playwright test FILE.
    screenshot: "only-on-failure",
    trace: process.env.TRACE ? "retain-on-failure" : "off",
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: { executablePath, args: ["--no-sandbox"] },
  },
});

import { expect, test } from "./fixtures";

// The simulated judge writes what the prompt says that it should.
const rate = (number: number) => `How hard is this? [[category=rating;answer=${number}]]`;

test.beforeEach(({ sessions }) =>
  sessions.admin.put("route", "judged", {
    strategy: "judge",
    targets: ["quick/one", "quick/two"],
    judge: { model: "quick/dear", scale: 10 },
  }),
);

test("a judge is asked for real, and its rating, target, price and record are told", async ({
  page,
  sessions,
}) => {
  await page.goto("routes/judged");
  await expect(page.getByText("Asks the judge's model for real")).toBeVisible();
  const ask = page.getByRole("button", { name: "Ask the judge" });
  await expect(ask).toBeDisabled();
  await page.getByLabel("A prompt to rate").fill(rate(7));
  await ask.click();
  const box = page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Try the judge" }) })
    .last();
  await expect(box).toContainText("7 of 10 → quick/two");
  await expect(box).toContainText(/By the rules alone\s*quick\/one/);
  await expect(box).toContainText(/It cost\s*\$0\.\d/);
  await expect(box.getByRole("region", { name: "It wrote" })).toContainText("7");
  const link = await box.getByRole("link", { name: "Its record" }).getAttribute("href");
  const id = new URL(link ?? "", page.url()).searchParams.get("id");
  await expect(async () => {
    // Records are written a moment after the answer.
    const { status, body } = await sessions.admin.call("GET", `requests/${id}`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain("judge");
  }).toPass();
});

test("what stands in the form is asked, saved or not", async ({ page, sessions }) => {
  await page.goto("routes/judged");
  await page.getByLabel("Steps of the scale").fill("100");
  await page.getByLabel("A prompt to rate").fill(rate(7));
  await page.getByRole("button", { name: "Ask the judge" }).click();
  await expect(page.getByText("7 of 100 → quick/one")).toBeVisible();
  const { body } = await sessions.admin.must<{ body: { judge: unknown } }>(
    "GET",
    "config/items/route/judged",
  );
  expect(body.judge).toEqual({ model: "quick/dear", scale: 10 });
});

test("a judge without a rating and one that is nobody are told apart", async ({ page, complaints }) => {
  complaints.expect(/status of 4\d\d .*route\/judge/);
  await page.goto("routes/judged");
  await page.getByLabel("A prompt to rate").fill("How hard is this? [[category=rating;answer=none]]");
  await page.getByRole("button", { name: "Ask the judge" }).click();
  await expect(page.getByText("It gave no rating, so the rules choose.")).toBeVisible();
  await page.getByLabel("Who rates").fill("nobody/none");
  await page.getByRole("button", { name: "Ask the judge" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "judge.model" })).toBeVisible();
});

import { expect, test } from "./fixtures";

test("a key that is made in the guide stands in every line, and opens the gateway", async ({
  page,
  gateway,
}) => {
  const address = gateway.url.replace(/\/$/, "");
  await page.goto("guide?model=quick/one");
  const lines = page.locator("main pre");
  await expect(page.getByLabel("Address of the gateway")).toHaveValue(address);
  await expect(lines).toContainText(["YOUR_KEY"]);
  await expect(page.getByText("YOUR_KEY stands where your key belongs")).toBeVisible();
  await page.getByRole("button", { name: "Make a key now" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a key now" });
  await dialog.getByLabel("Name of the key").fill("of-the-guide");
  await dialog.getByRole("button", { name: "Make a key now" }).click();
  await expect(page.getByText("of-the-guide is made and stands in the lines below.")).toBeVisible();
  const key = await page.getByLabel("The key itself").inputValue();
  expect(key.length).toBeGreaterThan(20);
  const answer = await gateway.ask("quick/one", "from the guide", key);
  expect([answer.status, answer.servedBy]).toEqual([200, "quick/one"]);
  await expect(page).toHaveURL(/key=of-the-guide/);
  expect(page.url()).not.toContain(key);

  for (const program of await page.getByRole("navigation", { name: "Program" }).getByRole("button").all()) {
    await program.click();
    const title = (await program.textContent()) ?? "";
    await expect(page.getByRole("heading", { level: 2, name: title, exact: true })).toBeVisible();
    const text = (await page.locator("main").textContent()) ?? "";
    expect(text, title).toContain(key);
    expect(text, title).toContain(address);
    expect(text, title).not.toMatch(/YOUR_(KEY|MODEL)/);
  }
  // The key is gone with the page, and was nowhere but on it.
  expect(
    await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie])),
  ).not.toContain(key);
  await page.reload();
  await expect(page.getByLabel("The key itself")).toHaveValue("");
});

test("model, program and address are chosen, and the first two stand in the page's address", async ({
  page,
}) => {
  await page.goto("guide");
  const lines = page.locator("main pre");
  await page
    .getByRole("navigation", { name: "Program" })
    .getByRole("button", { name: "OpenAI, Node" })
    .click();
  await expect(page).toHaveURL(/for=openai-node/);
  const model = page.getByRole("combobox", { name: "Model" });
  await model.click();
  await model.fill("quick/two");
  await model.press("Enter");
  await expect(page).toHaveURL(/model=quick%2Ftwo/);
  await expect(lines.last()).toContainText('model: "quick/two"');
  await page.reload();
  await expect(lines.last()).toContainText('model: "quick/two"');
  await page.getByLabel("Address of the gateway").fill("https://llm.example/");
  await expect(lines.last()).toContainText('baseURL: "https://llm.example/v1"');
});

test("a key of another name is noticed by its end", async ({ page, sessions }) => {
  await sessions.admin.must("POST", "keys", { name: "by-its-end", settings: {} });
  await page.goto("guide?key=by-its-end");
  await page.getByLabel("The key itself").fill("sk-something-else-altogether");
  await expect(page.getByText("This is not the end of by-its-end: it may be another key.")).toBeVisible();
});

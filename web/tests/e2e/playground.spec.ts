import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

const card = (page: Page, model: string) => page.getByRole("article", { name: model });

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Your message").fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

/** Waits until an answer has ended. */
async function whole(page: Page, model: string): Promise<void> {
  await expect(card(page, model)).toHaveAttribute("aria-busy", "false");
}

test("an answer is shown as it comes, and is stopped where it is", async ({ page }) => {
  await page.goto("playground?model=quick/one");
  await say(page, "please-stall in the middle");
  // The provider has stopped talking: what is there was shown before the answer's end.
  await expect(card(page, "quick/one")).toContainText("This is");
  await expect(card(page, "quick/one")).toHaveAttribute("aria-busy", "true");
  await card(page, "quick/one").getByRole("button", { name: "Stop" }).click();
  await whole(page, "quick/one");
  await expect(card(page, "quick/one").getByText("Stopped").last()).toBeVisible();
  await expect(card(page, "quick/one")).toContainText("This is");
  await say(page, "and now to the end");
  await expect(card(page, "quick/one").last()).toContainText('This is one answering "and now to the end"');
  await expect(card(page, "quick/one").last()).toContainText("Answered by quick/one");
});

test("two models answer the same side by side, each with its time, tokens and cost", async ({
  page,
  complaints,
}) => {
  // Whoever opens a record at once may be sooner than its writer; it is asked for again.
  complaints.expect(/status of 404 .*requests\//);
  await page.goto("playground?model=quick/one");
  await page.getByRole("button", { name: "Add a model" }).click();
  const second = page.getByRole("combobox", { name: "Model 2" });
  await second.click();
  await second.fill("quick/tw");
  await page.getByRole("option", { name: /quick\/two/ }).click();
  await expect(page).toHaveURL(/model=quick%2Fone%2Cquick%2Ftwo/);
  await page.getByLabel("Your message").fill("What is a wye?");
  await page.keyboard.press("Enter");
  for (const name of ["one", "two"]) {
    const answer = card(page, `quick/${name}`);
    await expect(answer).toContainText(`This is ${name} answering "What is a wye?"`);
    await expect(answer).toContainText(/Tokens\s*\d+ → \d+/);
    await expect(answer).toContainText(/Cost\s*\$0\.0/);
    await expect(answer).toContainText(/First words\s*\d/);
  }
  // Its record has an address.
  await card(page, "quick/two").getByRole("link", { name: "The request" }).click();
  await expect(page.getByRole("dialog").getByRole("tablist")).toBeVisible();
  await expect(page.getByRole("dialog")).toContainText("quick/two");
});

test("a tool is called, answered by hand, and the answer goes on from it", async ({ page }) => {
  await page.goto("playground?model=quick/one");
  await page.getByLabel("Tools", { exact: true }).first().check();
  await say(page, "What is the weather in Paris?");
  const answer = card(page, "quick/one");
  await expect(answer).toContainText("It wants to call get_weather");
  await expect(answer).toContainText("Paris");
  await answer.getByLabel("What get_weather gives back").fill('{"celsius": 21}');
  await answer.getByRole("button", { name: "Send the results" }).click();
  await expect(answer).toContainText('one heard from the tools: {"celsius": 21}');
});

test("a picture goes along, and a file that is none is refused by its name", async ({ page }) => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  await page.goto("playground?model=quick/one");
  const files = page.locator('input[type="file"]');
  await files.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("notes") });
  await expect(page.getByRole("alert")).toContainText("notes.txt");
  await files.setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: png });
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("img", { name: "dot.png" })).toBeVisible();
  await say(page, "What is this?");
  await expect(card(page, "quick/one")).toContainText("I was given image image/png");
});

test("an answer by a schema is JSON of that shape, and a schema that is none cannot be sent", async ({
  page,
}) => {
  await page.goto("playground?model=quick/one");
  const tick = page.getByRole("checkbox", { name: "Answer by a JSON schema" });
  await tick.check();
  const schema = page.getByRole("textbox", { name: "Answer by a JSON schema" });
  await schema.fill("{ not json");
  await expect(page.getByText("This has to be a JSON object.")).toBeVisible();
  await page.getByLabel("Your message").fill("Which city?");
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
  await schema.fill(
    '{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}',
  );
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await whole(page, "quick/one");
  await expect(card(page, "quick/one")).toContainText('{"town":');
});

test("what failed says so where the answer would be, with what to do, and can be asked again", async ({
  page,
  complaints,
}) => {
  complaints.expect(/status of (40[04]|502)/);
  await page.goto("playground?model=quick/one,quick/two");
  await say(page, "please-fail this time");
  for (const model of ["quick/one", "quick/two"]) {
    const refusal = card(page, model).getByRole("alert");
    await expect(refusal.locator("code")).toHaveText("caller_rejected");
    await expect(refusal).toContainText("Change what the message names, or choose another model.");
  }
  await page.getByRole("button", { name: "Edit and send again" }).click();
  await page.getByRole("textbox", { name: "Edit and send again" }).fill("and now please do not");
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(card(page, "quick/two")).toContainText('This is two answering "and now please do not"');
  await expect(page.getByRole("alert")).toHaveCount(0);
  // A model that there is not is told as well.
  await page.goto("playground?model=quick/never-heard-of");
  await say(page, "hello?");
  await expect(card(page, "quick/never-heard-of").getByRole("alert")).toBeVisible();
});

test("the request is copied as code with its model, and without the page's key", async ({
  page,
  gateway,
}) => {
  await page.goto("playground?model=quick/two");
  await page.getByLabel("Your message").fill("It's me");
  await page.getByRole("button", { name: "As code" }).click();
  const code = page.getByRole("dialog").getByRole("region", { name: "As code" });
  await expect(code).toContainText(`${gateway.url}v1/chat/completions`);
  await expect(code).toContainText('"model": "quick/two"');
  await expect(code).toContainText("Bearer YOUR_KEY");
  await page.getByRole("dialog").getByRole("radio", { name: "Python" }).click();
  await expect(code).toContainText("from openai import OpenAI");
  await expect(code).toContainText("quick/two");
  await expect(code).toContainText("It's me");
});

test("a conversation survives a reload of the tab, and starting over forgets it", async ({ page }) => {
  await page.goto("playground?model=quick/one");
  await say(page, "Remember this");
  await expect(card(page, "quick/one")).toContainText('answering "Remember this"');
  await whole(page, "quick/one");
  await page.getByLabel("Your message").fill("half a thought");
  await page.reload();
  await expect(page.getByLabel("Your message")).toHaveValue("half a thought");
  await expect(card(page, "quick/one")).toContainText('answering "Remember this"');
  await page.getByRole("button", { name: "Start over" }).click();
  await expect(card(page, "quick/one")).toHaveCount(0);
  await page.reload();
  await expect(page.getByText("Nothing said yet")).toBeVisible();
});

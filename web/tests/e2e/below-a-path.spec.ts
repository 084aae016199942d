import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "./fixtures";

test("the console works below a path of a proxy that takes the path off", async ({ page, gateway }) => {
  const inner = new URL(gateway.url);
  const proxy = createServer((incoming, outgoing) => {
    const path = /^\/wye(\/.*)$/.exec(incoming.url ?? "")?.[1];
    if (!path) {
      outgoing.writeHead(404).end();
      return;
    }
    const { hostname, port } = inner;
    const onward = request(
      { hostname, port, path, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/wye/`;
  try {
    await page.goto(`${base}routes/of-the-file`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("of-the-file");
    await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Requests" }).click();
    await expect(page).toHaveURL(`${base}requests`);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Requests");
    // Changes go through as well: the page's proof is read from its cookie.
    await page.goto(`${base}keys`);
    await page.getByRole("button", { name: "Make a key" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").first().fill("made-below");
    await page.getByRole("dialog").getByRole("button", { name: "Make a key" }).click();
    await expect(page.getByRole("dialog", { name: "The key made-below" })).toBeVisible();
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(page.getByText("listening", { exact: true })).toBeVisible();
  } finally {
    // The stream of what happens would be cut off by the proxy's end.
    await page.close();
    proxy.closeAllConnections();
    await new Promise((done) => proxy.close(done));
  }
});

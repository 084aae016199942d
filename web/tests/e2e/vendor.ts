import type { Page } from "@playwright/test";

/**
 * Has what the console sends about a known provider name the simulated one's address: there is no internet where these
 * tests run. All else is as the page sends it, and the gateway calls what it is told to call.
 */
export async function standIn(page: Page, id: string, address: string, models: string[]): Promise<void> {
  await page.route("**/api/v1/providers/try", (route) =>
    route.continue({ postData: { ...route.request().postDataJSON(), base_url: address } }),
  );
  await page.route(`**/api/v1/config/items/provider/${id}`, (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const sent = route.request().postDataJSON();
    return route.continue({ postData: { ...sent, body: { ...sent.body, base_url: address, models } } });
  });
}

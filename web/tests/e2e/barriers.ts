import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

type Only = { type: "tag" | "rule"; values: string[] };

const ALL: Only = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
const COLOURS: Only = { type: "rule", values: ["color-contrast"] };

async function look(page: Page, runOnly: Only): Promise<string[]> {
  // The console has no frames: without what is for them no second page is opened for each look. What passes is not told.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ runOnly, resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`).join("\n  ")}`,
  );
}

/** What WCAG 2.1 AA forbids on a page as it stands. */
export const barriers = (page: Page): Promise<string[]> => look(page, ALL);

/** What it forbids of colours alone: in the dark, nothing else differs. */
export const colourBarriers = (page: Page): Promise<string[]> => look(page, COLOURS);

/** What it forbids on a page as it stands, and then in the dark. */
export async function barriersOfBoth(page: Page): Promise<string[]> {
  const light = await barriers(page);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await colourBarriers(page);
  await page.emulateMedia({ colorScheme: "light" });
  return [...light, ...dark.map((found) => `dark, ${found}`)];
}

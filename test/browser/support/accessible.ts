import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** What of axe depends on the colours; all else is the same in both schemes. */
const rulesOfColour = ["color-contrast", "link-in-text-block"];

/** Runs axe on the page, in both colour schemes: it finds nothing, by the rules of WCAG 2.2 AA and by its own of good practice. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    // Colours that are on their way to others are none to judge.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = await page.evaluate(runAxe, colorScheme === "dark" ? rulesOfColour : undefined);
    expect(found, `${page.url()} (${colorScheme})`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

async function runAxe(only: string[] | undefined): Promise<string[]> {
  const loaded = (window as unknown as { axe: typeof axe }).axe;
  const { violations } = await loaded.run(
    document,
    only ? { runOnly: only } : { rules: { "target-size": { enabled: true } } },
  );
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** Nothing sticks out at the side, at any width; wide things scroll in their own boxes. */
export async function expectFits(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const width of [320, 360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.body.clientWidth);
    expect(over, `${page.url()} at ${width} px`).toBeLessThanOrEqual(0);
  }
  if (before) await page.setViewportSize(before);
}

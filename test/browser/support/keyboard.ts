import type { Page } from "playwright-core";
import { expect } from "vitest";

/** What has the focus: its name as people hear it, and whether one sees that it has it. */
interface Stop {
  name: string;
  outlined: boolean;
}

/**
 * Walks through a page with the Tab key alone, from its beginning to its end.
 *
 * @returns the names of what has had the focus, in order. Each is seen to have it, and none keeps it.
 */
export async function walkByKeyboard(page: Page): Promise<string[]> {
  const stops: string[] = [];
  await page.evaluate(() => {
    // Begins at the top, also where a field takes the focus by itself.
    document.body.tabIndex = -1;
    document.body.focus();
  });
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(describeFocus);
    if (stop === undefined) return stops;
    expect(stop.outlined, `the focus on "${stop.name}" of ${page.url()} is seen`).toBe(true);
    stops.push(stop.name);
  }
  throw new Error(`The Tab key comes to no end on ${page.url()}: ${stops.slice(0, 10).join(", ")} …`);
}

function describeFocus(): Stop | undefined {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || element === document.body) return undefined;
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return {
    name: (element.getAttribute("aria-label") ?? label ?? element.textContent ?? "").trim(),
    outlined: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
  };
}

/** Presses Tab until what has this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(describeFocus);
    if (stop?.name === name) return;
  }
  throw new Error(`The Tab key does not come to "${name}" on ${page.url()}.`);
}

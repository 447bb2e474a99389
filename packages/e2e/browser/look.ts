import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, type TestInfo } from '@playwright/test';

/** How far a page reaches beyond the right edge of the window, in pixels. */
const OVERHANG = 'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)';

/**
 * Keeps a picture of a page among the output of the test, and finds nothing on it that keeps people out. `scripts`: axe
 * is one, so without them there is the picture alone.
 */
export async function look(page: Page, info: TestInfo, name: string, scripts = true): Promise<void> {
  await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true, scale: 'css' });
  expect(await page.evaluate<number>(OVERHANG), `${name} must not be scrolled sideways`).toBe(0);
  if (!scripts) return;
  // Legacy: without a page of its own to gather what frames tell, for there are none; it takes a third of the time.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const found = violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((node) => node.html).join(' ')}`,
  );
  expect(found, `what axe finds on ${name}`).toEqual([]);
}

import { expect, type Locator, type Page, test } from '@playwright/test';
import { type LargeCloud, LONGEST_NAME, largeCloud } from '../src/support/forty-services.ts';
import { look } from './look.ts';

/** How far an explanation may be from what it explains, in pixels. */
const BESIDE = 10;

let large: LargeCloud;
test.beforeAll(async () => {
  large = await largeCloud();
});
test.afterAll(() => large?.[Symbol.asyncDispose]());

test.beforeEach(async ({ page, isMobile }) => {
  if (!isMobile) await page.setViewportSize({ width: 1440, height: 900 });
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(large.cloud.url);
  await expect(page.getByRole('status')).toHaveText('live');
});

const graph = (page: Page) => page.getByRole('group', { name: /^Who may call whom/ });
const box = (page: Page, name: string) => graph(page).getByRole('button', { name, exact: true });
const cell = (page: Page, name: string) => page.getByRole('table').getByRole('button', { name: `${name}: ` });
const cells = (page: Page) => page.getByRole('table').getByRole('button');
const why = (page: Page) => page.getByRole('dialog', { name: 'Why' });

/** Pixels between two elements that both are in the window; 0 where they overlap. */
async function between(page: Page, one: Locator, other: Locator): Promise<number> {
  const window = page.viewportSize() ?? { width: 0, height: 0 };
  const [a, b] = [await one.boundingBox(), await other.boundingBox()];
  if (a === null || b === null) throw new Error('One of the two is not seen.');
  for (const { x, y, width, height } of [a, b]) {
    // Whole pixels: what is scrolled to ends in a fraction of one.
    expect(Math.ceil(Math.min(x, y))).toBeGreaterThanOrEqual(0);
    expect(Math.floor(x + width)).toBeLessThanOrEqual(window.width);
    expect(Math.floor(y + height)).toBeLessThanOrEqual(window.height);
  }
  return Math.max(0, a.x - (b.x + b.width), b.x - (a.x + a.width), a.y - (b.y + b.height), b.y - (a.y + a.height));
}

/** The middle of a line, in the window. */
function middleOf(page: Page, caller: string, receiver: string): Promise<{ x: number; y: number }> {
  return page.evaluate<{ x: number; y: number }>(`(() => {
    const line = document.querySelector('[id="line-${caller} ${receiver}"] .edge');
    const { x, y } = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
    return { x, y };
  })()`);
}

test('every edge of forty services is there, and no page is wider than the window', async ({ page }, info) => {
  await expect(cells(page)).toHaveCount(42 * 40);
  await expect(cell(page, `checkout-api to ${LONGEST_NAME}`)).toHaveAccessibleName(/: allowed$/);
  await expect(cell(page, 'anonymous to search-store')).toHaveAccessibleName(/: 403$/);
  // For axe there are too many: the same is looked at in smaller numbers below.
  await look(page, info, '1-forty', false);
});

test('the token inspector is within ten presses of the Tab key', async ({ page }) => {
  const field = page.getByLabel('A token, as it is sent.');
  const isThere = () => page.evaluate<boolean>(`document.activeElement.id === 'token'`);
  let presses = 0;
  for (; presses < 20 && !(await isThere()); presses++) await page.keyboard.press('Tab');
  expect(presses).toBeLessThanOrEqual(10);
  // By the link at the top.
  await page.getByRole('link', { name: 'Token inspector' }).press('Enter');
  await page.keyboard.press('Tab');
  await expect(field).toBeFocused();
});

test('the graph becomes larger and smaller, by the mouse and by keys', async ({ page }) => {
  const slider = page.getByLabel('Zoom');
  const width = async () => (await graph(page).boundingBox())?.width ?? 0;
  const fitting = await width();
  await slider.fill('150');
  const large = await width();
  expect(large).toBeGreaterThan(fitting * 1.5);
  await box(page, 'anonymous').focus();
  await page.keyboard.press('-');
  await expect(slider).toHaveValue('130');
  expect(await width()).toBeLessThan(large);
  await page.keyboard.press('+');
  await expect(slider).toHaveValue('150');
  await page.keyboard.press('0');
  expect(await width()).toBe(fitting);
  await graph(page).hover({ position: { x: 100, y: 100 } });
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect.poll(width).toBeGreaterThan(fitting);
});

test('the page is about those whom one asks for, with whom they call and who calls them', async ({ page }, info) => {
  const field = page.getByLabel('Show');
  await field.fill('billing-api');
  await expect(graph(page).getByRole('button', { name: / to / })).toHaveCount(6);
  await expect(box(page, 'search-api')).toBeVisible();
  await expect(box(page, 'mail-store')).toHaveCount(0);
  await expect(cells(page)).toHaveCount(7 * 7);
  await look(page, info, '2-about');
  await field.fill('ing-api');
  await expect(cell(page, 'billing-web to shipping-store')).toHaveText('');
  await look(page, info, '3-marks');

  // Whoever is chosen in the picture, and then nobody.
  await box(page, 'billing-store').click();
  await expect(field).toHaveValue('billing-store');
  await expect(graph(page).getByRole('button', { name: / to / })).toHaveCount(2);
  await expect(box(page, 'billing-store')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('');
  await expect(cells(page)).toHaveCount(42 * 40);

  await field.fill('<img src=x onerror=document.title=1>');
  await expect(page.getByText('Nobody has a name with “<img')).toBeVisible();
  await expect(page.locator('main img')).toHaveCount(0);
  await expect(cells(page)).toHaveCount(0);
});

test('why an edge is as it is stands beside the cell that was chosen', async ({ page }, info) => {
  const chosen = cell(page, 'shipping-worker to search-store');
  await chosen.click();
  await expect(why(page).getByRole('heading')).toHaveText('shipping-worker → search-store: forbidden, 403');
  await expect(why(page)).toContainText('add search-store to the calls of shipping-worker');
  expect(await between(page, chosen, why(page))).toBeLessThanOrEqual(BESIDE);
  await look(page, info, '4-cell', false);
  await page.keyboard.press('Escape');
  await expect(why(page)).toBeHidden();
  await expect(chosen).toBeFocused();

  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  const next = cell(page, 'shipping-api to shipping-web');
  await expect(next).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(why(page).getByRole('heading')).toHaveText('shipping-api → shipping-web: allowed, 200');
  expect(await between(page, next, why(page))).toBeLessThanOrEqual(BESIDE);
});

test('and beside the line', async ({ page }, info) => {
  await page.getByLabel('Show').fill('mail-store');
  const line = graph(page).getByRole('button', { name: 'mail-api to mail-store' });
  await box(page, 'mail-store').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await expect(line).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(why(page).getByRole('heading')).toHaveText('mail-api → mail-store: allowed, 200');
  expect(await between(page, line, why(page))).toBeLessThanOrEqual(BESIDE);
  await look(page, info, '5-line');
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(why(page)).toBeHidden();

  // Where the mouse is.
  const { x, y } = await middleOf(page, 'mail-api', 'mail-store');
  await page.mouse.click(x, y);
  await expect(why(page)).toBeVisible();
  expect(await between(page, line, why(page))).toBeLessThanOrEqual(BESIDE);
});

test('without JavaScript the page says what it is, and where the same can be had', async ({ browser }, info) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: info.project.use.viewport ?? null });
  const page = await context.newPage();
  await page.goto(large.cloud.url);
  await expect(page.getByRole('heading', { name: 'This page needs JavaScript' })).toBeVisible();
  const said = await page.locator('main noscript').textContent();
  for (const part of ['console of a run-edges emulator', '/run-edges/v1/decisions', 'run-edges check'])
    expect(said).toContain(part);
  await expect(page.getByRole('heading', { name: 'Call graph' })).toBeHidden();
  for (const link of await page.getByRole('link').all()) {
    const path = await link.getAttribute('href');
    expect((await fetch(new URL(path ?? '', large.cloud.url))).status, path ?? '').toBe(200);
  }
  await look(page, info, '6-no-script', false);
  await context.close();
});

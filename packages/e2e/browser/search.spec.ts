import { expect } from '@playwright/test';
import { demo, test } from './cloud.ts';
import { look } from './look.ts';
import { fillInSignIn } from './people.ts';

test.use({ storageState: ({ demoState }, use) => use(demoState) });
test.beforeEach(({ page }) => page.goto('/people'));

test('people are found while one types, and what matches is marked', async ({ page }, info) => {
  await look(page, info, 'nothing-asked');
  const questions: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === '/people') questions.push(search);
  });
  // Fast: all letters within one turn of the page.
  await page.getByRole('searchbox').focus();
  await page.evaluate(`for (const end of [1, 2, 3, 5, 8]) {
    const box = document.getElementById('q');
    box.value = 'engineer'.slice(0, end);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }`);
  await expect(page.getByRole('status')).toHaveText('The 20 best matches');
  await expect(page.locator('.people > li')).toHaveCount(20);
  await expect(page.locator('.people > li mark').first()).toHaveText(/^engineer$/i);
  await expect(page).toHaveURL(/\/people\?q=engineer$/);
  await expect(page.getByRole('searchbox')).toBeFocused();
  expect(questions).toEqual(['?q=engineer']);
  await look(page, info, 'found');

  await page.getByRole('searchbox').fill('zzzzzz');
  await expect(page.getByRole('status')).toHaveText('Nobody matches “zzzzzz”.');
  await look(page, info, 'nobody');
  await page.getByRole('searchbox').fill('');
  await expect(page.getByRole('status')).toBeEmpty();
});

test('more people come to the same page, and the keyboard goes on with the first of them', async ({ page }) => {
  await page.getByRole('searchbox').pressSequentially('engineer');
  await expect(page.locator('.people > li')).toHaveCount(20);
  await page.getByRole('link', { name: 'More people' }).click();
  await expect(page.locator('.people > li:nth-child(21) a')).toBeFocused();
  const names = await page
    .locator('.people h2 a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(new Set(names).size).toBe(names.length);
});

test('by keyboard alone: from the search to a person', async ({ page }) => {
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('ada okoye');
  await expect(page.locator('.people > li').first()).toContainText('Ada Okoye');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ada Okoye');
});

test('markup and search syntax are only text', async ({ page }) => {
  const alerts: string[] = [];
  page.on('dialog', (dialog) => {
    alerts.push(dialog.message());
    return dialog.dismiss();
  });
  for (const q of [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    `' OR 1=1 --`,
    'name:* NEAR(',
    '%_\\',
  ]) {
    await page.getByRole('searchbox').fill(q);
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === q);
    await expect(page.getByRole('status')).toHaveText(/^Nobody matches|people?|best matches/);
  }
  await expect(page.locator('main img, main script')).toHaveCount(0);
  expect(alerts).toEqual([]);
});

test('when the session has ended, the next letter leads to the sign-in page and from there to the search', async ({
  page,
}) => {
  await page.context().clearCookies();
  await page.getByRole('searchbox').pressSequentially('o');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await fillInSignIn(page, { email: demo.DEMO_EMAIL, password: demo.DEMO_PASSWORD });
  await expect(page.getByRole('searchbox')).toHaveValue('o');
  await expect(page.locator('.people > li').first()).toBeVisible();
});

test('when the directory cannot be reached, the page says so and the next letter tries again', async ({
  page,
}, info) => {
  await page.route('**/people?*', (route) => route.fulfill({ status: 503, body: '' }), { times: 1 });
  await page.getByRole('searchbox').pressSequentially('a');
  await expect(page.getByRole('status')).toHaveText(/cannot be reached/);
  await look(page, info, 'unreachable');
  await page.getByRole('searchbox').pressSequentially('d');
  await expect(page.locator('.people > li').first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a search is a form, and more people are a page further', async ({ page }, info) => {
    await page.getByRole('searchbox').fill('engineer');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect(page.locator('.people > li')).toHaveCount(20);
    const first = await page.locator('.people h2 a').first().getAttribute('href');
    await page.getByRole('link', { name: 'More people' }).click();
    await expect(page).toHaveURL(/cursor=/);
    await expect(page.locator('.people h2 a').first()).not.toHaveAttribute('href', first ?? '');
    await look(page, info, 'second-page', false);
  });
});

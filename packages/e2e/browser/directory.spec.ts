import { expect } from '@playwright/test';
import { demo, test } from './cloud.ts';

test.describe('the people directory', () => {
  test('signing in shows the profile, and a search finds other people', async ({ page }, info) => {
    await page.goto('/');
    await page.screenshot({ path: info.outputPath('sign-in.png'), fullPage: true });
    await page.getByLabel(/e-?mail/i).fill(demo.DEMO_EMAIL);
    await page.getByLabel(/password/i).fill(demo.DEMO_PASSWORD);
    await page.getByRole('button', { name: /sign in/i }).click();
    await expect(page).toHaveURL(/\/me$/);
    await expect(page.getByText(demo.DEMO_EMAIL)).toBeVisible();
    await page.screenshot({ path: info.outputPath('profile.png'), fullPage: true });

    await page.getByRole('searchbox').fill('engineer');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/people\?q=engineer$/);
    const people = page.getByRole('main').getByRole('link', { name: /\w+ \w+/ });
    expect(await people.count()).toBeGreaterThan(1);
    await page.screenshot({ path: info.outputPath('people.png'), fullPage: true });
    await people.first().click();
    await expect(page).toHaveURL(/\/people\/demo-\d+$/);
    await page.screenshot({ path: info.outputPath('person.png'), fullPage: true });
  });

  test('a wrong password shows why and keeps the e-mail', async ({ page }) => {
    await page.goto('/');
    await page.getByLabel(/e-?mail/i).fill(demo.DEMO_EMAIL);
    await page.getByLabel(/password/i).fill('not the password');
    await page.getByRole('button', { name: /sign in/i }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByLabel(/e-?mail/i)).toHaveValue(demo.DEMO_EMAIL);
  });
});

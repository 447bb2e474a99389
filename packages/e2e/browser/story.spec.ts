import { expect, type Page } from '@playwright/test';
import { test } from './cloud.ts';
import { look as lookAt } from './look.ts';
import { signIn, signUp, somebodyNew } from './people.ts';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('somebody signs up, edits, is found, hides, is not found, and signs out', async ({
      page,
      colleague,
    }, info) => {
      const me = somebodyNew();
      const look = (seen: Page, name: string) => lookAt(seen, info, name, javaScriptEnabled);
      /** The results that the colleague sees for a question. */
      const resultsFor = async (q: string) => {
        await colleague.goto(`/people?${new URLSearchParams({ q })}`);
        return colleague.getByRole('main').getByRole('link', { name: me.name });
      };

      await page.goto('/');
      await look(page, '1-sign-in');
      await page.getByRole('link', { name: 'Make an account' }).click();
      await look(page, '2-sign-up');
      await signUp(page, me);
      await look(page, '3-welcome');

      await page.getByLabel('Title').fill('Keeper of Keys');
      await page.getByLabel('Team').fill('Archives');
      await page.getByLabel('City').fill('Gent');
      await page.getByLabel('Skills').fill('Palaeography, <b>Binding</b>');
      await page.getByLabel('About you').fill('Reads "old" hands & young ones.\nSecond line.');
      await page.getByRole('radio', { name: 'Plum' }).check();
      await page.getByRole('button', { name: 'Save' }).click();
      await expect(page.getByRole('status')).toHaveText('Your profile is saved.');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(me.name);
      await expect(page.getByRole('main')).toContainText('<b>Binding</b>');
      await expect(page.locator('.badge.plum')).toHaveText('ZQ');
      await look(page, '4-my-profile');

      await expect(async () => expect(await resultsFor(me.last)).toHaveCount(1)).toPass();
      await (await resultsFor(me.last)).click();
      await expect(colleague.getByRole('main')).toContainText('Keeper of Keys');
      await expect(colleague.getByRole('main')).not.toContainText(me.email);
      const address = colleague.url();
      await look(colleague, '5-seen-by-others');

      await page.getByRole('button', { name: 'Hide my profile' }).click();
      await expect(page.getByRole('heading', { name: 'You are hidden' })).toBeVisible();
      await look(page, '6-hidden');
      for (const q of [me.last, me.name, me.last.slice(0, 4), 'Keeper of Keys', 'Palaeography', 'Gent']) {
        await expect(await resultsFor(q)).toHaveCount(0);
      }
      expect((await colleague.goto(address))?.status()).toBe(404);
      await look(colleague, '7-nobody-there');

      await page.getByRole('button', { name: 'Show my profile' }).click();
      await expect(page.getByRole('button', { name: 'Hide my profile' })).toBeVisible();
      await expect(async () => expect(await resultsFor(me.last)).toHaveCount(1)).toPass();

      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await page.goto('/me');
      await expect(page).toHaveURL(/\/$/);
      await signIn(page, me);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(me.name);
    });
  });
}

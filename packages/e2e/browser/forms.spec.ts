import { expect } from '@playwright/test';
import { test } from './cloud.ts';
import { look } from './look.ts';
import { signIn, signUp, somebodyNew } from './people.ts';

test('a wrong password shows why and keeps the e-mail address', async ({ page }, info) => {
  await page.goto('/');
  await page.getByLabel('E-mail address').fill('ada@example.com');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText('E-mail address or password is wrong.');
  await expect(page.getByLabel('E-mail address')).toHaveValue('ada@example.com');
  await look(page, info, 'wrong-password');
});

test('each field of the sign-up says what it wants, and keeps what was typed', async ({ page }, info) => {
  await page.goto('/sign-up');
  // As a browser without such checks would send it.
  await page.evaluate("document.querySelector('main form').noValidate = true");
  await page.getByLabel('Your name').fill('  ');
  await page.getByLabel('E-mail address').fill('<nobody>');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Make an account' }).click();
  await expect(page.getByLabel('E-mail address')).toHaveValue('<nobody>');
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/12 characters or more/);
  await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await page
    .getByRole('alert')
    .getByRole('link', { name: /^Enter an e-mail address/ })
    .click();
  await expect(page.getByLabel('E-mail address')).toBeFocused();
  await look(page, info, 'sign-up-mistakes');
});

test('an address that is taken is not made an account again', async ({ page }, info) => {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill('Somebody Else');
  await page.getByLabel('E-mail address').fill('ADA@example.com');
  await page.getByLabel('Password').fill('another password');
  await page.getByRole('button', { name: 'Make an account' }).click();
  await expect(page.getByRole('alert')).toContainText('has an account already');
  await look(page, info, 'taken');
});

test('an edit in a second window does not overwrite the first in silence', async ({ page }, info) => {
  await signUp(page, somebodyNew());
  const second = await page.context().newPage();
  await second.goto('/me/edit');
  await page.getByLabel('Title').fill('First');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status')).toHaveText('Your profile is saved.');
  await second.getByLabel('Title').fill('Second');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByRole('alert')).toContainText('changed in another window');
  await look(second, info, 'conflict');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByRole('main')).toContainText('Second');
});

test('all other sessions can be ended, and this one stays', async ({ page, browser, baseURL }) => {
  const me = somebodyNew();
  await signUp(page, me);
  const elsewhere = await browser.newPage({ baseURL: baseURL ?? '' });
  await signIn(elsewhere, me);
  await page.goto('/me');
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByRole('status')).toHaveText('You are signed out everywhere else.');
  await elsewhere.goto('/me');
  await expect(elsewhere.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await elsewhere.close();
});

test('an address that leads nowhere has a page', async ({ page }, info) => {
  expect((await page.goto('/nowhere'))?.status()).toBe(404);
  await look(page, info, 'nowhere');
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark', storageState: ({ demoState }, use) => use(demoState) });

  test('every kind of page can be read', async ({ page }, info) => {
    await page.goto('/me');
    await look(page, info, 'dark-my-profile');
    await page.goto('/people?q=engineer');
    await look(page, info, 'dark-people');
    await page.goto('/me/edit?note=welcome');
    await look(page, info, 'dark-edit');
  });
});

import { expect, type Page } from '@playwright/test';

export interface Newcomer {
  /** A word that nobody else's profile has. */
  last: string;
  name: string;
  email: string;
  password: string;
}

/** Somebody who is not in the directory yet: another one each time, so that tests do not meet. */
export function somebodyNew(): Newcomer {
  const digits = crypto.randomUUID().replaceAll('-', '').slice(0, 10);
  const last = `Q${digits.replace(/./g, (digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16)))}`;
  return { last, name: `Zelda ${last}`, email: `${last}@people.example`, password: 'five apples on a shelf' };
}

export async function signUp(page: Page, { name, email, password }: Newcomer): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make an account' }).click();
  await expect(page).toHaveURL(/\/me\/edit\?note=welcome$/);
}

type Credentials = Pick<Newcomer, 'email' | 'password'>;

export async function signIn(page: Page, credentials: Credentials): Promise<void> {
  await page.goto('/');
  await fillInSignIn(page, credentials);
  await expect(page).toHaveURL(/\/me$/);
}

/** Where the sign-in page is open already. */
export async function fillInSignIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

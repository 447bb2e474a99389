import { expect, type Page } from '@playwright/test';
import type { Cloud } from '@run-edges/emulator';
import { titleOf } from '../src/seed-page/statements.ts';
import { test } from './cloud.ts';
import { look } from './look.ts';

const panel = (page: Page) => page.getByRole('region', { name: 'Permissions' });
const principals = (page: Page) => panel(page).getByRole('list', { name: 'Principals and their roles' });
const edge = (page: Page) => page.getByRole('button', { name: 'login to search: ' });

async function open(page: Page, cloud: Cloud): Promise<void> {
  await page.goto(cloud.url);
  await expect(page.getByRole('status')).toHaveText('live');
}

async function signIn(page: Page, token: string): Promise<void> {
  await panel(page).getByLabel('The developer’s token').fill(token);
  await panel(page).getByRole('button', { name: 'Sign in' }).click();
}

/** What the gate of search says to login. */
async function statusOf(cloud: Cloud): Promise<number> {
  const { url } = cloud.service('search');
  const headers = { authorization: `Bearer ${await cloud.idToken('login', url)}` };
  return (await fetch(`${url}/health/live`, { headers })).status;
}

test(titleOf('setup:console'), async ({ page, cloud }, info) => {
  const { serviceAccount } = cloud.service('login').listed();
  await open(page, cloud);
  await look(page, info, '1-signed-out');
  await signIn(page, cloud.developerToken);

  await panel(page).getByLabel('Receiving service').selectOption('search');
  await expect(principals(page)).toContainText(cloud.service('user-profiles').listed().serviceAccount);
  await expect(principals(page)).not.toContainText(serviceAccount);
  await panel(page).getByRole('button', { name: 'Add principal' }).click();
  await panel(page).getByLabel('New principal').fill(serviceAccount);
  await panel(page).getByLabel('Role', { exact: true }).selectOption('Cloud Run Invoker');
  await look(page, info, '2-add-principal');
  expect(await statusOf(cloud)).toBe(403);
  try {
    await panel(page).getByRole('button', { name: 'Save' }).click();
    await expect(principals(page)).toContainText(`serviceAccount:${serviceAccount}`);
    await expect(edge(page)).toContainText('allowed');
    expect(await statusOf(cloud)).toBe(200);
    await look(page, info, '3-saved');
  } finally {
    await panel(page)
      .getByRole('button', { name: `Remove Cloud Run Invoker from serviceAccount:${serviceAccount}` })
      .click();
  }
  await expect(principals(page)).not.toContainText(serviceAccount);
  await expect(edge(page)).toContainText('403');
  expect(await statusOf(cloud)).toBe(403);
});

test('what is no principal, and a policy that somebody else changed, are told and change nothing', async ({
  page,
  cloud,
}) => {
  await open(page, cloud);
  await signIn(page, cloud.developerToken);
  await panel(page).getByLabel('Receiving service').selectOption('search');
  await expect(principals(page)).toContainText('user-profiles-run@');
  const before = cloud.policies.read('services/search');
  const save = async (member: string) => {
    await panel(page).getByRole('button', { name: 'Add principal' }).click();
    await panel(page).getByLabel('New principal').fill(member);
    await panel(page).getByLabel('Role', { exact: true }).selectOption('Cloud Run Invoker');
    await panel(page).getByRole('button', { name: 'Save' }).click();
  };
  await save(`nobody@${cloud.project.id}.iam.gserviceaccount.com`);
  await expect(panel(page)).toContainText('does not exist');
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await save('<img src=x onerror=document.title=1>');
  await expect(panel(page).locator('.alert')).toBeVisible();
  await expect(panel(page).locator('img')).toHaveCount(0);
  expect(cloud.policies.read('services/search')).toEqual(before);
  await panel(page).getByRole('button', { name: 'Cancel' }).click();

  // Between the page's reading and its writing.
  const ada = ['services/search', 'roles/run.viewer', 'user:ada@example.com'] as const;
  await page.route(/:setIamPolicy$/, async (route) => {
    cloud.policies.grant(...ada);
    await route.continue();
  });
  try {
    await save('eve@example.com');
    await expect(panel(page)).toContainText('concurrent policy changes');
    expect(JSON.stringify(cloud.policies.read('services/search'))).not.toContain('eve@example.com');
  } finally {
    await page.unroute(/:setIamPolicy$/);
    cloud.policies.revoke(...ada);
  }
});

test('the right to change lies in the memory of the page alone', async ({ page, cloud, context }) => {
  const sent: string[] = [];
  page.on('request', (request) => void sent.push(request.url()));
  await open(page, cloud);

  await signIn(page, 'x'.repeat(43));
  await expect(panel(page)).toContainText('This wants the developer’s token');
  await expect(panel(page).getByLabel('Receiving service')).toBeHidden();

  await signIn(page, cloud.developerToken);
  await expect(principals(page).getByRole('listitem').first()).toBeVisible();
  const kept = [
    await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, name, history.state])',
    ),
    await page.content(),
    await panel(page).getByLabel('The developer’s token').inputValue(),
    JSON.stringify(await context.storageState({ indexedDB: true })),
    ...sent,
    page.url(),
  ];
  for (const secret of [cloud.developerToken, 'refresh_token', 'ya29.', 'eyJ'])
    expect(
      kept.filter((text) => String(text).includes(secret)),
      secret,
    ).toEqual([]);
  expect(await context.cookies()).toEqual([]);

  // Another page of the same origin has no part in it, and this one none after it is loaded again.
  await page.reload();
  await expect(panel(page).getByLabel('The developer’s token')).toBeVisible();
  await expect(principals(page)).toBeHidden();

  await signIn(page, cloud.developerToken);
  await expect(principals(page).getByRole('listitem').first()).toBeVisible();
  await panel(page).getByRole('button', { name: 'Sign out' }).click();
  await expect(panel(page).getByLabel('The developer’s token')).toBeVisible();
  await expect(principals(page)).toBeHidden();
});

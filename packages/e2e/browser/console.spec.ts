import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, type Page } from '@playwright/test';
import type { Cloud } from '@run-edges/emulator';
import { test } from './cloud.ts';
import { look } from './look.ts';

/** One service calls another as itself; anonymous sends no token. */
async function call(cloud: Cloud, caller: string, receiver: string, path = '/health/live'): Promise<void> {
  const { url } = cloud.service(receiver);
  const headers = { authorization: `Bearer ${caller === 'anonymous' ? '' : await cloud.idToken(caller, url)}` };
  await fetch(url + path, caller === 'anonymous' ? {} : { headers });
}

async function open(page: Page, cloud: Cloud): Promise<void> {
  await page.goto(cloud.url);
  await expect(page.getByRole('status')).toHaveText('live');
}

const decisions = (page: Page) => page.getByRole('region', { name: 'Decisions' }).getByRole('listitem');

test('calls are seen as they are decided, each with its reason', async ({ page, cloud }, info) => {
  await open(page, cloud);
  await expect(
    page.getByRole('group', { name: /^Who may call whom: anonymous to login; login to user-profiles/ }),
  ).toBeVisible();
  await call(cloud, 'login', 'search', '/seen-by-nobody');
  await call(cloud, 'anonymous', 'user-profiles', '/seen-by-nobody');
  await call(cloud, 'user-profiles', 'search');

  const refused = decisions(page).filter({ hasText: 'login → search' }).first();
  await expect(refused).toContainText('403');
  await refused.getByText('login → search').click();
  await expect(refused).toContainText('has no role with run.routes.invoke on search');
  await expect(refused.locator('code')).toContainText('gcloud run services add-iam-policy-binding search');
  await expect(page.getByRole('button', { name: 'login to search: ' })).toContainText('1 refused');
  await look(page, info, '1-decisions');

  // What the app itself answers is no refusal of the gate.
  await call(cloud, 'user-profiles', 'search', '/no-such-page');
  const notFound = decisions(page).filter({ hasText: '/no-such-page' });
  await expect(notFound).toContainText('404');
  await expect(page.getByRole('button', { name: 'user-profiles to search: ' })).not.toContainText('refused');
  await page.getByLabel('Refused only').check();
  await expect(notFound).toHaveCount(0);
  await expect(refused).toBeVisible();
});

test('paused, the list stands still; then it has what came meanwhile', async ({ page, cloud }) => {
  await open(page, cloud);
  await page.getByRole('button', { name: 'Pause' }).click();
  await call(cloud, 'anonymous', 'search', '/while-paused');
  await expect(page.getByText('Paused; 1 came since.')).toBeVisible();
  await expect(decisions(page).filter({ hasText: '/while-paused' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(decisions(page).filter({ hasText: '/while-paused' })).toHaveCount(1);
});

test('every edge says why it is as it is, and changes with its policy', async ({ page, cloud }, info) => {
  await open(page, cloud);
  await expect(page.getByRole('button', { name: /: (403|allowed)/ })).toHaveCount(15);
  const edge = page.getByRole('button', { name: 'login to search: ' });
  await expect(edge).toContainText('403');
  await edge.click();
  const why = page.locator('#explanation');
  await expect(why.getByRole('heading')).toHaveText('login → search: forbidden, 403');
  await expect(why).toContainText('add search to the calls of login');
  await look(page, info, '2-explanation');

  const grant = [
    'services/search',
    'roles/run.invoker',
    `serviceAccount:${cloud.service('login').listed().serviceAccount}`,
  ] as const;
  cloud.policies.grant(...grant);
  try {
    await expect(edge).toContainText('allowed');
    await expect(page.getByRole('group', { name: /login to search, granted but not declared/ })).toBeVisible();
    // Without another click.
    await expect(why).toContainText('the policy was changed');
  } finally {
    cloud.policies.revoke(...grant);
  }
  await expect(edge).toContainText('403');
});

test('another declaration is seen without asking for it', async ({ page, cloud }) => {
  await open(page, cloud);
  const edge = page.getByRole('button', { name: 'login to search: ' });
  await expect(edge).toContainText('403');
  const { declaration } = cloud;
  const services = declaration.services.map((one) =>
    one.name === 'login' ? { ...one, calls: [...one.calls, 'search'] } : one,
  );
  const taken = await cloud.declare({ ...declaration, services });
  try {
    await expect(edge).toContainText('allowed');
    await expect(page.getByRole('group', { name: /login to search(?!, granted)/ })).toBeVisible();
    expect(await taken.settled).toEqual([]);
  } finally {
    await (await cloud.declare(declaration)).settled;
  }
  await expect(edge).toContainText('403');
});

test('a pasted token is read, and every gate asked', async ({ page, cloud }, info) => {
  await open(page, cloud);
  const field = page.getByLabel('A token, as it is sent.');
  const answer = page.locator('#inspected');
  await field.fill(`Bearer ${await cloud.idToken('login', cloud.service('search').url)}`);
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(answer).toContainText('user-profiles: 401');
  await expect(answer).toContainText('search: 403');
  await expect(answer).toContainText('login-run@');
  await look(page, info, '3-token');

  await field.fill('no token at all');
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(answer).toContainText('This is no JSON Web Token.');
});

/** As it is, where `fetch` would encode it. */
async function ask(url: string, path: string): Promise<void> {
  const [response] = (await once(request(url, { path }).end(), 'response')) as [IncomingMessage];
  response.resume();
}

test('what a caller writes stays text', async ({ page, cloud }) => {
  await open(page, cloud);
  const path = '/<img/src=x/onerror=document.title=1>';
  await ask(cloud.service('search').url, path);
  await expect(decisions(page).filter({ hasText: path })).toHaveCount(1);
  await expect(decisions(page).locator('img')).toHaveCount(0);
  await expect(page).toHaveTitle('run-edges console');
});

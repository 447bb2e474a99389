import { fileURLToPath } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { signIn } from './people.ts';

export const demo = { DEMO_PEOPLE: '60', DEMO_EMAIL: 'ada@example.com', DEMO_PASSWORD: 'run-edges-demo' };

const edges = fileURLToPath(new URL('../../../infra/edges.yaml', import.meta.url));

interface WorkerFixtures {
  /** The whole system running. */
  cloud: Cloud;
  /** The cookies of a browser where the demo person is signed in. */
  demoState: Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>;
}

/** Tests with the whole system running, one for each worker; `page.goto('/')` is login. */
export const test = base.extend<{ colleague: Page }, WorkerFixtures>({
  cloud: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      await using cloud = await startEmulator({ edges, env: { login: demo, 'user-profiles': demo, search: demo } });
      await use(cloud);
    },
    { scope: 'worker' },
  ],
  baseURL: ({ cloud }, use) => use(cloud.service('login').url),
  demoState: [
    async ({ browser, cloud }, use) => {
      const page = await browser.newPage({ baseURL: cloud.service('login').url });
      await signIn(page, { email: demo.DEMO_EMAIL, password: demo.DEMO_PASSWORD });
      const state = await page.context().storageState();
      await page.close();
      await use(state);
    },
    { scope: 'worker' },
  ],
  page: async ({ page }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) faults.push(message.text());
    });
    await use(page);
    expect(faults, 'errors of scripts, and what the policy forbids').toEqual([]);
  },
  /** A page of another browser, where the demo person is signed in. */
  colleague: async ({ browser, baseURL, demoState }, use) => {
    const context = await browser.newContext({ storageState: demoState, baseURL: baseURL ?? '' });
    await use(await context.newPage());
    await context.close();
  },
});

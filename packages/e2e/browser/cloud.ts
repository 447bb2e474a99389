import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import { type Cloud, startEmulator } from '@run-edges/emulator';

export const demo = { DEMO_PEOPLE: '60', DEMO_EMAIL: 'ada@example.com', DEMO_PASSWORD: 'run-edges-demo' };

const edges = fileURLToPath(new URL('../../../infra/edges.yaml', import.meta.url));

/** Tests with the whole system running, one for each worker; `page.goto('/')` is login. */
export const test = base.extend<object, { cloud: Cloud }>({
  cloud: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      await using cloud = await startEmulator({ edges, env: { login: demo, 'user-profiles': demo, search: demo } });
      await use(cloud);
    },
    { scope: 'worker' },
  ],
  baseURL: ({ cloud }, use) => use(cloud.service('login').url),
});

import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type ApiRequest, apiRequest, sendApiRequest } from './api-requests.ts';
import { gateCloud } from './gate-cloud.ts';
import { settledMemory } from './memory.ts';
import { verifies } from './verifies.ts';

/** Requests in all; `RUN_EDGES_FUZZ=50000` for the long run. */
const requests = Number(process.env.RUN_EDGES_FUZZ ?? 3000);
const AT_ONCE = 16;

describe('requests that nearly make sense', () => {
  verifies(
    'gate:fuzz',
    `${requests} of them at every endpoint of the API, as its owner`,
    async () => {
      const edges = 'services: { login: { public: true, calls: [search] }, search: {} }';
      await using gates = await gateCloud({ edges, app: (_request, response) => void response.end() });
      const { cloud } = gates;
      const user = await cloud.userCredentials('developer@example.com');
      const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
      const answer = await fetch(`${cloud.url}/token`, { method: 'POST', body });
      const { access_token: owner } = (await answer.json()) as { access_token: string };

      const statuses = new Map<number, number>();
      const bad: string[] = [];
      async function send(all: readonly ApiRequest[]): Promise<void> {
        let next = 0;
        const sender = async () => {
          for (let index = next++; index < all.length; index = next++) {
            const { status, body } = await sendApiRequest(cloud.url, all[index] as ApiRequest, owner);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status >= 500 && status !== 501)
              bad.push(`${JSON.stringify(all[index])} ${status} ${body.slice(0, 200)}`);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, sender));
      }
      const warmUp = Math.min(1000, Math.floor(requests / 3));
      await send(fc.sample(apiRequest, { numRuns: warmUp, seed: 1 }));
      const before = await settledMemory();
      await send(fc.sample(apiRequest, { numRuns: requests - warmUp, seed: 2 }));
      expect(bad).toEqual([]);
      expect((await fetch(`${cloud.url}/oauth2/v3/certs`)).status).toBe(200);
      const grown = (await settledMemory()) - before;
      expect(grown).toBeLessThan(48);
      console.log(
        `fuzz of the API: ${[...statuses].map((pair) => pair.join(': ')).join(', ')}; ${grown.toFixed(1)} MiB more in memory`,
      );
    },
    600_000,
  );
});

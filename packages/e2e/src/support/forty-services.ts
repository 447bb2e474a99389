import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Declaration, parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';

const TEAMS = [
  'accounts',
  'billing',
  'catalog',
  'checkout',
  'fraud',
  'inventory',
  'mail',
  'orders',
  'search',
  'shipping',
];

/** As long as Cloud Run lets a name be. */
export const LONGEST_NAME = `checkout-store-${'x'.repeat(34)}`;

/** Ten teams with four services each: a public one, an API that calls other teams', a worker, a store. */
export function fortyServices(): Declaration {
  const lines = TEAMS.flatMap((team, at) => {
    const store = team === 'checkout' ? LONGEST_NAME : `${team}-store`;
    const [next, other] = [TEAMS[(at + 1) % TEAMS.length], TEAMS[(at + 3) % TEAMS.length]];
    return [
      `  ${team}-web: { public: true, calls: [${team}-api] }`,
      `  ${team}-api: { calls: [${store}, ${next}-api, ${other}-api] }`,
      `  ${team}-worker: { calls: [${store}] }`,
      `  ${store}: { serviceAccount: ${team}-store }`,
    ];
  });
  return parseDeclaration(`services:\n${lines.join('\n')}\n`, 'edges.yaml');
}

export interface LargeCloud extends AsyncDisposable {
  readonly cloud: Cloud;
}

/** All of a declaration's services before one small server. */
export async function largeCloud(edges: Declaration = fortyServices()): Promise<LargeCloud> {
  const app = createServer((_request, response) => void response.end('ok')).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const front = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const cloud = await startEmulator({
    edges,
    fronts: Object.fromEntries(edges.services.map(({ name }) => [name, front])),
  });
  return {
    cloud,
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      app.closeAllConnections();
      app.close();
    },
  };
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { declaredCalls, parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withEdges } from './patch.ts';
import { createRecord } from './record.ts';

const names = Array.from({ length: 12 }, (_, at) => `service-${at}`);
const pair = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names));

/** What is declared; public services are some of those that are called. */
const graph = fc.record({
  open: fc.subarray(names, { maxLength: 3 }),
  declared: fc.uniqueArray(pair, { maxLength: 20, selector: ([caller, receiver]) => `${caller} ${receiver}` }),
});

/** How a request shows who it is from. The last ones prove nobody. */
const ways = [
  'authorization',
  'x-serverless-authorization',
  'none',
  'forged',
  'relayed',
  'of another',
  'opaque',
] as const;
const proving: ReadonlySet<string> = new Set(['authorization', 'x-serverless-authorization']);
const traffic = fc.array(fc.record({ pair, way: fc.constantFrom(...ways) }), { maxLength: 60 });

function textOf({
  open,
  declared,
}: {
  open: readonly string[];
  declared: readonly (readonly [string, string])[];
}): string {
  const entries = names.map((name) => {
    const calls = declared.filter(([caller]) => caller === name).map(([, receiver]) => receiver);
    const settings = [
      ...(open.includes(name) ? ['public: true'] : []),
      ...(calls.length > 0 ? [`calls: [${calls.join(', ')}]`] : []),
    ];
    return `  ${name}: { ${settings.join(', ')} } # of ${name}`;
  });
  return `services:\n${entries.join('\n')}\n`;
}

let echo: Server;
let cloud: Cloud;
beforeAll(async () => {
  echo = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  cloud = await startEmulator({
    edges: parseDeclaration(textOf({ open: [], declared: [] }), 'edges.yaml'),
    fronts: Object.fromEntries(names.map((name) => [name, address])),
    learn: true,
  });
});
afterAll(async () => {
  await cloud.stop();
  echo.closeAllConnections();
  echo.close();
});

async function headersFor(
  caller: string,
  receiver: string,
  way: (typeof ways)[number],
): Promise<Record<string, string>> {
  const { url } = cloud.service(receiver);
  const token = await cloud.idToken(caller, url);
  const [head, payload, signature = ''] = token.split('.');
  const other = names[(names.indexOf(receiver) + 1) % names.length] as string;
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  const shown = {
    authorization: { authorization: `Bearer ${token}` },
    'x-serverless-authorization': {
      'x-serverless-authorization': `Bearer ${token}`,
      authorization: 'Bearer of-a-person',
    },
    none: { 'x-caller': caller, 'user-agent': caller },
    forged: { authorization: `Bearer ${head}.${payload}.${flipped}` },
    relayed: { authorization: `Bearer ${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE` },
    'of another': { authorization: `Bearer ${await cloud.idToken(caller, cloud.service(other).url)}` },
    opaque: { authorization: 'Bearer opaque-value' },
  } satisfies Record<(typeof ways)[number], Record<string, string>>;
  return shown[way];
}

test('exactly the edges that were used are learned, whatever is declared and whoever else calls', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(graph, traffic, async (declaredGraph, requests) => {
      const text = textOf(declaredGraph);
      const declaration = parseDeclaration(text, 'edges.yaml');
      await (await cloud.declare(declaration)).settled;
      const record = createRecord(declaration);
      const forget = cloud.decisions.onDecision(record.add);
      await Promise.all(
        requests.map(async ({ pair: [caller, receiver], way }) => {
          const response = await fetch(cloud.service(receiver).url, {
            headers: await headersFor(caller, receiver, way),
          });
          expect(response.status).toBe(200);
          await response.text();
        }),
      );
      forget();
      const learned = record.learned();

      const proven = requests
        .filter(({ way }) => proving.has(way))
        .map(({ pair: [caller, receiver] }) => `${caller} ${receiver}`);
      const used = new Set(proven);
      expect(learned.edges.map(({ caller, receiver }) => `${caller} ${receiver}`).sort()).toEqual([...used].sort());
      for (const { caller, receiver, count } of learned.edges)
        expect(count).toBe(proven.filter((one) => one === `${caller} ${receiver}`).length);
      expect(learned.unused.map(({ caller, receiver }) => `${caller} ${receiver}`).sort()).toEqual(
        declaredGraph.declared
          .map(([caller, receiver]) => `${caller} ${receiver}`)
          .filter((edge) => !used.has(edge))
          .sort(),
      );

      // The file says the same afterwards, and as much of what it said before.
      const added = learned.edges.filter(({ declared }) => !declared);
      const patched = withEdges(text, 'edges.yaml', added);
      expect(patched.refused).toEqual([]);
      const all = new Set([...declaredCalls(declaration), ...used]);
      expect(declaredCalls(parseDeclaration(patched.text, 'edges.yaml'))).toEqual([...all].sort());
      for (const name of names) expect(patched.text).toContain(`# of ${name}\n`);
    }),
    { numRuns: 25 },
  );
});

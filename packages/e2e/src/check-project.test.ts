import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runEdges } from './support/command-line.ts';

const SERVICES = 40;
const names = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
const folder = mkdtempSync(join(tmpdir(), 'run-edges-check-'));
const log = join(folder, 'log');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const emailOf = (name: string) => `${name}-run@demo-project.iam.gserviceaccount.com`;
const minted: string[] = [];
/** Every service's gate, at an address of its own, and the IAM Credentials API. Each service may call the next one. */
const server = createServer(async (request, response) => {
  const [, minting] = /serviceAccounts\/([^:/]+):generateIdToken$/.exec(request.url ?? '') ?? [];
  if (minting !== undefined) {
    const { audience } = JSON.parse((await request.toArray()).join(''));
    minted.push(`${decodeURIComponent(minting)} ${audience}`);
    const claims = Buffer.from(JSON.stringify({ email: decodeURIComponent(minting), audience })).toString('base64url');
    response.end(JSON.stringify({ token: `e30.${claims}.s` }));
    return;
  }
  const [, claims = 'e30'] = request.headers.authorization?.split('.') ?? [];
  const { email, audience } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const receiver = Number(request.headers.host?.match(/^127\.0\.1\.(\d+)/)?.[1]) - 1;
  const rightful = email === emailOf(`service-${receiver - 1}`) && audience === `http://${request.headers.host}`;
  if (rightful) response.end('ok');
  else response.writeHead(403).end('<html><h1>Error: Forbidden</h1></html>');
}).listen(0, '0.0.0.0');
afterAll(() => void server.close());

let bins = 0;
/** A gcloud that has these services in each region, and writes down what it is asked for. */
function standIn(services: Readonly<Record<string, object[]>>): { readonly PATH: string } {
  const { port } = server.address() as AddressInfo;
  const bin = join(folder, `bin-${bins++}`);
  mkdirSync(bin);
  const configuration = { api_endpoint_overrides: { iamcredentials: `http://127.0.0.1:${port}/` } };
  writeFileSync(join(bin, 'configuration.json'), JSON.stringify(configuration));
  for (const [region, some] of Object.entries(services))
    writeFileSync(join(bin, `${region}.json`), JSON.stringify(some));
  const lists = Object.keys(services).map(
    (region) => `'run services list --region=${region} '*) cat '${bin}/${region}.json' ;;`,
  );
  writeFileSync(
    join(bin, 'gcloud'),
    `#!/bin/sh
echo "$*" >>'${log}'
case "$*" in
${lists.join('\n')}
'config list'*) cat '${bin}/configuration.json' ;;
'auth print-access-token') echo ya29.developer ;;
esac
`,
  );
  chmodSync(join(bin, 'gcloud'), 0o755);
  return { PATH: [bin, process.env.PATH].join(delimiter) };
}

/** A service whose gate has the address 127.0.1.INDEX+1: the one before it may call it. */
function deployed(name: string, index: number): object {
  const { port } = server.address() as AddressInfo;
  return { metadata: { name }, status: { url: `http://127.0.1.${index + 1}:${port}` } };
}

test('the edges of forty services are tried with three processes of gcloud', { tags: 'slow' }, async () => {
  const edges = names.map((name, index) => `  ${name}: { calls: [${names.slice(index + 1, index + 2).join('')}] }`);
  writeFileSync(join(folder, 'edges.yaml'), `services:\n${edges.join('\n')}\n`);
  const env = standIn({ 'us-central1': names.map(deployed) });
  const args = ['check', '--target', 'demo-project', '--edges', 'edges.yaml', '--json'];
  const { code, stdout, stderr } = await runEdges(args, folder, { env }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('ya29') });
  // Each service, anonymous and the stranger.
  expect(JSON.parse(stdout)).toHaveLength((SERVICES + 2) * SERVICES);
  expect(readFileSync(log, 'utf8').trim().split('\n').toSorted()).toEqual([
    'auth print-access-token',
    'config list --format=json',
    'run services list --region=us-central1 --project=demo-project --format=json',
  ]);
  // One for each caller and audience, none twice.
  expect(minted).toHaveLength((SERVICES + 1) * SERVICES);
  expect(new Set(minted).size).toBe(minted.length);
});

test('a service in two regions is tried in each; whom nobody can act as from here is said', async () => {
  const edges = `services:
  service-0: { calls: [service-1, payments], regions: [us-central1] }
  service-1: { regions: [us-central1, us-east1] }
principals:
  support: { member: "group:support@example.com", calls: [service-1] }
external:
  payments: { url: "https://payments.example.com" }
`;
  writeFileSync(join(folder, 'regions.yaml'), edges);
  const env = standIn({
    'us-central1': [deployed('service-0', 0), deployed('service-1', 1)],
    // Whoever calls this one is let in nowhere.
    'us-east1': [deployed('service-1', 40)],
  });
  const args = ['check', '--target', 'demo-project', '--edges', 'regions.yaml', '--json'];
  const { code, stdout, stderr } = await runEdges(args, folder, { env }).ended;
  const cells = JSON.parse(stdout) as { caller: string; receiver: string; expected: string; actual: string }[];
  expect(code).toBe(1);
  expect(cells.filter(({ expected, actual }) => expected !== actual)).toMatchObject([
    { caller: 'service-0', receiver: 'service-1 (us-east1)', expected: 'allowed', actual: 'forbidden' },
  ]);
  expect(cells.filter(({ expected }) => expected === 'allowed').map(({ receiver }) => receiver)).toEqual([
    'service-1 (us-central1)',
    'service-1 (us-east1)',
  ]);
  expect(JSON.stringify(cells)).not.toMatch(/support|payments/);
  expect(stderr).toContain('Not tried: support is group:support@example.com');
  expect(stderr).toContain('Not tried: payments is a receiver of others.');
});

test('a region in which a service is missing is named', async () => {
  writeFileSync(join(folder, 'missing.yaml'), 'services:\n  service-1: { regions: [us-central1, us-east1] }\n');
  const env = standIn({ 'us-central1': [deployed('service-1', 1)], 'us-east1': [] });
  const args = ['check', '--target', 'demo-project', '--edges', 'missing.yaml'];
  const { code, stderr } = await runEdges(args, folder, { env }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('service-1 is not deployed in demo-project (us-east1).');
});

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

test('the edges of forty services are tried with three processes of gcloud', async () => {
  const { port } = server.address() as AddressInfo;
  const edges = names.map((name, index) => `  ${name}: { calls: [${names.slice(index + 1, index + 2).join('')}] }`);
  writeFileSync(join(folder, 'edges.yaml'), `services:\n${edges.join('\n')}\n`);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const services = names.map((name, index) => ({
    metadata: { name },
    status: { url: `http://127.0.1.${index + 1}:${port}` },
  }));
  const configuration = { api_endpoint_overrides: { iamcredentials: `http://127.0.0.1:${port}/` } };
  writeFileSync(join(bin, 'services.json'), JSON.stringify(services));
  writeFileSync(join(bin, 'configuration.json'), JSON.stringify(configuration));
  writeFileSync(
    join(bin, 'gcloud'),
    `#!/bin/sh
echo "$*" >>'${log}'
case "$*" in
'run services list'*) cat '${bin}/services.json' ;;
'config list'*) cat '${bin}/configuration.json' ;;
'auth print-access-token') echo ya29.developer ;;
esac
`,
  );
  chmodSync(join(bin, 'gcloud'), 0o755);
  const env = { PATH: [bin, process.env.PATH].join(delimiter) };
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

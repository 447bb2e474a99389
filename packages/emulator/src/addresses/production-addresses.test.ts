import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../identity/authority/authority.ts';
import { createOutside } from '../run/networks/outside.ts';
import { findServiceNetworks } from '../run/networks/service-networks.ts';
import { findIsolation } from '../run/runtime/isolation.ts';
import { createDecisionLog } from '../watch/decisions/decision-log.ts';
import { createProductionAddresses, type ProductionAddresses } from './production-addresses.ts';

let folder: string;
let addresses: ProductionAddresses;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-addresses-'));
  const api = createServer();
  addresses = await createProductionAddresses({
    openAuthority: (how) => openAuthority(join(folder, 'state'), how),
    outside: createOutside('127.0.0.1', [], undefined),
    isolation: await findIsolation('none'),
    decisions: createDecisionLog(),
    gateOf: () => undefined,
    hosts: () => [],
    api: () => api,
    passThrough: false,
  });
});
afterEach(() => rm(folder, { recursive: true }));
const networks = () => findServiceNetworks([]);

test('what services on networks of their own are to trust is certificates, and where they are, which all may read, and no key', async () => {
  const trust = join(folder, 'trust');
  await addresses.openOn(await networks(), trust);
  const files = await readdir(trust);
  expect(files.sort()).toEqual(['authority.pem', 'bundle.pem', 'trust.ini', 'truststore.p12']);
  for (const file of files) {
    const text = await readFile(join(trust, file), 'latin1');
    expect(text, file).not.toContain('PRIVATE');
    expect((await stat(join(trust, file))).mode & 0o777, file).toBe(0o644);
  }
  expect(await readFile(join(trust, 'authority.pem'), 'utf8')).toBe(addresses.authority().certificate);
});

test('another authority is there at once', async () => {
  const trust = join(folder, 'trust');
  await addresses.openOn(await networks(), trust);
  const before = await readFile(join(trust, 'bundle.pem'), 'utf8');
  await addresses.rotate();
  const after = await readFile(join(trust, 'bundle.pem'), 'utf8');
  expect(after).not.toBe(before);
  expect(after).toContain(addresses.authority().certificate.trim());
});

test('a folder that cannot be written is told with what mends it', async () => {
  const taken = join(folder, 'taken');
  await writeFile(taken, '');
  await chmod(taken, 0o400);
  await expect(addresses.openOn(await networks(), taken)).rejects.toMatchObject({
    code: 'STATE_NOT_SAVED',
    message: expect.stringContaining(taken),
    mend: expect.stringContaining('--trust'),
  });
});

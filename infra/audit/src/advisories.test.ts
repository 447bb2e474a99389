import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { checkAdvisories, judgeAudit } from './advisories.ts';

const advisory = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-planted',
  title: 'A planted advisory',
  severity: 'low',
  vulnerable_versions: '*',
};

async function auditedBy(answer: RequestListener) {
  const registry = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => registry.once('listening', resolve));
  try {
    const { port } = registry.address() as AddressInfo;
    return await checkAdvisories([`--config.registry=http://127.0.0.1:${port}/`]);
  } finally {
    registry.closeAllConnections();
    registry.close();
  }
}

test('an advisory of any severity for what is shipped fails the audit', async () => {
  const finding = await auditedBy((_request, response) => response.end(JSON.stringify({ fastify: [advisory] })));
  expect(finding).toEqual({
    check: 'audit',
    state: 'bad',
    lines: ['fastify *: A planted advisory (low), https://github.com/advisories/GHSA-planted'],
  });
});

test('no advisory is a good answer', async () => {
  expect(await auditedBy((_request, response) => response.end('{}'))).toMatchObject({ state: 'good' });
});

test.each([405, 503])('a registry that answers %i is told as not checked', async (status) => {
  const finding = await auditedBy((_request, response) => response.writeHead(status).end());
  expect(finding).toEqual({
    check: 'audit',
    state: 'not checked',
    lines: ['the registry answers no audit: NOT CHECKED'],
  });
});

test('a registry that hangs up is told as not checked', async () => {
  expect(await auditedBy((request) => request.destroy())).toMatchObject({ state: 'not checked' });
});

test.each(['', 'null', '{"advisories":null}', 'ERR_PNPM_AUDIT_NO_LOCKFILE'])('%j is no audit, and fails', (stdout) => {
  expect(judgeAudit({ ok: false, stdout, stderr: '' })).toMatchObject({ state: 'bad' });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyNode, type RunNode } from './node.ts';
import { startOutside } from './outside.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { expectVerification } from './verifiers.ts';

let small: SmallCloud;
let run: RunNode;
beforeAll(async () => {
  small = await startSmallCloud();
  run = await copyNode('real-clients');
});
afterAll(() => small[Symbol.asyncDispose]());

describe('Node.js', () => {
  test('google-auth-library, by the metadata server', () =>
    small.expectEdges((url) => run('call.js', [url], small.env)));

  test('google-auth-library with a key file asks Google, whatever its token_uri says', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const env = { ...(await small.keyEnv()), HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const { code } = await run('call.js', [small.cloud.service('user-profiles').url], env);
    proxy.close();
    expect(code).not.toBe(0);
    expect(new Set(asked)).toEqual(new Set(['oauth2.googleapis.com:443']));
  });

  test('gcp-metadata', () => small.expectEdges((url) => run('call-with-metadata.js', [url], small.env)));

  for (const program of ['call.js', 'call-with-metadata.js'])
    test(`${program}, by GCE_METADATA_HOST alone`, () =>
      small.expectEdges((url) => run(program, [url], small.envOf(['GCE_METADATA_HOST']))));

  test('a JWT with target_audience, signed by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => run('call-with-key.js', [url], env));
  });

  test('@run-edges/auth, from outside Google Cloud', async () => {
    await using outside = await startOutside();
    const { cloud } = outside.small;
    const call = (name: string) => run('call-from-outside.js', [cloud.service(name).url], outside.env);
    const [allowed, forbidden] = await Promise.all([call('user-profiles'), call('search')]);
    expect(allowed, allowed.stderr).toMatchObject({ code: 0, stdout: '200 user-profiles was reached\n' });
    // The package explains the front end's refusal instead of handing on its page.
    const login = cloud.service('login').listed().serviceAccount;
    expect(forbidden).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(login) });
    expect(forbidden.stderr).toContain('add-iam-policy-binding');
  });

  test('verifyIdToken, by the emulator’s certificates', () =>
    expectVerification(small, '/oauth2/v1/certs', (args, token) => run('verify.js', args, {}, token)));
});

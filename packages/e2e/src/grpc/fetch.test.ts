import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServiceClient } from '@run-edges/auth/outbound';
import { parseDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
import { H2CClient } from 'undici';
import { expect, test } from 'vitest';

test('fetch and the interceptor of @run-edges/auth go over HTTP/2 to a gate', async () => {
  const versions: string[] = [];
  const app = createServer((request, response) => {
    versions.push(request.httpVersion);
    request.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const front = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const cloud = await startEmulator({
    edges: parseDeclaration('services: { caller: { calls: [echo] }, echo: {}, closed: {} }', 'edges.yaml'),
    fronts: { caller: front, echo: front, closed: front },
  });
  const fetchIdToken = (audience: string) => cloud.idToken('caller', audience);
  const asked = (receiver: string) => {
    const { url } = cloud.service(receiver);
    const dispatcher = new H2CClient(url);
    return createServiceClient({ url, dispatcher, source: { identity: 'caller', fetchIdToken } });
  };
  try {
    const echo = asked('echo');
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((body) => echo.fetch('/x', { method: 'POST', body }).then((answer) => answer.text())),
    );
    expect(answers).toEqual(['a', 'b', 'c']);
    expect(versions).toEqual(['1.1', '1.1', '1.1']);
    await expect(asked('closed').fetch('/x')).rejects.toMatchObject({ name: 'FrontEndError' });

    const composed = new H2CClient(echo.origin).compose(echo.interceptor);
    const { statusCode, body } = await composed.request({ origin: echo.origin, path: '/y', method: 'PUT', body: 'd' });
    expect([statusCode, await body.text()]).toEqual([200, 'd']);
    expect(cloud.decisions.list().map(({ status, rule }) => `${status} ${rule}`)).toEqual([
      ...Array.from({ length: 3 }, () => '200 invoker'),
      '403 not-an-invoker',
      '200 invoker',
    ]);
  } finally {
    await cloud.stop();
    app.close();
    app.closeAllConnections();
  }
});

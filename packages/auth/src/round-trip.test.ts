import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { callerAuth } from './fastify.ts';
import { createServiceClient, metadataServer } from './outbound.ts';

test('a service calls another', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const google = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    response.setHeader('metadata-flavor', 'Google');
    if (url.pathname === '/certs') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
      return;
    }
    const email = 'a@p.iam.gserviceaccount.com';
    response.end(
      await new SignJWT({ email, email_verified: true, azp: '1' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
        .setIssuer('https://accounts.google.com')
        .setSubject('1')
        .setIssuedAt()
        .setExpirationTime('1h')
        .setAudience(url.searchParams.get('audience') ?? '')
        .sign(privateKey),
    );
  });
  await new Promise<void>((resolve) => google.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(google.address() as AddressInfo).port}`;
  process.env.GCE_METADATA_HOST = host;
  const app = fastify();
  app.register(callerAuth, {
    mode: 'signature',
    audience: null,
    allowedCallers: null,
    jwksUri: `http://${host}/certs`,
  });
  app.get('/', (request) => request.caller);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const client = createServiceClient({ url, source: metadataServer() });
  for (let i = 0; i < 3; i++) {
    const reply = await client.fetch('/');
    expect(await reply.json()).toMatchObject({ email: 'a@p.iam.gserviceaccount.com' });
  }
  expect((await fetch(url)).status).toBe(401);
  await app.close();
  google.close();
});

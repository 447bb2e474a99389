import swagger from '@fastify/swagger';
import { expect, test } from 'vitest';
import { buildApp } from './app.ts';

test('openapi.json is what the routes say (vitest run --update writes it)', async () => {
  const config = { PORT: 0, LOG_LEVEL: 'silent', PLAIN_HTTP_HOSTS: '', ALLOWED_CALLERS: '' } as const;
  const urls = { SERVICE_URL: 'http://127.0.0.1:8082', GOOGLE_CERTS_URL: 'http://127.0.0.1:9/certs' };
  const demo = { DEMO_PEOPLE: 0, DEMO_EMAIL: '' };
  await using app = await buildApp({ ...config, ...urls, ...demo }, async (bare) => {
    await bare.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'user-profiles', version: '1', description: 'The profiles of the people directory. Private.' },
        components: {
          securitySchemes: {
            idToken: {
              type: 'apiKey',
              in: 'header',
              name: 'X-Serverless-Authorization',
              description: "Bearer and Google's ID token of the calling service",
            },
            userToken: { type: 'http', scheme: 'bearer', description: "login's, of the person for whom it calls" },
          },
        },
        security: [{ idToken: [], userToken: [] }],
      },
    });
  });
  await app.ready();
  await expect(`${JSON.stringify(app.swagger(), null, 2)}\n`).toMatchFileSnapshot('openapi.json');
});

import swagger from '@fastify/swagger';
import { expect, test } from 'vitest';
import { buildApp } from './app.ts';

test('openapi.json is what the routes say (vitest run --update writes it)', async () => {
  const config = { PORT: 0, LOG_LEVEL: 'silent', PLAIN_HTTP_HOSTS: '', ALLOWED_CALLERS: '' } as const;
  const urls = { SERVICE_URL: 'http://127.0.0.1:8083', GOOGLE_CERTS_URL: 'http://127.0.0.1:9/certs' };
  await using app = await buildApp({ ...config, ...urls }, async (bare) => {
    await bare.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'search', version: '1', description: 'The full-text index of the people directory. Private.' },
        components: {
          securitySchemes: {
            idToken: { type: 'http', scheme: 'bearer', description: "Google's, of the calling service" },
          },
        },
        security: [{ idToken: [] }],
      },
    });
  });
  await app.ready();
  await expect(`${JSON.stringify(app.swagger(), null, 2)}\n`).toMatchFileSnapshot('openapi.json');
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { takenBy, takenNames } from './internal/taken-variables.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

describe('a service whose variable means something else is refused', () => {
  it.each([
    ['database', 'DATABASE_URL', "a database's address"],
    ['google-certs', 'GOOGLE_CERTS_URL', "the address of Google's keys"],
    ['service', 'SERVICE_URL', "a service's own address"],
    ['redis', 'REDIS_URL', "a database's address"],
    ['celery-broker', 'CELERY_BROKER_URL', "a message broker's address"],
    ['nextauth', 'NEXTAUTH_URL', "an application's own address"],
    ['aws-endpoint', 'AWS_ENDPOINT_URL', 'what an SDK takes for its API'],
    ['cloud-run-proxy', 'CLOUD_RUN_PROXY_URL', 'Cloud Run'],
    ['x-google-search', 'X_GOOGLE_SEARCH_URL', 'Cloud Run, which refuses it'],
    ['npm-config-disturl', 'NPM_CONFIG_DISTURL_URL', 'npm, as a setting'],
    ['cloudsdk-proxy', 'CLOUDSDK_PROXY_URL', 'gcloud, as a setting'],
    ['run-edges-database', 'RUN_EDGES_DATABASE_URL', 'run-edges, as a setting'],
  ])('%s', (name, variable, what) => {
    const [line, ...more] = refusals(`services:\n  shop: { calls: [${name}] }\n  ${name}: {}\n`);
    expect(more).toEqual([]);
    expect(line).toBe(
      `3:3: the URL of ${name} would be in ${variable}, which is taken by ${what}. Choose another name. So are taken: ${takenNames.join(', ')}.`,
    );
  });

  it('and the README lists the names', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const name of takenNames) expect(readme).toContain(`\`${name}\``);
  });

  it.each(['search', 'auth', 'api', 'databases', 'data-base', 'google-login', 'certs', 'npm', 'run-edge'])(
    'but not %s',
    (name) => {
      expect(takenBy(`${name.toUpperCase().replaceAll('-', '_')}_URL`)).toBeUndefined();
    },
  );
});

describe('the URL of a service in env is refused', () => {
  const refused = (value: string, more = '') =>
    refusals(
      `services:\n  login:\n    calls: [renderer]\n    env:\n      A: ${JSON.stringify(value)}\n  renderer: {}\n  search: {}\n${more}`,
    );

  it.each([
    [
      `\${services.rendrer.url}`,
      `login: env.A names the URL of "rendrer", which is not declared. Did you mean \${services.renderer.url}?`,
    ],
    [
      `a \${services.billing.url}`,
      'login: env.A names the URL of "billing", which is not declared. Declared: login, renderer, search.',
    ],
    [
      `\${services.search.url}`,
      'login: env.A names the URL of search, which login may not call. Add search to the calls of login, or take it out.',
    ],
    ...[
      `\${services.renderer}`,
      `\${services.renderer.URL}`,
      `\${Services.renderer.url}`,
      `\${service.renderer.url}`,
      `\${ services.renderer.url }`,
      `\${services.renderer.url`,
      `\${services[renderer].url}`,
      `\${services.renderer.internal.url}`,
    ].map((value): [string, string] => [
      value,
      `login: env.A holds "${value}", which is no reference. Write \${services.NAME.url}, or $${value} for the text itself.`,
    ]),
  ])('%s', (value, line) => {
    expect(refused(value)).toEqual([`5:10: ${line}`]);
  });

  it.each([
    'https://renderer-123456789012.europe-west1.run.app',
    'HTTPS://Renderer-abcdefghij-uc.a.run.app:443/render',
    'https://blue---renderer-123456789012.us-central1.run.app',
    'wss://renderer-abcdefghij-ew.a.run.app/socket',
    'http://localhost:8082/render',
    'http://127.0.0.1:8082',
    'http://[::1]:8082',
    'http://host.docker.internal:8082',
    'http://renderer',
    'http://renderer:8080/render',
    'http://renderer.container.internal:8080',
    '["https://example.com","http://localhost:8082"]',
  ])('written out, where it is right in one place alone: %s', (value) => {
    expect(refused(value)).toEqual([
      expect.stringMatching(
        /^5:10: login: env\.A holds ".*", a URL of renderer that is right in one place alone\. Write \$\{services\.renderer\.url\}, which is right wherever it runs\.$/,
      ),
    ]);
  });

  it('written out without an edge, which is wanted, too', () => {
    expect(refused('https://search-123456789012.europe-west1.run.app')).toEqual([
      expect.stringMatching(/, and add search to the calls of login\.$/),
    ]);
  });

  it.each([
    'https://example.com',
    'https://renderer.example.com',
    'https://other-123456789012.europe-west1.run.app',
    'https://renderer-x-123456789012.europe-west1.run.app',
    'http://localhost:9000',
    'http://localhost',
    'postgres://renderer:5432/app',
    'renderer',
    `\${HOME}/x \${date} $\${HOME}`,
    `$\${services.search.url}`,
    `\${services.renderer.url} \${services.login.url}`,
  ])('but not another text: %s', (value) => {
    const text = `services:\n  login: { calls: [renderer], env: { A: ${JSON.stringify(value)} } }\n  renderer: {}\n  search: {}\n`;
    expect(parseDeclaration(text, 'edges.yaml').services[0]?.env).toEqual({ A: value });
  });

  it('but not of one that is public, or of the service itself', () => {
    const env = `{ A: "\${services.open.url}", B: "\${services.login.url}" }`;
    expect(() =>
      parseDeclaration(`services: { login: { env: ${env} }, open: { public: true } }`, 'edges.yaml'),
    ).not.toThrow();
  });
});

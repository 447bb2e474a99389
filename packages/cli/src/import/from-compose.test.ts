import { join } from 'node:path';
import { declaredCalls, parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { fromCompose } from './from-compose.ts';

const folder = '/home/ada/acme';

function imported(text: string, env = false, file = join(folder, 'compose.yaml')) {
  const { text: written, notes } = fromCompose(text, { file, folder, env });
  return { written, notes: notes.join('\n'), declaration: parseDeclaration(written, join(folder, 'edges.yaml')) };
}

// In pieces of a text: the audit of secrets takes a whole one for a real one.
const secret = 'hunter2-hunter2';
const compose = `
services:
  front_end:
    build: ./web
    ports: ["8080:8080"]
    depends_on: { api: { condition: service_healthy }, db: { condition: service_started } }
    environment:
      API_URL: http://api:9000/v1
      LEDGER_ENDPOINT: http://ledger:8080/books
      LOG_LEVEL: debug
      SESSION_SECRET: ${secret}
      FROM_SHELL: \${HOME}
      DATABASE_URL: postgres://u:${secret}@db/x
  api:
    build: { context: services/api, dockerfile: deploy/Dockerfile }
    environment: ["PORT=9000", "LEDGER_URL=http://ledger"]
  ledger: { image: "europe-docker.pkg.dev/acme/apps/ledger:4" }
  db: { image: "postgres:17" }
  cache: { image: "docker.io/library/redis" }
  broken: {}
`;

test('services, where each is built, and guesses of edges', () => {
  const { written, notes, declaration } = imported(compose);
  expect(declaredCalls(declaration)).toEqual(['api ledger', 'front-end api', 'front-end ledger']);
  expect(declaration.services.map(({ name, source, image, build }) => ({ name, source, image, build }))).toEqual([
    { name: 'front-end', source: join(folder, 'web'), image: undefined, build: undefined },
    {
      name: 'api',
      source: join(folder, 'services/api'),
      image: undefined,
      build: { context: join(folder, 'services/api'), dockerfile: join(folder, 'services/api/deploy/Dockerfile') },
    },
    expect.objectContaining({ name: 'ledger', image: 'europe-docker.pkg.dev/acme/apps/ledger:4' }),
  ]);
  expect(declaration.services.every((one) => !one.public)).toBe(true);
  expect(written).toContain(
    'front-end: # services.front_end; it publishes a port: if everybody may call it, add public: true',
  );
  expect(written).toContain(
    `- api # guess: API_URL in ${folder}/compose.yaml is its address, with /v1 behind it, which is not told here: add it where API_URL is read`,
  );
  for (const said of [
    'db is left out: postgres:17',
    'cache is left out',
    'broken is left out',
    'front-end is front_end there',
  ])
    expect(notes).toContain(said);
});

test('variables: addresses of others are kept as such, values on request alone, and never what may be a secret', () => {
  const without = imported(compose);
  const front = ({ declaration }: typeof without) => declaration.services.find(({ name }) => name === 'front-end')?.env;
  const ledger = `\${services.ledger.url}/books`;
  expect(front(without)).toEqual({ LEDGER_ENDPOINT: ledger });
  const copied = imported(compose, true);
  expect(front(copied)).toEqual({ LOG_LEVEL: 'debug', LEDGER_ENDPOINT: ledger });
  for (const { written, notes } of [without, copied]) {
    expect(written).not.toContain('hunter2');
    expect(notes).toContain('SESSION_SECRET');
  }
});

test('an address is one whatever its variable is called, but for a proxy', () => {
  const { declaration } = imported(
    'services: { web: { build: ., environment: [API_BASE=http://api:5000/v1, HTTP_PROXY=http://squid:3128, http_proxy=http://squid] }, api: { build: api }, squid: { build: squid } }',
  );
  expect(declaredCalls(declaration)).toEqual(['web api']);
  expect(declaration.services.map(({ env }) => env)).toContainEqual({ API_BASE: `\${services.api.url}/v1` });
});

test.each([
  [`http://api:\${API_PORT}/v1`, '/v1'],
  ['http://api:$API_PORT', ''],
  [`http://api:\${API_PORT:-9000}/v1`, '/v1'],
  [`http://\${API_HOST:-api}:\${API_PORT-9000}`, ''],
  [`\${SCHEME:-http}://api/v1/`, '/v1'],
])('an address with variables of whoever reads the file is one: %s', (url, path) => {
  const services = { web: { build: '.', environment: { BACKEND: url } }, api: { build: 'api' } };
  const { declaration } = imported(JSON.stringify({ services }));
  expect(declaredCalls(declaration)).toEqual(['web api']);
  expect(declaration.services.map(({ env }) => env)).toContainEqual({ BACKEND: `\${services.api.url}${path}` });
});

test.each([`http://\${API_HOST}:9000`, `http://api\${SUFFIX}`, `http://\${API_HOST:-\${OTHER}}`, `http://u:\${P}@api`])(
  'whose host is not known is none: %s',
  (url) => {
    const services = { web: { build: '.', environment: { BACKEND: url } }, api: { build: 'api' } };
    expect(declaredCalls(imported(JSON.stringify({ services })).declaration)).toEqual([]);
  },
);

test('a file elsewhere: folders are relative to where the declaration will stand', () => {
  const { declaration } = imported('services: { web: { build: ../web } }', false, '/home/ada/acme/deploy/compose.yaml');
  expect(declaration.services[0]?.source).toBe('/home/ada/acme/web');
});

test('a port that says h2c, and no other, is HTTP/2 to the container', () => {
  const ports = (...all: unknown[]) => ({ image: 'a/b', ports: all });
  const { declaration, written } = imported(
    JSON.stringify({
      services: {
        feed: ports('9090', { target: 8080, app_protocol: 'h2c' }),
        web: ports({ target: 8080, app_protocol: 'http' }),
        old: ports('8080:8080'),
        odd: ports(null, [], { app_protocol: ['h2c'] }, { name: 'h2c' }),
        text: { image: 'a/b', ports: 'h2c' },
      },
    }),
  );
  expect(declaration.services.flatMap(({ name, http2 }) => (http2 === undefined ? [] : [[name, http2]]))).toEqual([
    ['feed', true],
  ]);
  expect(written).toContain('http2: true # services.feed.ports');
});

describe('rubbish', () => {
  test.each([
    ['', 'has no services of compose'],
    ['{{{', 'has no services of compose'],
    ['services: [a]', 'has no services of compose'],
    ['services: { db: { image: postgres } }', 'has no service that could be one of Cloud Run'],
    ['services: { db: 7 }', 'has no service that could be one of Cloud Run'],
  ])('%j', (text, said) => {
    expect(() => imported(text)).toThrow(said);
  });

  test('values of other types, names that may not stand, the same name in another form', () => {
    const { declaration, notes } = imported(`services:
  web_a: { build: 7, image: x/y, depends_on: 7, environment: 7, ports: 7 }
  web.a: { build: . , environment: { A: 7, B: [x], C: null, "D E": "http://web_a" } }
  database: { build: . }
  "\\u001b[31m": { build: . }
`);
    expect(declaration.services.map(({ name }) => name).sort()).toEqual([
      'database-service',
      'm-service',
      'web-a',
      'web-a-2',
    ]);
    expect(declaredCalls(declaration)).toEqual([]);
    expect(notes).toContain('database-service is database there');
  });
});

import { relative } from 'node:path';
import { type Declaration, environmentOf, findCaller, type Service, serviceAccountEmail } from '@run-edges/edges';
import { containerHost, networkUrl } from '@run-edges/emulator';
import { demoEnv } from '../demo.ts';
import { TargetError } from '../emulator-api.ts';
import type { ComposeOptions } from './compose-options.ts';
import { EMULATOR } from './emulator-container.ts';
import { literally } from './literally.ts';
import { startedBefore } from './start-order.ts';

const METADATA = 'metadata.google.internal';
const KEYS_URL = 'http://www.googleapis.com/oauth2/v3/certs';

/** A service's container, on a network of its own. */
export function appContainer(declaration: Declaration, service: Service, { folder, people }: ComposeOptions): object {
  const { name } = service;
  const before = [EMULATOR, ...startedBefore(declaration, name)];
  return {
    image: `run-edges/${name}:local`,
    build: {
      context: '.',
      dockerfile: 'infra/docker/Dockerfile',
      target: 'service',
      args: { SOURCE: literally(sourceBelow(folder, service)) },
    },
    depends_on: Object.fromEntries(before.map((other) => [other, { condition: 'service_healthy' }])),
    environment: escaped({ ...cloudRunEnv(declaration, name), ...demoEnv(people) }),
    tmpfs: ['/tmp:size=16m'],
    volumes: [`${name}-state:/state`],
    networks: { [name]: { aliases: [containerHost(name)] } },
  };
}

/** What Cloud Run and the declaration would put there, and where the metadata server is. */
function cloudRunEnv(declaration: Declaration, name: string): Record<string, string> {
  const env = environmentOf(declaration, name, {
    urlOf: (other) => networkUrl(other, 80),
    emailOf: (other) => serviceAccountEmail(accountOf(declaration, other), 'run-edges-local'),
  });
  const urls = [KEYS_URL, ...Object.values(env)].filter((value) => /^http:\/\/[\w.-]+(\/|$)/.test(value));
  return {
    K_SERVICE: name,
    K_REVISION: `${name}-00001-run`,
    K_CONFIGURATION: name,
    GCE_METADATA_HOST: METADATA,
    GCE_METADATA_IP: METADATA,
    GCE_METADATA_ROOT: METADATA,
    GOOGLE_CERTS_URL: KEYS_URL,
    STATE_DIR: '/state',
    PLAIN_HTTP_HOSTS: [...new Set(urls.map((url) => new URL(url).hostname))].join(','),
    ...env,
  };
}

function accountOf(declaration: Declaration, name: string): string {
  return findCaller(declaration, name)?.serviceAccount ?? name;
}

/** The database's address alone is left to compose. */
function escaped(env: Readonly<Record<string, string>>): Record<string, string> {
  const values = Object.entries(env).map(([name, value]) => [name, literally(value)]);
  return { DATABASE_URL: `\${RUN_EDGES_DATABASE_URL:-}`, ...Object.fromEntries(values) };
}

function sourceBelow(folder: string, { name, source }: Service): string {
  const path = relative(folder, source);
  if (path === '' || path.startsWith('..'))
    throw new TargetError(
      `The source of ${name}, ${source}, is not below ${folder}, from which images are built.`,
      'Run this in the folder above both, or name another source in the declaration.',
    );
  return path;
}

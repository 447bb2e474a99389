import { type Declaration, environmentOf, findService, type Service, serviceAccountEmail } from '@run-edges/edges';
import { containerHost, networkUrl } from '@run-edges/emulator';
import { demoEnv, isOfTheDemo } from '../demo.ts';
import { accountIdOf } from '../deployment/wanted.ts';
import type { ComposeOptions } from './compose-options.ts';
import { EMULATOR } from './emulator-container.ts';
import { hasOwnImage, imageOf } from './image.ts';
import { literally } from './literally.ts';
import { startedBefore } from './start-order.ts';

const METADATA = 'metadata.google.internal';
const KEYS_URL = 'http://www.googleapis.com/oauth2/v3/certs';

/** A service's container, on a network of its own. */
export function appContainer(declaration: Declaration, service: Service, { folder, people }: ComposeOptions): object {
  const { name } = service;
  const before = [EMULATOR, ...startedBefore(declaration, name)];
  return {
    ...imageOf(service, folder),
    depends_on: Object.fromEntries(before.map((other) => [other, { condition: whenStarted(declaration, other) }])),
    environment: {
      ...(isOfTheDemo(service) ? { DATABASE_URL: `\${RUN_EDGES_DATABASE_URL:-}` } : {}),
      ...escaped({
        ...cloudRunEnv(declaration, name),
        ...(isOfTheDemo(service) ? demoEnv(people) : {}),
        ...(hasOwnImage(service) ? { PORT: '8080' } : {}),
      }),
    },
    tmpfs: ['/tmp:size=16m'],
    volumes: [`${name}-state:/state`],
    networks: { [name]: { aliases: [containerHost(name)] } },
  };
}

/** Images of others may not say when they are healthy. */
function whenStarted(declaration: Declaration, container: string): string {
  const service = findService(declaration, container);
  return service !== undefined && hasOwnImage(service) ? 'service_started' : 'service_healthy';
}

/** What Cloud Run and the declaration would put there, and where the metadata server is. */
function cloudRunEnv(declaration: Declaration, name: string): Record<string, string> {
  const env = environmentOf(declaration, name, {
    urlOf: (other) => networkUrl(other, 80),
    emailOf: (other) => serviceAccountEmail(accountIdOf(declaration, other), 'run-edges-local'),
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

function escaped(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, literally(value)]));
}

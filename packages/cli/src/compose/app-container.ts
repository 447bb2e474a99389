import {
  type Declaration,
  findService,
  type Job,
  type Service,
  type WorkerPool,
  type Workload,
} from '@run-edges/edges';
import { containerHost } from '@run-edges/emulator';
import type { ComposeOptions } from './compose-options.ts';
import { EMULATOR } from './emulator-container.ts';
import { hasOwnImage, imageOf } from './image.ts';
import { literally } from './literally.ts';
import type { Container } from './metadata-address.ts';
import { startedBefore } from './start-order.ts';

const METADATA = 'metadata.google.internal';

/** For those that would look for it at its address. */
const metadataByName = { GCE_METADATA_HOST: METADATA, GCE_METADATA_IP: METADATA, GCE_METADATA_ROOT: METADATA };

/** A service's container, on a network of its own. */
export function appContainer(declaration: Declaration, service: Service, options: ComposeOptions): Container {
  const { name } = service;
  return {
    ...container(declaration, service, options, {
      K_SERVICE: name,
      K_REVISION: `${name}-00001-run`,
      K_CONFIGURATION: name,
    }),
    networks: { [name]: { aliases: [containerHost(name)] } },
  };
}

/** An instance of a worker pool, which `docker compose up --scale` has more of. */
export function poolContainer(declaration: Declaration, pool: WorkerPool, options: ComposeOptions): Container {
  const { name } = pool;
  return container(declaration, pool, options, {
    CLOUD_RUN_WORKER_POOL: name,
    CLOUD_RUN_WORKER_POOL_REVISION: `${name}-00001-run`,
  });
}

/** A task of a job, which runs when it is asked for: `docker compose run --rm NAME`. */
export function jobContainer(declaration: Declaration, job: Job, options: ComposeOptions): Container {
  const { name, command } = job;
  const made = container(declaration, job, options, {
    CLOUD_RUN_JOB: name,
    CLOUD_RUN_EXECUTION: `${name}-run`,
    CLOUD_RUN_TASK_INDEX: '0',
    CLOUD_RUN_TASK_COUNT: '1',
    CLOUD_RUN_TASK_ATTEMPT: '0',
  });
  const started = command === undefined ? {} : { entrypoint: command.map(literally), command: [] };
  return { ...made, ...started, profiles: ['jobs'], restart: 'no' };
}

/** @param identity Cloud Run's variables of its kind */
function container(
  declaration: Declaration,
  workload: Workload,
  options: ComposeOptions,
  identity: Readonly<Record<string, string>>,
): Container {
  const { name } = workload;
  const { folder, addresses, metadataIp, own, people } = options;
  const before = [EMULATOR, ...startedBefore(declaration, name)];
  const isOwn = own?.has(workload) ?? false;
  return {
    ...imageOf(workload, folder),
    depends_on: Object.fromEntries(before.map((other) => [other, { condition: whenStarted(declaration, other) }])),
    environment: {
      ...(isOwn ? { DATABASE_URL: `\${RUN_EDGES_DATABASE_URL:-}` } : {}),
      ...escaped({
        ...identity,
        ...(metadataIp.includes(name) ? {} : metadataByName),
        GOOGLE_CERTS_URL: addresses.keysUrl,
        STATE_DIR: '/state',
        ...addresses.env(declaration, name),
        ...(isOwn ? own?.env(people) : {}),
        ...(hasOwnImage(workload) && 'public' in workload ? { PORT: '8080' } : {}),
      }),
    },
    tmpfs: ['/tmp:size=16m'],
    volumes: [`${name}-state:/state`, ...addresses.volumes('ro')],
    networks: [name],
  };
}

/** Images of others may not say when they are healthy. */
function whenStarted(declaration: Declaration, container: string): string {
  const service = findService(declaration, container);
  return service !== undefined && hasOwnImage(service) ? 'service_started' : 'service_healthy';
}

function escaped(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, literally(value)]));
}

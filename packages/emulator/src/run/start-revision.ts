import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmulatorError } from '../errors.ts';
import type { GateSettings } from '../gate/settings.ts';
import { resolveGateSettings } from '../gate/settings.ts';
import type { Accounts } from '../identity/accounts.ts';
import type { Project } from '../identity/project.ts';
import { ownEntry } from '../internal/own-entry.ts';
import { googleClientEnv } from '../runtime/google-client-env.ts';
import type { Isolation } from '../runtime/isolation.ts';
import type { ServiceRegistry } from '../service-registry.ts';
import { revisionLimits } from './front-end-of-service.ts';
import { findApp, type ImageSources } from './images.ts';
import type { Container, KnativeRevision } from './knative.ts';
import { localised } from './local-urls.ts';

export interface StartRevisionOptions {
  readonly registry: ServiceRegistry;
  readonly isolation: Isolation;
  readonly accounts: Accounts;
  readonly project: Project;
  readonly sources: ImageSources;
  readonly gate: GateSettings | undefined;
  /** Folder with a folder for each service. */
  readonly folder: string;
  /** Where the API is. */
  readonly apiUrl: string;
  /** Environment for services beyond what was deployed, by name. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Starts a revision on this machine as Cloud Run would: its image's app, its environment, its identity. @throws EmulatorError */
export async function startRevision(
  service: string,
  { metadata, spec }: KnativeRevision,
  options: StartRevisionOptions,
): Promise<void> {
  const { registry, isolation, accounts, project, sources, folder, apiUrl } = options;
  const [container = {}] = spec.containers;
  const image = container.image ?? '';
  const app = findApp(image, sources);
  if (app === undefined)
    throw new EmulatorError(
      'UNKNOWN_IMAGE',
      `Image '${image}' not found: no folder on this machine stands for it.`,
      `Start the emulator with --map ${image}=FOLDER, or name the image like a declared service.`,
    );
  const account = accounts.byEmail(spec.serviceAccountName ?? '');
  if (account === undefined)
    throw new EmulatorError(
      'UNKNOWN_PRINCIPAL',
      `Service account ${spec.serviceAccountName} does not exist.`,
      'Create it, and deploy again.',
    );

  const declared = await localised(plainEnv(container), project, async (name) => (await registry.at(name)).url);
  const runtime = await registry.at(service);
  const principal = await runtime.principalOf(account);
  const own = join(folder, service);
  const home = join(own, 'home');
  await mkdir(home, { recursive: true });
  await runtime.start({
    name: metadata.name,
    principal,
    app:
      'url' in app
        ? app
        : { ...app, startProcess: isolation.starterFor(principal, { source: app.folder, state: folder, own }) },
    limits: revisionLimits({ metadata, spec }, resolveGateSettings(options.gate)),
    env: {
      ...declared,
      ...googleClientEnv(principal.metadataHost, project, home, declared),
      GOOGLE_CERTS_URL: `${apiUrl}/oauth2/v3/certs`,
      STATE_DIR: own,
      ...ownEntry(options.env, service),
    },
  });
}

function plainEnv({ env = [] }: Container): Record<string, string> {
  const secret = env.find(({ valueFrom }) => valueFrom !== undefined);
  if (secret !== undefined)
    throw new EmulatorError(
      'NO_SECRETS',
      `${secret.name} comes from the secret ${secret.valueFrom?.secretKeyRef?.name ?? ''}, and there is no Secret Manager here.`,
      'Deploy it as a plain value here.',
    );
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { Project } from '../../identity/project.ts';
import { refuseWhenEnding } from '../../internal/ending.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import type { GateSettings } from '../gate/settings.ts';
import { resolveGateSettings } from '../gate/settings.ts';
import { googleClientEnv } from '../runtime/google-client-env.ts';
import type { Isolation } from '../runtime/isolation.ts';
import type { StartProcess } from '../runtime/process-group.ts';
import { annotation, type Container, isTrue, type KnativeRevision } from '../services/knative.ts';
import { notesOn, refuseWhatIsNotThere } from '../services/not-carried-out.ts';
import { probesOf } from '../services/probes.ts';
import { revisionLimits } from './front-end-of-service.ts';
import { findApp, type ImageSources } from './images.ts';
import { localised } from './local-urls.ts';
import type { ServiceRegistry } from './service-registry.ts';

export interface StartRevisionOptions {
  readonly registry: ServiceRegistry;
  readonly isolation: Isolation;
  readonly accounts: Accounts;
  readonly project: Project;
  readonly sources: ImageSources;
  readonly gate: GateSettings | undefined;
  /** Milliseconds that a container has to listen where it names no startup probe. */
  readonly startTimeout: number;
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
  refuseWhatIsNotThere(container, { metadata, spec }, app);
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
        : {
            ...app,
            command: container.command ?? [],
            args: container.args ?? [],
            probes: probesOf(container, options.startTimeout),
            checkedAtDeploy: !isTrue(metadata.annotations[annotation.healthCheckDisabled]),
            startProcess: unlessEnding(
              registry.ending,
              isolation.starterFor(principal, { source: app.folder, state: folder, own }),
            ),
          },
    notes: notesOn(container, app),
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

/** Also a container that crashed, or that a request wakes, is not started again. */
function unlessEnding(ending: AbortSignal, start: StartProcess): StartProcess {
  return (command, settings) => {
    refuseWhenEnding(ending);
    return start(command, settings);
  };
}

function plainEnv({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

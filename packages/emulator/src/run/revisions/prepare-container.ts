import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accounts, ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { Project } from '../../identity/project.ts';
import { refuseWhenEnding } from '../../internal/ending.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import { googleClientEnv } from '../runtime/google-client-env.ts';
import type { Isolation } from '../runtime/isolation.ts';
import type { StartProcess } from '../runtime/process-group.ts';
import type { Container, KnativeRevision } from '../services/knative.ts';
import { notesOn, refuseWhatIsNotThere } from '../services/not-carried-out.ts';
import { type App, findApp, type ImageSources } from './images.ts';
import { localised } from './local-urls.ts';
import type { Principal } from './principal.ts';

type Env = Readonly<Record<string, string>>;

/** What containers are started with on this machine. */
export interface Machine {
  readonly isolation: Isolation;
  readonly accounts: Accounts;
  readonly project: Project;
  readonly sources: () => ImageSources;
  /** Folder with a folder for each service, job and worker pool. */
  readonly folder: string;
  /** Where the API is. */
  readonly apiUrl: () => string;
  /** Where a service of the project is reached, by the region whose URL it is. */
  readonly urlOf: (service: string, region: string) => Promise<string>;
  /** Where receivers of others are reached here, by their own URLs. */
  readonly elsewhere: () => ReadonlyMap<string, string>;
  /**
   * What a program is told besides where everything is met by its production address; undefined where it is told local
   * ones. @param folder of its own
   */
  readonly productionEnv:
    | ((principal: Principal, folder: string, before: Env) => Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** Environment beyond what was deployed, by name. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
}

/** What is deployed: its name, and what v1 says of its containers and of who runs it. */
export interface Deployed {
  readonly name: string;
  readonly metadata: Pick<KnativeRevision['metadata'], 'annotations'>;
  readonly spec: Pick<KnativeRevision['spec'], 'containers' | 'serviceAccountName' | 'volumes'>;
}

/** A container that can be started: its app, its identity, its environment. */
export interface Prepared {
  readonly container: Container;
  readonly app: App;
  readonly principal: Principal;
  readonly env: Readonly<Record<string, string>>;
  /** What is asked of it, and not done here. */
  readonly notes: readonly string[];
  /** Starts processes as the identity. */
  readonly startProcess: StartProcess;
}

/**
 * Finds what a container is started with here as Cloud Run would.
 * @param principalOf the metadata server of its account
 * @throws EmulatorError UNKNOWN_IMAGE, UNKNOWN_PRINCIPAL, NO_SECRETS, NOT_CARRIED_OUT, STATE_EXPOSED
 */
export async function prepareContainer(
  { name, metadata, spec }: Deployed,
  principalOf: (account: ServiceAccount) => Promise<Principal>,
  machine: Machine,
): Promise<Prepared> {
  const { isolation, project, folder, ending } = machine;
  const [container = {}] = spec.containers;
  const app = appFor(container, machine.sources());
  refuseWhatIsNotThere(container, { metadata, spec }, app);
  const principal = await principalOf(accountOf(spec.serviceAccountName, machine.accounts));
  const declared = await localised(plainEnv(container), project, machine.urlOf, machine.elsewhere());
  const own = join(folder, name);
  const home = join(own, 'home');
  await mkdir(home, { recursive: true });
  const start = 'url' in app ? undefined : isolation.starterFor(principal, { source: app.folder, state: folder, own });
  return {
    container,
    app,
    principal,
    notes: notesOn(container, app),
    env: {
      ...declared,
      ...googleClientEnv(principal.metadataHost, project, home, declared),
      GOOGLE_CERTS_URL: `${machine.apiUrl()}/oauth2/v3/certs`,
      ...(await machine.productionEnv?.(principal, own, declared)),
      STATE_DIR: own,
      ...ownEntry(machine.env, name),
    },
    startProcess(command, settings) {
      // Also a container that crashed, or that a request wakes, is not started again.
      refuseWhenEnding(ending);
      if (start === undefined) throw new TypeError(`${name} runs elsewhere`);
      return start(command, settings);
    },
  };
}

/** @throws EmulatorError UNKNOWN_IMAGE */
export function appFor({ image = '' }: Container, sources: ImageSources): App {
  const app = findApp(image, sources);
  if (app !== undefined) return app;
  throw new EmulatorError(
    'UNKNOWN_IMAGE',
    `Image '${image}' not found: no folder on this machine stands for it.`,
    `Start the emulator with --map ${image}=FOLDER, or name the image like a declared service.`,
  );
}

/** @throws EmulatorError UNKNOWN_PRINCIPAL */
function accountOf(email = '', accounts: Accounts): ServiceAccount {
  const account = accounts.byEmail(email);
  if (account !== undefined) return account;
  throw new EmulatorError(
    'UNKNOWN_PRINCIPAL',
    `Service account ${email} does not exist.`,
    'Create it, and deploy again.',
  );
}

function plainEnv({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

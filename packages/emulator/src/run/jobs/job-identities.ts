import { EmulatorError } from '../../internal/errors.ts';
import { type Machine, type Prepared, prepareContainer } from '../revisions/prepare-container.ts';
import type { OpenPrincipal, Principal } from '../revisions/principal.ts';
import { createServicePrincipals, type ServicePrincipals } from '../revisions/service-principals.ts';
import { startCommand } from '../runtime/start-command.ts';
import type { ExecutionSpec, KnativeJob } from './knative-job.ts';

/** A container of a job that can be started, and the shell's command for it. */
export interface Runnable extends Prepared {
  readonly command: string;
  /** Folder of the app. */
  readonly source: string;
}

/** Who the jobs are: each has a metadata server from when it is deployed, whether it runs or not. */
export interface JobIdentities {
  principals(): readonly Principal[];
  env(name: string): Readonly<Record<string, string>>;
  /** Opens its metadata server where it has none yet. Gives why it could not be run, or undefined. */
  settle(job: KnativeJob): Promise<string | undefined>;
  /** @throws EmulatorError where it cannot be started here */
  prepare(job: KnativeJob, spec: ExecutionSpec): Promise<Runnable>;
  /** It was deleted. */
  forget(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Identity {
  readonly servers: ServicePrincipals;
  principal?: Principal;
  env?: Readonly<Record<string, string>>;
}

export interface JobIdentitiesOptions {
  readonly machine: Machine;
  readonly openPrincipal: OpenPrincipal;
  /** Where the metadata server of a job is; 0 for any free port. */
  readonly portOf: (name: string) => number;
}

export function createJobIdentities({ machine, openPrincipal, portOf }: JobIdentitiesOptions): JobIdentities {
  const identities = new Map<string, Identity>();

  function identityOf(name: string): Identity {
    const known = identities.get(name);
    if (known !== undefined) return known;
    const servers = createServicePrincipals({ name, port: portOf(name), open: openPrincipal });
    const made = { servers };
    identities.set(name, made);
    return made;
  }

  async function prepare(job: KnativeJob, spec: ExecutionSpec): Promise<Runnable> {
    const { name } = job.metadata;
    const { annotations = {} } = job.spec.template.metadata ?? {};
    const { servers } = identityOf(name);
    const prepared = await prepareContainer(
      { name, metadata: { annotations }, spec: spec.template.spec },
      servers.of,
      machine,
    );
    const { app, container } = prepared;
    if ('url' in app)
      throw new EmulatorError(
        'NOT_CARRIED_OUT',
        `What stands for the image of ${name} runs at ${app.url} already, and a job is started to run to its end.`,
        'Map the image to a folder.',
      );
    return { ...prepared, source: app.folder, command: startCommand(name, app.folder, { ...container, own: app.own }) };
  }

  return {
    principals: () => [...identities.values()].flatMap(({ principal }) => principal ?? []),
    env: (name) => identities.get(name)?.env ?? {},
    prepare,
    async settle(job) {
      const identity = identityOf(job.metadata.name);
      const { serviceAccountName = '' } = job.spec.template.spec.template.spec;
      const account = machine.accounts.byEmail(serviceAccountName);
      if (account !== undefined) {
        const principal = await identity.servers.of(account);
        identity.principal = principal;
        await identity.servers.end((other) => other !== principal);
      }
      try {
        identity.env = (await prepare(job, job.spec.template.spec)).env;
        return undefined;
      } catch (error) {
        if (!(error instanceof EmulatorError)) throw error;
        return `${error.message} ${error.mend}`;
      }
    },
    async forget(name) {
      const identity = identities.get(name);
      identities.delete(name);
      await identity?.servers.close();
    },
    async close() {
      await Promise.all([...identities.values()].map(({ servers }) => servers.close()));
    },
  };
}

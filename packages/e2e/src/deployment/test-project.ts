import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { type Ended, type Running, runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';
import { startWire, type Wire } from './wire.ts';

/** A call as the emulator records it. */
export interface AdminCall {
  readonly path: string;
  readonly mutating: boolean;
}

/** An empty project in an emulator, and the real gcloud, whose every call is seen. */
export interface TestProject extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly wire: Wire;
  /** The folder with infra/edges.yaml and the apps. */
  readonly folder: string;
  /** What points gcloud and Terraform at it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `run-edges COMMAND --project P ...` in the folder. */
  start(args: readonly string[], options?: { detached?: boolean }): Running;
  run(...args: readonly string[]): Promise<Ended>;
  gcloud(...args: readonly string[]): Promise<Output>;
  /** `gcloud run services VERB ...` in the project and region. @throws when it fails */
  services(...args: readonly string[]): Promise<string>;
  /** The emulator's own record of calls, oldest first. */
  recorded(): Promise<readonly AdminCall[]>;
  /** What is in the project, without what differs from one deployment to the next. */
  state(): Promise<object>;
  /** The same project as another developer. */
  as(email: string): Promise<Pick<TestProject, 'run'>>;
}

/** An app that listens and answers. */
export const program = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;

export const project = 'run-edges-local';
const region = 'us-central1';

/** @param edges the text of edges.yaml @param apps names of the apps that there are @param deployed all of them already */
export async function startTestProject(
  edges: string,
  apps: readonly string[],
  { deployed = false }: { deployed?: boolean } = {},
): Promise<TestProject> {
  const folder = projectOf(edges, Object.fromEntries(apps.map((name) => [name, { program }])));
  const opened = await openTestProject(folder, { deployed });
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param folder has infra/edges.yaml and the apps, and is kept */
export async function openTestProject(folder: string, { deployed = false } = {}): Promise<TestProject> {
  const scratch = await mkdtemp(join(tmpdir(), 'run-edges-deployment-'));
  const cloud = await startEmulator({ edges: join(folder, 'infra', 'edges.yaml'), deployed });
  const wire = await startWire(cloud.url);

  /** As the emulator gives it, and then by way of the wire, in all of it: the emulator itself proves nothing to a relay. */
  async function environment(...args: readonly string[]): Promise<Record<string, string | undefined>> {
    const own = join(scratch, args.join('-') || 'owner');
    const asked = ['env', '--json', '--target', cloud.url, '--folder', own, ...args];
    const signIn = { RUN_EDGES_TOKEN: cloud.developerToken };
    const { code, stdout, stderr } = await runEdges(asked, folder, { env: signIn }).ended;
    if (code !== 0) throw new Error(stderr);
    // Some of it names the port alone.
    const [direct, detour] = [cloud.url, wire.url].map((url) => new URL(url).port);
    const byWire = (text: string) => text.replaceAll(new RegExp(`\\b${direct}\\b`, 'g'), detour ?? '');
    for (const entry of await readdir(own, { recursive: true, withFileTypes: true }).catch(() => [])) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) await writeFile(file, byWire(await readFile(file, 'utf8')));
    }
    const variables = JSON.parse(byWire(stdout)) as Record<string, string | null>;
    return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value ?? undefined]));
  }
  const env = await environment();
  const start: TestProject['start'] = ([command = '', ...args], options = {}) =>
    runEdges([command, '--project', project, ...args], folder, { env, ...options });
  const gcloud: TestProject['gcloud'] = (...args) =>
    runProgram({ command: 'gcloud', args, env: { ...process.env, ...env }, cwd: folder });

  return {
    cloud,
    wire,
    folder,
    env,
    start,
    run: (...args) => start(args).ended,
    gcloud,
    async services(...args) {
      const at = [`--region=${region}`, `--project=${project}`];
      const { code, stdout, stderr } = await gcloud('run', 'services', ...args, ...at);
      if (code !== 0) throw new Error(stderr);
      return stdout;
    },
    async recorded() {
      const { calls } = (await (await fetch(new URL('/run-edges/v1/calls', cloud.url))).json()) as {
        calls: AdminCall[];
      };
      return calls;
    },
    state: () => stateOf(cloud, env.GOOGLE_OAUTH_ACCESS_TOKEN ?? ''),
    async as(email) {
      const other = await environment('--as', email);
      return {
        run: (command = '', ...args: readonly string[]) =>
          runEdges([command, '--project', project, ...args], folder, { env: other }).ended,
      };
    },
    async [Symbol.asyncDispose]() {
      await wire[Symbol.asyncDispose]();
      await cloud.stop();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

interface Listed {
  readonly metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  readonly spec: { template: { metadata?: { annotations?: Record<string, string> }; spec: object } };
}

async function stateOf(cloud: Cloud, token: string): Promise<object> {
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(new URL(path, cloud.url), { method, headers: { authorization: `Bearer ${token}` } });
    // What an API that is off would show is nothing.
    if (response.status === 403 && (await response.clone().text()).includes('SERVICE_DISABLED')) return {};
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const policy = async (path: string, method?: string) => {
    const { bindings = [] } = (await ask(`${path}:getIamPolicy`, method)) as {
      bindings?: { role: string; members: string[] }[];
    };
    return bindings.map(({ members, ...binding }) => ({ ...binding, members: members.toSorted() }));
  };
  const at = `/v1/projects/${project}`;
  const { accounts = [] } = (await ask(`${at}/serviceAccounts`)) as {
    accounts?: { email: string; description: string }[];
  };
  const { items = [] } = (await ask(`/apis/serving.knative.dev/v1/namespaces/${project}/services`)) as {
    items?: Listed[];
  };
  const { services } = (await ask(`${at}/services?filter=state:ENABLED`)) as {
    services: { config: { name: string } }[];
  };
  return {
    apis: services.map(({ config }) => config.name).sort(),
    accounts: await Promise.all(
      accounts.map(async ({ email, description }) => ({
        email,
        description,
        bindings: await policy(`${at}/serviceAccounts/${email}`, 'POST'),
      })),
    ),
    services: await Promise.all(
      items.map(async ({ metadata, spec }) => ({
        name: metadata.name,
        labels: metadata.labels,
        ingress: metadata.annotations['run.googleapis.com/ingress'],
        scaling: spec.template.metadata?.annotations?.['autoscaling.knative.dev/maxScale'],
        template: spec.template.spec,
        bindings: await policy(`${at}/locations/${region}/services/${metadata.name}`),
      })),
    ),
    project: await policy(at, 'POST'),
  };
}

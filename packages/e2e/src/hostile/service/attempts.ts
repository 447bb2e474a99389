import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** What the attacker knows beforehand: more than it could find out. */
export interface Given {
  readonly api: string;
  /** Gate and service account of the service that it is after. */
  readonly victim: { readonly url: string; readonly email: string };
  readonly own: { readonly url: string; readonly email: string };
  /** Processes as their ids are outside: the emulator and services. */
  readonly pids: readonly number[];
  /** Folders that hold secrets somewhere. */
  readonly folders: readonly string[];
  /** The machine's own: nothing may be mounted or taken away in it. */
  readonly mountNamespace: string;
  /** Where the emulator and its services listen: others on this machine are left alone. */
  readonly ports: readonly number[];
}

/** What came of each try, by its name. */
export type Tried = Readonly<Record<string, string | number>>;

const IDENTITY = '/computeMetadata/v1/instance/service-accounts/default/identity?audience=';
const FLAVOR = { 'Metadata-Flavor': 'Google' };
const PROJECT = 'run-edges-local';
const SERVICES = `/v1/projects/${PROJECT}/locations/us-central1/services`;
const KNATIVE = `/apis/serving.knative.dev/v1/namespaces/${PROJECT}/services`;

export const attempts: Readonly<Record<string, (given: Given) => Promise<Tried>>> = {
  /** Every call that would change something, as nobody and with each token that it has. */
  async change({ api, victim, own }) {
    const bearers: Record<string, string> = {
      nobody: '',
      'access token': await accessToken(),
      'ID token': await idToken(api),
    };
    const tried: Record<string, number> = {};
    for (const [who, bearer] of Object.entries(bearers))
      for (const [what, body] of changes(victim.email, own.email)) {
        const [method = '', path = ''] = what.split(' ');
        const authorization = bearer === '' ? {} : { authorization: `Bearer ${bearer}` };
        const headers = { ...authorization, 'content-type': 'application/json' };
        const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
        tried[`${who}: ${what}`] = await statusOf(api + path, init);
      }
    return tried;
  },

  /** Sign-ins that it makes up. */
  async signIn({ api, victim }) {
    const forged = (claims: object) =>
      [{ alg: 'RS256', typ: 'refresh+jwt' }, { ...claims, iat: 0, exp: 4e9 }, 'signature']
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
    const forms: Record<string, Record<string, string>> = {
      'a refresh token of the owner': {
        grant_type: 'refresh_token',
        refresh_token: forged({ sub: 'developer@example.com' }),
      },
      'its own ID token to refresh': { grant_type: 'refresh_token', refresh_token: await idToken(api) },
      'an assertion of the other': {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: forged({ iss: victim.email, scope: 'x', aud: `${api}/token` }),
      },
    };
    const tried: Record<string, number> = {};
    for (const [name, form] of Object.entries(forms))
      tried[name] = await statusOf(`${api}/token`, { method: 'POST', body: new URLSearchParams(form) });
    return tried;
  },

  /** Asks all that listens there who it is, by itself and by processes that it sends ahead. */
  async impersonate({ victim, ports }) {
    const tried: Record<string, string> = {};
    const program = `fetch(process.argv[1], { headers: ${JSON.stringify(FLAVOR)} }).then((r) => r.text()).then(console.log)`;
    for (const port of ports) {
      const url = `http://127.0.0.1:${port}${IDENTITY}${victim.url}`;
      tried[`${port}`] = await textOf(url);
      if (!/^This metadata server|^ey/.test(tried[`${port}`] ?? '')) continue;
      const node = [process.execPath, '-e', program, url];
      for (const around of ['setsid', 'unshare --user', 'unshare --user --pid --fork'])
        tried[`${port}, ${around}`] = run([...around.split(' '), ...node]);
    }
    return tried;
  },

  /** Its own identity, which it may have. */
  async beItself({ own }) {
    return { email: emailIn(await textOf(`http://${process.env.GCE_METADATA_HOST}${IDENTITY}${own.url}`)) };
  },

  /** Reads below each folder, by every way there. */
  async read({ folders, pids }) {
    const ways = ['', '/proc/self/root', '/proc/1/root', ...pids.map((pid) => `/proc/${pid}/root`)];
    return Object.fromEntries(
      ways.flatMap((way) => folders.map((folder) => [way + folder, textsBelow(way + folder).join('\n')])),
    );
  },

  /** Takes mounts away, and makes others: in a mount namespace of its own or not at all, for it would be everybody's. */
  async uncover({ folders, mountNamespace }) {
    const here = link('/proc/self/ns/mnt');
    if (here === '' || mountNamespace === '' || here === mountNamespace)
      throw new Error('This would change the machine.');
    const tried: Record<string, string> = {};
    for (const look of [
      'umount "$1"',
      'umount -l "$1"',
      'mkdir -p own && mount --bind "$(dirname "$1")" own && cat own/*/* own/*/*/*',
      'mkdir -p own && mount --rbind "$(dirname "$1")" own && umount own/* && cat own/*/* own/*/*/*',
      'umount /proc && cat /proc/1/root"$1"/*',
    ])
      for (const around of [[], ['unshare', '--map-root-user', '--mount']])
        for (const folder of folders) {
          const script = `cd "$STATE_DIR" && ${look}; cat "$1"/* "$1"/*/*`;
          tried[`${around[0] ?? ''} ${look} ${folder}`] = run([...around, 'sh', '-c', script, 'sh', folder]);
        }
    return tried;
  },

  /** Looks into each process that it sees, and into those that it knows of. */
  async look({ pids }) {
    const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const tried: Record<string, string> = { processes: seen.join(' ') };
    for (const pid of [...seen, ...pids]) {
      for (const file of ['environ', 'cmdline', 'maps', 'mountinfo', 'stack'])
        tried[`${pid} ${file}`] = contents(`/proc/${pid}/${file}`);
      for (const folder of ['fd', 'cwd', 'root', 'task'])
        tried[`${pid} ${folder}`] = names(`/proc/${pid}/${folder}`).join(' ');
    }
    tried['descriptors that were left open'] = names('/proc/self/fd')
      .filter((fd) => Number(fd) > 2)
      .map((fd) => link(`/proc/self/fd/${fd}`))
      .filter((to) => /^(\/|socket:.*unix)/.test(to) && !/^\/(dev|proc)\//.test(to))
      .join(' ');
    return tried;
  },

  /** Signals to the others; SIGUSR1 would open a debugger of Node's in the emulator. */
  async signal({ pids }) {
    const tried: Record<string, string> = {};
    for (const pid of pids)
      for (const signal of [0, 'SIGUSR1', 'SIGSTOP', 'SIGKILL'] as const) {
        try {
          process.kill(pid, signal);
          tried[`${pid} ${signal}`] = 'done';
        } catch (error) {
          tried[`${pid} ${signal}`] = (error as NodeJS.ErrnoException).code ?? '';
        }
      }
    tried.debugger = await textOf('http://127.0.0.1:9229/json');
    return tried;
  },

  /** Into the namespaces of others: which it is in then. */
  async enter({ pids }) {
    const where = ['sh', '-c', 'readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid'];
    const commands = pids.flatMap((pid) =>
      [['-U', '--preserve-credentials'], ['-m'], ['-p'], ['-a']].flatMap((flags) => [
        ['nsenter', '-t', `${pid}`, ...flags, ...where],
        ['unshare', '--map-root-user', 'nsenter', '-t', `${pid}`, ...flags, ...where],
      ]),
    );
    return Object.fromEntries(commands.map((command) => [command.slice(0, -3).join(' '), run(command)]));
  },

  /** To the other's gate, and by its own. */
  async call({ api, victim, own }) {
    const claims = {
      iss: 'https://accounts.google.com',
      aud: victim.url,
      email: victim.email,
      email_verified: true,
      iat: 1,
      exp: 4e9,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none' })}.${part(claims)}.`;
    const stripped = `${part({ alg: 'RS256', kid: 'x' })}.${part(claims)}.SIGNATURE_REMOVED_BY_GOOGLE`;
    const { hostname, port } = new URL(victim.url);
    const tried: Record<string, number> = {};
    for (const [name, headers] of Object.entries<Record<string, string>>({
      nothing: {},
      'its own token': { authorization: `Bearer ${await idToken(victim.url)}` },
      'a token without algorithm': { authorization: `Bearer ${unsigned}` },
      'a stripped token': { authorization: `Bearer ${stripped}` },
      'a stripped token in the other header': { 'x-serverless-authorization': `Bearer ${stripped}` },
      'headers of the front end': {
        'x-goog-authenticated-user-email': `accounts.google.com:${victim.email}`,
        'x-forwarded-for': '127.0.0.1',
        'x-cloud-run-verified': 'true',
      },
    })) {
      tried[`the other’s gate, ${name}`] = await statusOf(victim.url, { headers });
      tried[`its own gate under the other’s name, ${name}`] = await statusOf(own.url, {
        headers: { ...headers, host: `${hostname}:${port}` },
      });
      tried[`the API under the other’s name, ${name}`] = await statusOf(api, {
        method: 'POST',
        headers: { ...headers, host: `${hostname}:${port}` },
      });
    }
    return tried;
  },

  /** In the place of the emulator. */
  async listen({ api, victim }) {
    const tried: Record<string, string> = {};
    for (const url of [api, victim.url]) tried[url] = await listenAt('127.0.0.1', Number(new URL(url).port));
    return tried;
  },

  /** Round the gate: to whatever container listens. */
  async goRound({ ports }) {
    const answers = await Promise.all(ports.map((port) => textOf(`http://127.0.0.1:${port}/`)));
    return { containers: answers.filter((answer) => answer === 'from the container').length };
  },
};

function changes(victim: string, own: string): (readonly [what: string, body?: object])[] {
  const grant = (role: string) => ({ policy: { bindings: [{ role, members: [`serviceAccount:${own}`] }] } });
  const service = (name: string) => ({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: PROJECT },
    spec: { template: { spec: { serviceAccountName: victim, containers: [{ image: 'mallory' }] } } },
  });
  const account = `/v1/projects/-/serviceAccounts/${victim}`;
  return [
    ['POST /run-edges/v1/credentials', {}],
    ['POST /run-edges/v1/credentials', { email: 'developer@example.com' }],
    ['PATCH /run-edges/v1/faults', { expiredTokens: true }],
    ['POST /run-edges/v1/keys/rotate', { withdraw: true }],
    [`POST /v1/projects/${PROJECT}:setIamPolicy`, grant('roles/owner')],
    [`POST /v3/projects/${PROJECT}:setIamPolicy`, grant('roles/owner')],
    [`POST ${SERVICES}/victim:setIamPolicy`, grant('roles/run.invoker')],
    [`POST ${SERVICES.replace('v1', 'v2')}/victim:setIamPolicy`, grant('roles/run.invoker')],
    [`POST ${account}:setIamPolicy`, grant('roles/iam.serviceAccountTokenCreator')],
    [`POST ${account}:generateIdToken`, { audience: 'https://victim.example', includeEmail: true }],
    [`POST ${account}:generateAccessToken`, { scope: ['https://www.googleapis.com/auth/cloud-platform'] }],
    [`POST ${account.replace('-', PROJECT)}/keys`, {}],
    [`POST /v1/projects/${PROJECT}/serviceAccounts`, { accountId: 'another' }],
    [`DELETE ${account.replace('-', PROJECT)}`],
    [`POST ${KNATIVE}`, service('another')],
    [`PUT ${KNATIVE}/mallory`, service('mallory')],
    [`DELETE ${KNATIVE}/victim`],
    [`DELETE ${SERVICES.replace('v1', 'v2')}/victim`],
    [`POST ${SERVICES.replace('v1', 'v2')}?serviceId=another`, { template: { containers: [{ image: 'mallory' }] } }],
    [`POST /v1/projects/${PROJECT}/services:batchEnable`, { serviceIds: ['run.googleapis.com'] }],
    [`POST /v1/projects/${PROJECT}/locations/global/workloadIdentityPools?workloadIdentityPoolId=mine`, {}],
  ];
}

const accessToken = async () =>
  JSON.parse(await textOf(`http://${process.env.GCE_METADATA_HOST}${IDENTITY.replace(/identity.*/, 'token')}`))
    .access_token;

const idToken = (audience: string) => textOf(`http://${process.env.GCE_METADATA_HOST}${IDENTITY}${audience}`);

async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { headers: FLAVOR, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return (await response?.text().catch(() => '')) ?? '';
}

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  return response.status;
}

export function emailIn(token: string): string {
  const [, claims = ''] = token.split('.');
  return claims === '' ? '' : JSON.parse(Buffer.from(claims, 'base64url').toString()).email;
}

async function listenAt(host: string, port: number): Promise<string> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, 'listening');
    server.close();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}

function run([file = '', ...args]: readonly string[]): string {
  const { stdout } = spawnSync(file, args, { encoding: 'utf8', timeout: 10_000 });
  return (stdout ?? '').trim();
}

/** The texts of all files below a folder, and the names of them. */
function textsBelow(folder: string, depth = 6): string[] {
  return names(folder).flatMap((name) => {
    const path = join(folder, name);
    return [path, contents(path), ...(depth === 0 ? [] : textsBelow(path, depth - 1))];
  });
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
